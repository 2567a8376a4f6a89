import type {
  AttemptNumber,
  AutoRunEffects,
  AutoRunEvent,
  AutoRunOutcome,
} from '../../machines/auto-run-machine.ts';
import { type AutoRunCallback, AutoRunCallbackError } from '../../protocol/errors/auto-run-errors.ts';
import { CancelledError, ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import type { ThreadEvent } from '../../protocol/exec-events.ts';
import { checkedInput } from '../../protocol/user-input.ts';
import type { ActorContext } from '../../supervisor/behaviour.ts';
import { isThenable } from '../../supervisor/is-thenable.ts';
import type { TurnResult } from '../turn-collector.ts';
import type { TurnControl } from '../turn-sink.ts';
import { AttemptSink } from './attempt-sink.ts';
import { type AttemptInput, inputAfter } from './auto-run-inputs.ts';
import type { AttemptRecord } from './auto-run-record.ts';
import type { OpenAutoRun } from './open-auto-run.ts';

/** A turn of the thread that runs or waits for this run. */
interface OpenAttempt {
  readonly control: TurnControl;
  readonly sink: AttemptSink;
}

export interface AutoRunShellOptions {
  readonly run: OpenAutoRun;
  /** Why the whole tree is ending by itself; null while it is not. */
  readonly gaveUp: () => Error | null;
  /** Takes the outcome that the chart has decided on. */
  readonly settle: (outcome: AutoRunOutcome) => void;
}

/**
 * The acting half of an auto-run: runs turns of the thread as `run` does, calls the functions of the application, and tells the chart
 * what came of it. What it gathers is in the `OpenAutoRun`, which outlives it.
 */
export class AutoRunShell implements AutoRunEffects {
  readonly #options: AutoRunShellOptions;
  readonly #run: OpenAutoRun;
  #tell: (event: AutoRunEvent) => void = () => undefined;
  #unwatch: () => void = () => undefined;
  #next: AttemptInput;
  #open: OpenAttempt | null = null;
  /** Message id of the last attempt. */
  #messageId = '';
  /** Of the turn that completed last. */
  #result: TurnResult = { items: [], finalResponse: '', usage: null };
  #threadId: string | null = null;
  #listenerFailed = false;

  constructor(context: ActorContext<AutoRunEvent>, options: AutoRunShellOptions) {
    this.#options = options;
    this.#run = options.run;
    this.#next = { input: options.run.plan.input, given: true };
    // Killed or crashed, it leaves no turn running behind it.
    context.signal.addEventListener('abort', () => this.#letGo(this.stopError()), { once: true });
  }

  /** Snapshots hold the shell, and inspectors write snapshots down: it has nothing to show. */
  toJSON(): undefined {
    return undefined;
  }

  connect(answer: (event: AutoRunEvent) => void): void {
    this.#tell = answer;
    const { plan, telemetry, thread } = this.#run;
    telemetry.started();
    plan.signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#unwatch = thread.watch(() => {
      if (thread.closed) this.#tell({ type: 'thread.closed', error: new ThreadClosedError(thread.id) });
    });
  }

  attempt(number: AttemptNumber): void {
    const { record, plan } = this.#run;
    if (plan.signal?.aborted !== true) {
      this.#begin(record.begin(number));
      return;
    }
    this.#onAbort();
    const error = new CancelledError({ cause: plan.signal.reason });
    this.#tell({ type: 'attempt.failed', error, tokensSpent: record.tokensSpent() });
  }

  interrupt(): void {
    this.#open?.control.interrupt();
  }

  judge(): void {
    const { plan, record } = this.#run;
    this.#ask('until', () => plan.until(this.#result, record.progress())).then(
      (done) => this.#judged(done),
      (error: Error) => this.#tell({ type: 'callback.failed', error }),
    );
  }

  prepare(): void {
    const { plan, record } = this.#run;
    this.#ask('continueWith', () => plan.continueWith(this.#result, record.progress())).then(
      (input) => this.#continued(input),
      (error: Error) => this.#tell({ type: 'callback.failed', error }),
    );
  }

  pausing(number: AttemptNumber, error: Error, delayMs: number): void {
    this.#next = inputAfter(this.#next, error, this.#messageId);
    this.#run.telemetry.pausing(number, error, delayMs);
  }

  stopError(): Error {
    const { id: threadId, closed } = this.#run.thread;
    const gaveUp = this.#options.gaveUp();
    if (gaveUp !== null) return gaveUp;
    return closed
      ? new ThreadClosedError(threadId)
      : new TurnInterruptedError('turn_interrupted', { threadId, turnId: null });
  }

  settle(outcome: AutoRunOutcome): void {
    this.#letGo('error' in outcome ? outcome.error : this.stopError());
    this.#options.settle(outcome);
  }

  #begin(record: AttemptRecord): void {
    const sink = new AttemptSink({
      record,
      threadStarted: (threadId) => this.#threadStarted(threadId),
      event: (event) => this.#take(event),
      isBudgetSpent: () => this.#isBudgetSpent(record),
      goesOnWithoutBudget: () => this.#tell({ type: 'budget.spent', tokensSpent: this.#tokens(record) }),
      ended: (error) => this.#attemptEnded(record, error),
    });
    try {
      const { id, control } = this.#run.plan.turn(this.#next);
      this.#messageId = id;
      this.#open = { control, sink };
      control.start(sink);
    } catch (error) {
      sink.abandon(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #attemptEnded(record: AttemptRecord, error: Error | null): void {
    this.#open = null;
    this.#run.telemetry.attempted(this.#run.record.end(record, error));
    const tokensSpent = this.#run.record.tokensSpent();
    if (error === null) this.#result = record.result();
    this.#tell(
      error === null
        ? { type: 'attempt.completed', tokensSpent }
        : { type: 'attempt.failed', error, tokensSpent },
    );
  }

  #threadStarted(threadId: string): void {
    if (this.#threadId === threadId) return;
    this.#threadId = threadId;
    this.#take({ type: 'thread.started', thread_id: threadId });
  }

  #take(event: ThreadEvent): void {
    this.#run.record.note(event);
    if (this.#listenerFailed) return;
    try {
      const answer = this.#run.plan.onEvent(event);
      if (isThenable(answer)) answer.then(undefined, (cause: unknown) => this.#listenerThrew(cause));
    } catch (cause) {
      this.#listenerThrew(cause);
    }
  }

  #listenerThrew(cause: unknown): void {
    if (this.#listenerFailed) return;
    this.#listenerFailed = true;
    this.#tell({ type: 'callback.failed', error: new AutoRunCallbackError('onEvent', 'threw', { cause }) });
  }

  #judged(done: unknown): void {
    if (typeof done === 'boolean') this.#tell({ type: 'run.judged', done });
    else {
      const error = new AutoRunCallbackError('until', 'answered neither true nor false');
      this.#tell({ type: 'callback.failed', error });
    }
  }

  #continued(input: unknown): void {
    try {
      this.#next = { input: checkedInput(input), given: false };
      this.#tell({ type: 'run.continued' });
    } catch (cause) {
      const error = new AutoRunCallbackError('continueWith', 'answered what is no input', { cause });
      this.#tell({ type: 'callback.failed', error });
    }
  }

  /** What a function of the application answers, in a step of its own. Rejects with `AutoRunCallbackError`. */
  async #ask(callback: AutoRunCallback, call: () => unknown): Promise<unknown> {
    await undefined;
    try {
      return await call();
    } catch (cause) {
      throw new AutoRunCallbackError(callback, 'threw', { cause });
    }
  }

  #tokens(record: AttemptRecord): number {
    return this.#run.record.tokensSpent(record.usage);
  }

  #isBudgetSpent(record: AttemptRecord): boolean {
    const { tokenBudget } = this.#run.plan.limits;
    return tokenBudget !== null && this.#tokens(record) >= tokenBudget;
  }

  /** Nobody will act for it any more: a turn that is open is ended, and told of as it stands. */
  #letGo(error: Error): void {
    this.#tell = () => undefined;
    this.#unwatch();
    this.#run.plan.signal?.removeEventListener('abort', this.#onAbort);
    const open = this.#open;
    if (open === null) return;
    open.control.interrupt();
    open.sink.abandon(error);
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#run.plan;
    this.#tell({ type: 'run.abort', error: new CancelledError({ cause: signal?.reason }) });
  };
}
