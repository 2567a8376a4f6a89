import { type AutoRunEvent, type AutoRunOutcome, autoRunMachine } from '../../machines/auto-run-machine.ts';
import { LimitExceededError, ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import type { ActorSystem } from '../../supervisor/actor-system.ts';
import type { ActorContext } from '../../supervisor/behaviour.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { holdEventLoop } from '../../supervisor/event-loop.ts';
import { type DownReason, errorOfExit } from '../../supervisor/exit-reason.ts';
import { startChild } from '../../supervisor/supervisor-client.ts';
import { dynamicSupervisor } from '../../supervisor/supervisor-flags.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { AutoRunPlan } from './auto-run-plan.ts';
import type { AutoRunResult } from './auto-run-result.ts';
import { AutoRunShell } from './auto-run-shell.ts';
import { type AutoRunThread, OpenAutoRun } from './open-auto-run.ts';

/** Address of the supervisor of all auto-runs. */
export const autoRunsPath = 'auto-runs';

/** Auto-runs of one tree at a time. */
export const autoRunsMax = 10_000;

export interface AutoRunDeskOptions {
  readonly clock: Clock;
  readonly telemetry: TelemetryBus | undefined;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** The running tree; starts it when need be. */
  readonly system: () => Promise<ActorSystem>;
  /** Why the tree is ending by itself; null while it is not. */
  readonly gaveUp: () => Error | null;
}

/** Starts the auto-runs of one Codex tree, and settles those that no actor will settle any more. */
export class AutoRunDesk {
  readonly #options: AutoRunDeskOptions;
  readonly #open = new Set<OpenAutoRun>();
  #nextKey = 1;

  constructor(options: AutoRunDeskOptions) {
    this.#options = options;
  }

  /** Its part of the tree. */
  child(): ChildSpec {
    return childSpec({ id: autoRunsPath, supervisor: dynamicSupervisor({ maxChildren: autoRunsMax }) });
  }

  /** Runs it to its end. Never rejects. The host's event loop stays alive until then, also in a pause. */
  run(thread: AutoRunThread, plan: AutoRunPlan): Promise<AutoRunResult> {
    const ended = new Promise<AutoRunResult>((resolve) => {
      const key = `${this.#nextKey++}`;
      const { clock, telemetry } = this.#options;
      const path = `codex/${autoRunsPath}/${key}`;
      const run = new OpenAutoRun(key, { thread, plan, path, clock, telemetry }, resolve);
      this.#open.add(run);
      this.#start(run).catch((error: Error) => this.#settle(run, endedBy(error)));
    });
    return holdEventLoop(ended);
  }

  /** The tree has ended: nobody else will settle what is open. */
  treeEnded(error: Error): void {
    for (const run of this.#open) run.settle(endedBy(error));
    this.#open.clear();
  }

  async #start(run: OpenAutoRun): Promise<void> {
    const system = await this.#options.system();
    const started = await startChild(system, autoRunsPath, this.#spec(run));
    if (started.ok && started.pid !== undefined)
      system.monitor(started.pid, ({ reason }) => this.#actorEnded(run, reason));
    else if (!started.ok && started.error === 'max_children')
      throw new LimitExceededError('autoRunsMax', autoRunsMax, autoRunsMax + 1);
    else throw new Error('The actor of the auto-run did not start.', { cause: started });
  }

  #spec(run: OpenAutoRun): ChildSpec {
    const { gaveUp, random } = this.#options;
    const { limits, retries } = run.plan;
    return childSpec({
      id: run.key,
      actor: autoRunMachine,
      input: (context: ActorContext<AutoRunEvent>) => ({
        effects: new AutoRunShell(context, { run, gaveUp, settle: (outcome) => this.#settle(run, outcome) }),
        limits,
        retries,
        random,
      }),
      restart: 'temporary',
      stopEvent: { type: 'run.stop' },
    });
  }

  /** When all is given up, callers are told once the tree has ended: what they do next finds a new one. */
  #settle(run: OpenAutoRun, outcome: AutoRunOutcome): void {
    if (this.#options.gaveUp() !== null) return;
    this.#open.delete(run);
    run.settle(outcome);
  }

  /** After an end in order it has been settled; this is for the others. */
  #actorEnded(run: OpenAutoRun, reason: DownReason): void {
    const cause = errorOfExit(reason);
    const error = cause instanceof Error ? cause : new Error('The actor of the auto-run was ended.');
    this.#settle(run, { status: 'failed', error });
  }
}

function endedBy(error: Error): AutoRunOutcome {
  const wanted = ThreadClosedError.isInstance(error) || TurnInterruptedError.isInstance(error);
  return { status: wanted ? 'interrupted' : 'failed', error };
}
