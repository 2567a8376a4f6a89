import { getEventListeners } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Codex, CodexThreadOptions, Thread } from '../../src/index.ts';
import type { ThreadStatus } from '../../src/machines/index.ts';
import { commandViolations } from './command-check.ts';
import { finishingWord, type PlannedModel } from './planned-model.ts';
import { type HandRun, runByHand } from './run-by-hand.ts';
import { marker } from './run-marker.ts';
import { type PlannedEnding, type RunKey, type RunPlan, runPlan } from './thread-plan.ts';

/** What all lanes of a night share. */
export interface LaneSetting {
  readonly codex: Codex;
  readonly model: PlannedModel;
  readonly seed: number;
  /** Where the commands leave their lines. */
  readonly workingDirectory: string;
  /** Whether no further run is to begin. */
  readonly isOver: () => boolean;
  readonly onRun: (run: FinishedRun) => void;
}

/** One run that has come to its end. */
export interface FinishedRun {
  readonly ending: HandRun['status'];
  readonly turns: number;
  /** Codes of the failures that the run went on after. */
  readonly failures: readonly string[];
  readonly durationMs: number;
  readonly commands: number;
}

/** How a plan may end. What is aborted or cancelled can have come to its own end, or been cut off, a moment before. */
const acceptedEndings: Readonly<Record<PlannedEnding, readonly HandRun['status'][]>> = {
  done: ['done'],
  failed: ['failed'],
  exhausted: ['exhausted'],
  interrupted: ['interrupted'],
  cancelled: ['interrupted', 'done'],
};

/** One of the threads that work side by side: it makes one run after the other, as planned, until the night is over. */
export class Lane {
  readonly number: number;
  readonly #setting: LaneSetting;
  readonly #violations: string[] = [];
  #thread: Thread | null = null;
  #status: ThreadStatus | null = null;
  #round = 0;
  #plan: RunPlan | null = null;
  #asks = false;
  #ended = false;

  constructor(number: number, setting: LaneSetting) {
    this.number = number;
    this.#setting = setting;
  }

  /** What was found wrong, in words. */
  get violations(): readonly string[] {
    return this.#violations;
  }

  /** Whether it has done all its work. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Where it stands, for whoever wonders why it does not end. */
  describe(): string {
    const { value = 'unwatched', turnId = null, queueLength = 0 } = this.#status ?? {};
    const meant = this.#plan === null ? 'between runs' : `run ${this.#round} (${this.#plan.ending})`;
    return `thread ${this.number}: ${meant}, ${this.#thread?.id ?? 'no id'} is ${value}, turn ${turnId}, ${queueLength} waiting`;
  }

  async work(): Promise<void> {
    for (this.#round = 0; !this.#setting.isOver(); this.#round += 1)
      await this.#run({ lane: this.number, round: this.#round });
    await this.#thread?.close();
    this.#ended = true;
  }

  async #run(key: RunKey): Promise<void> {
    const { model, onRun, seed, workingDirectory } = this.#setting;
    const plan = runPlan(seed, key);
    this.#plan = plan;
    const file = path.join(workingDirectory, `lane-${key.lane}-${key.round}.txt`);
    const thread = await this.#threadFor(plan);
    const unwatch = thread.watch((status) => {
      this.#status = status;
    });
    model.open(key, plan, file);
    const startedAt = performance.now();
    const run = await this.#perform(thread, key, plan);
    const durationMs = performance.now() - startedAt;
    unwatch();
    const commands = model.close(key);
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    await rm(file, { force: true });
    if (!acceptedEndings[plan.ending].includes(run.status))
      this.#violations.push(
        `run ${key.round} was to be ${plan.ending} and is ${run.status}: ${String(run.error)}`,
      );
    this.#violations.push(...commandViolations(commands, lines, run.items));
    onRun({
      ending: run.status,
      turns: run.turns,
      failures: run.failures,
      durationMs,
      commands: commands.length,
    });
    this.#plan = null;
  }

  async #perform(thread: Thread, key: RunKey, plan: RunPlan): Promise<HandRun> {
    const abort = new AbortController();
    const timer = plan.abortAfterMs === null ? null : setTimeout(() => abort.abort(), plan.abortAfterMs);
    let messages = 0;
    const run = await runByHand(thread, {
      maxTurns: plan.turnsMax,
      until: (said) => said === finishingWord,
      nextInput: () => `${marker(key, messages++)} Go on.`,
      signal: abort.signal,
    });
    if (timer !== null) clearTimeout(timer);
    const listeners = getEventListeners(abort.signal, 'abort').length;
    if (listeners > 0) this.#violations.push(`run ${key.round} left ${listeners} listeners on its signal`);
    return run;
  }

  /** Its approval policy is a thread's own, so one that does not ask cannot go on as one that does. */
  async #threadFor({ asks, thread }: RunPlan): Promise<Thread> {
    const { codex, workingDirectory } = this.#setting;
    const options: CodexThreadOptions = {
      workingDirectory,
      model: 'gpt-5.5',
      sandboxMode: 'danger-full-access',
      approvalPolicy: asks ? 'untrusted' : 'never',
      skipGitRepoCheck: true,
    };
    const before = this.#thread;
    if (thread === 'same' && before !== null && this.#asks === asks) return before;
    await before?.close();
    this.#asks = asks;
    const id = before?.id ?? null;
    this.#thread =
      thread === 'new' || id === null ? codex.startThread(options) : codex.resumeThread(id, options);
    return this.#thread;
  }
}
