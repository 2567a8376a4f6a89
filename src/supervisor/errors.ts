import type { ExitReason } from './exit-reason.ts';

const brand = Symbol.for('codex-actors.SupervisionError');

/** Stable codes of the errors that `call` rejects with. */
export type CallErrorCode = 'noproc' | 'timeout' | 'calling_self' | 'exit' | 'overloaded' | 'aborted';

/** Stable codes of all errors of this layer. */
export type SupervisionErrorCode =
  | CallErrorCode
  | 'exit_requested'
  | 'start_failed'
  | 'start_timeout'
  | 'already_started'
  | 'task_timeout'
  | 'task_exit'
  | 'task_not_started'
  | 'too_many_timers'
  | 'runtime_closed'
  | 'invalid_option';

/**
 * Root of the errors of the supervision layer. Tell them apart by `code`; the facts are fields of the subclasses.
 *
 * `SupervisionError.isInstance` recognises them across duplicate installs, where `instanceof` fails.
 */
export class SupervisionError extends Error {
  readonly code: SupervisionErrorCode;

  constructor(code: SupervisionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }

  /** Whether `value` is an error of this layer, from this copy of the package or another. */
  static isInstance(value: unknown): value is SupervisionError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}
Object.defineProperty(SupervisionError.prototype, brand, { value: true });

/** A start that found its path taken by a live actor. Source: `{error, {already_started, Pid}}`. */
export class AlreadyStartedError extends SupervisionError {
  readonly path: string;

  constructor(path: string) {
    super(
      'already_started',
      `An actor is already running at "${path}". Stop it first or start under another id.`,
    );
    this.path = path;
  }
}

/** A start that took longer than its `startTimeoutMs`. Source: `{error, timeout}` of `gen_server:start`. */
export class StartTimeoutError extends SupervisionError {
  readonly path: string;
  readonly timeoutMs: number;

  constructor(path: string, timeoutMs: number) {
    super(
      'start_timeout',
      `"${path}" was not ready within ${timeoutMs} ms. Raise startTimeoutMs or make its start faster.`,
    );
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Thrown by an actor to end with a reason of its choice instead of `{ error }`. Source: `exit(Reason)` of Erlang.
 *
 * @example throw new ExitRequest({ shutdown: 'config_missing' });
 */
export class ExitRequest extends SupervisionError {
  readonly reason: ExitReason;

  constructor(reason: ExitReason) {
    super('exit_requested', 'An actor asked to end; this is caught by its runtime.');
    this.reason = reason;
  }
}

/** The exit reason that a thrown value stands for: the reason of an `ExitRequest`, else `{ error: thrown }`. */
export function exitReasonOf(thrown: unknown): ExitReason {
  return thrown instanceof ExitRequest ? thrown.reason : { error: thrown };
}
