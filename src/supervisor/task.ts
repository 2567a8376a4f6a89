import type { ActorContext, ActorInstance, Behaviour, Pid } from './behaviour.ts';
import type { Clock } from './clock.ts';
import { exitReasonOf, SupervisionError } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { checkTimeout } from './invalid-option.ts';
import { link } from './link.ts';
import { Process } from './process.ts';

/** What a task runs. `signal` is aborted when the task is stopped or killed: JavaScript cannot be interrupted, it has to look. */
export type TaskFunction<Value> = (signal: AbortSignal) => Value | Promise<Value>;

/** How a task ended. */
export type TaskOutcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: ExitReason };

/** What a task's actor is started with. */
export interface TaskInput<Value> {
  readonly run: TaskFunction<Value>;
  /** Told once how the task ended. */
  readonly settle: (outcome: TaskOutcome<Value>) => void;
  /** Whose fate the task shares. */
  readonly linkedTo: Pid | undefined;
}

/** A task that was awaited too long (code `task_timeout`), or ended without a value (`task_exit`, with its `reason`). */
export class TaskError extends SupervisionError {
  readonly path: string;
  readonly reason: ExitReason | undefined;

  constructor(path: string, timeoutMs: number, reason: ExitReason | undefined) {
    const said =
      reason === undefined
        ? `did not end within ${timeoutMs} ms. Give await a longer timeoutMs, or shut the task down`
        : 'ended without a value; see reason';
    const cause = typeof reason === 'object' && 'error' in reason ? reason.error : reason;
    super(reason === undefined ? 'task_timeout' : 'task_exit', `The task "${path}" ${said}.`, { cause });
    this.path = path;
    this.reason = reason;
  }
}

/** A task could not be started. Code `task_not_started`; `reason` says why: `max_children`, or what failed. */
export class TaskStartError extends SupervisionError {
  readonly reason: unknown;

  constructor(id: string, reason: unknown) {
    super(
      'task_not_started',
      `The task "${id}" was not started; see reason, and maxChildren if its supervisor is full.`,
    );
    this.reason = reason;
  }
}

/** Milliseconds that `await` and `yield` wait unless told otherwise. */
const awaitTimeoutMsDefault = 5_000;

/** One running or ended task. */
export class Task<Value> {
  readonly pid: Pid;
  /** How the task ends. Never rejects. */
  readonly outcome: Promise<TaskOutcome<Value>>;
  readonly #clock: Clock;

  constructor(pid: Pid, outcome: Promise<TaskOutcome<Value>>, clock: Clock) {
    this.pid = pid;
    this.outcome = outcome;
    this.#clock = clock;
  }

  /**
   * Waits for the value, by default 5 seconds. Rejects with `TaskError`: `task_exit` when the task failed or was ended, `task_timeout`
   * when it takes longer; the task then runs on.
   */
  async await(timeoutMs = awaitTimeoutMsDefault): Promise<Value> {
    const outcome = await this.yield(timeoutMs);
    if (outcome?.ok) return outcome.value;
    throw new TaskError(this.pid.path, timeoutMs, outcome?.reason);
  }

  /** Waits for the end, by default 5 seconds; undefined when it takes longer. It can be asked again. */
  yield(timeoutMs = awaitTimeoutMsDefault): Promise<TaskOutcome<Value> | undefined> {
    if (timeoutMs === Number.POSITIVE_INFINITY) return this.outcome;
    return new Promise((resolve) => {
      checkTimeout('timeoutMs', timeoutMs);
      const timer = this.#clock.setTimer(timeoutMs, () => resolve(undefined));
      void this.outcome.then((outcome) => {
        this.#clock.cancelTimer(timer);
        resolve(outcome);
      });
    });
  }
}

/** The actor behind a task: runs one function, ends with it. It never waits for the function when it is asked to stop. */
export function taskBehaviour<Value>(): Behaviour<never, TaskInput<Value>> {
  return {
    init(context, input) {
      const task = new TaskActor(context, input);
      if (input.linkedTo instanceof Process && context.self instanceof Process)
        link(input.linkedTo, context.self);
      task.run(input.run);
      return task;
    },
  };
}

class TaskActor<Value> implements ActorInstance<never> {
  readonly #context: ActorContext<never>;
  readonly #settle: (outcome: TaskOutcome<Value>) => void;

  constructor(context: ActorContext<never>, input: TaskInput<Value>) {
    this.#context = context;
    this.#settle = input.settle;
  }

  /** Starts the function in a turn of its own, so that a throw is the task's failure and not a start error. */
  run(task: TaskFunction<Value>): void {
    void Promise.resolve()
      .then(() => task(this.#context.signal))
      .then(
        (value) => this.#end('normal', { ok: true, value }),
        (error: unknown) => this.#fail(exitReasonOf(error)),
      );
  }

  receive(): void {
    // A task takes no messages.
  }

  terminate(reason: ExitReason): void {
    this.#settle({ ok: false, reason });
  }

  kill(reason: ExitReason): void {
    this.#settle({ ok: false, reason });
  }

  #fail(reason: ExitReason): void {
    this.#end(reason, { ok: false, reason });
  }

  #end(reason: ExitReason, outcome: TaskOutcome<Value>): void {
    this.#settle(outcome);
    this.#context.exit(reason);
  }
}
