import { getEventListeners } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type AutoRunResult,
  type Codex,
  type CodexThreadOptions,
  type Thread,
  TurnInterruptedError,
} from '../../src/index.ts';
import type { ThreadStatus } from '../../src/machines/index.ts';
import { retryAttemptsMax } from '../../src/machines/retry-policy.ts';
import { commandViolations } from './command-check.ts';
import { finishingWord, type PlannedModel } from './planned-model.ts';
import { runViolations, wasGivenUp } from './run-check.ts';
import { marker } from './run-marker.ts';
import { type RunKey, type RunPlan, runPlan, type Weather } from './thread-plan.ts';

/** What all lanes of a night share. */
export interface LaneSetting {
  readonly codex: Codex;
  readonly model: PlannedModel;
  readonly seed: number;
  readonly weather: Weather;
  /** Where the commands leave their lines. */
  readonly workingDirectory: string;
  /** Whether no further run is to begin. */
  readonly isOver: () => boolean;
  readonly onRun: (run: FinishedRun) => void;
}

/** One run that has come to its end. */
export interface FinishedRun {
  readonly ending: AutoRunResult['status'] | 'given up';
  readonly turns: number;
  /** Codes of what its attempts failed with. */
  readonly failures: readonly string[];
  readonly durationMs: number;
  readonly commands: number;
}

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
  /** Whether a turn of the thread has completed: before, Codex may have kept nothing of it. */
  #kept = false;
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
    const { model, onRun, seed, weather, workingDirectory } = this.#setting;
    const plan = runPlan(seed, key, weather);
    this.#plan = plan;
    const file = path.join(workingDirectory, `lane-${key.lane}-${key.round}.txt`);
    const thread = await this.#threadFor(plan);
    const unwatch = thread.watch((status) => {
      this.#status = status;
    });
    model.open(key, plan, file);
    const run = await this.#perform(thread, key, plan);
    unwatch();
    const commands = model.close(key, interruptedTurn(run));
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    await rm(file, { force: true });
    const violations = [...runViolations(plan, run), ...commandViolations(commands, lines, run.items)];
    this.#violations.push(...violations.map((violation) => `run ${key.round}: ${violation}`));
    onRun({
      ending: wasGivenUp(run) ? 'given up' : run.status,
      turns: run.turns,
      failures: run.attempts.flatMap(({ error }) => (error === null ? [] : [codeOf(error)])),
      durationMs: run.latency.totalMs,
      commands: commands.length,
    });
    this.#kept ||= run.turns > 0;
    this.#plan = null;
  }

  async #perform(thread: Thread, key: RunKey, plan: RunPlan): Promise<AutoRunResult> {
    const abort = new AbortController();
    const timer = plan.abortAfterMs === null ? null : setTimeout(() => abort.abort(), plan.abortAfterMs);
    let messages = 0;
    const nextInput = () => `${marker(key, messages++)} Go on.`;
    const run = await thread.runAuto(nextInput(), {
      maxTurns: plan.turnsMax,
      maxAttempts: retryAttemptsMax,
      backoff: { initialDelayMs: 50, maxDelayMs: 1_000 },
      until: ({ finalResponse }) => finalResponse === finishingWord,
      continueWith: nextInput,
      signal: abort.signal,
    });
    if (timer !== null) clearTimeout(timer);
    const listeners = getEventListeners(abort.signal, 'abort').length;
    if (listeners > 0) this.#violations.push(`run ${key.round} left ${listeners} listeners on its signal`);
    return run;
  }

  /** Its approval policy is a thread's own, so one that does not ask cannot go on as one that does. */
  async #threadFor({ asks, historyMode, thread }: RunPlan): Promise<Thread> {
    const { codex, workingDirectory } = this.#setting;
    const options: CodexThreadOptions = {
      workingDirectory,
      model: 'gpt-5.5',
      sandboxMode: 'danger-full-access',
      approvalPolicy: asks ? 'untrusted' : 'never',
      skipGitRepoCheck: true,
      historyMode,
    };
    const before = this.#thread;
    if (thread === 'same' && before !== null && this.#asks === asks) return before;
    await before?.close();
    this.#asks = asks;
    const id = thread === 'new' || !this.#kept ? null : (before?.id ?? null);
    this.#kept = id !== null;
    this.#thread = id === null ? codex.startThread(options) : codex.resumeThread(id, options);
    return this.#thread;
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}

/** The turn that was interrupted with the run: its request may still be on its way to the model. */
function interruptedTurn({ attempts, status }: AutoRunResult): string | null {
  const error = attempts.at(-1)?.error;
  return status === 'interrupted' && TurnInterruptedError.isInstance(error) ? error.turnId : null;
}
