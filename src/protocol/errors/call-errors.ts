import { CodexError } from './codex-error.ts';

/** An option that cannot be, found before anything is sent. Code `invalid_option`. */
export class InvalidOptionError extends CodexError {
  static override readonly kind: string = 'InvalidOptionError';
  /** Where the mistake is, such as `sandboxMode` or `config.model_providers`. */
  readonly field: string;
  /** What may stand there, in words. */
  readonly accepted: string;

  constructor(field: string, value: unknown, accepted: string) {
    super('invalid_option', `${field} is ${shown(value)}; it must be ${accepted}.`);
    this.field = field;
    this.accepted = accepted;
  }
}

/** A value that an error tells by its kind alone, since it may be a secret. */
export class Unshown {
  readonly kind: string;

  constructor(value: unknown) {
    this.kind = typeof value === 'object' ? shown(value) : `a ${typeof value}`;
  }
}

/** Only short strings are shown: options may hold what must not be logged. */
function shown(value: unknown): string {
  if (value instanceof Unshown) return value.kind;
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length} characters`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** More text than Codex takes in one turn. Code `input_too_large`. */
export class InputTooLargeError extends CodexError {
  static override readonly kind: string = 'InputTooLargeError';
  readonly maxChars: number;
  /** Unicode characters, as Codex counts them. */
  readonly actualChars: number;

  constructor(actualChars: number, maxChars: number) {
    super(
      'input_too_large',
      `The input has ${actualChars} characters; Codex takes ${maxChars} in one turn. Put the text into a file and name the file.`,
    );
    this.maxChars = maxChars;
    this.actualChars = actualChars;
  }
}

/** A value that JSON cannot carry, such as a cycle or a bigint. Code `not_serializable`. */
export class NotSerializableError extends CodexError {
  static override readonly kind: string = 'NotSerializableError';
  /** What could not be written, such as `turn/start`. */
  readonly what: string;

  constructor(what: string, cause: unknown) {
    super(
      'not_serializable',
      `${what} holds a value that JSON cannot carry: a cycle, a bigint, or a text without end.`,
      { cause },
    );
    this.what = what;
  }
}

/** A bounded queue is full. Code `queue_full`. */
export class QueueFullError extends CodexError {
  static override readonly kind: string = 'QueueFullError';
  /** Which queue, such as `turns of thread …`. */
  readonly queue: string;
  readonly queueLengthMax: number;

  constructor(queue: string, queueLengthMax: number) {
    super(
      'queue_full',
      `${queue}: ${queueLengthMax} are waiting already. Wait for one to end before you add another.`,
    );
    this.queue = queue;
    this.queueLengthMax = queueLengthMax;
  }
}

/** A limit that the caller set was reached: turns, attempts, tokens, time. Code `limit_exceeded`. */
export class LimitExceededError extends CodexError {
  static override readonly kind: string = 'LimitExceededError';
  /** The option that sets the limit, such as `maxTurns`. */
  readonly limit: string;
  readonly max: number;
  readonly actual: number;

  constructor(limit: string, max: number, actual: number, options?: { readonly cause?: unknown }) {
    super(
      'limit_exceeded',
      `${limit} is ${max} and was reached (${actual}). Raise it, or take what there is.`,
      options,
    );
    this.limit = limit;
    this.max = max;
    this.actual = actual;
  }
}

/** The thread, or the whole Codex, was closed. Code `thread_closed`. */
export class ThreadClosedError extends CodexError {
  static override readonly kind: string = 'ThreadClosedError';
  readonly threadId: string | null;

  constructor(threadId: string | null, options?: { readonly cause?: unknown }) {
    super(
      'thread_closed',
      threadId === null
        ? 'The thread was closed, or its Codex, before its first turn. Start another one; if nobody closed it, a scope of `await using` ended before the turn did: await the turn within it.'
        : `Thread ${threadId} is closed. Take it up again with resumeThread.`,
      options,
    );
    this.threadId = threadId;
  }
}

/** Another actor, or another process, writes to the thread. Code `thread_owned`. */
export class ThreadOwnedError extends CodexError {
  static override readonly kind: string = 'ThreadOwnedError';
  readonly threadId: string;
  /** Who has it, where it is known: an actor's path, or `another process`. */
  readonly owner: string;

  constructor(threadId: string, owner: string, options?: { readonly cause?: unknown }) {
    super(
      'thread_owned',
      `Thread ${threadId} belongs to ${owner}: one writer at a time. Close it there, or fork the thread.`,
      options,
    );
    this.threadId = threadId;
    this.owner = owner;
  }
}

/**
 * The caller's signal was aborted. Code `cancelled`.
 *
 * Its `name` is `AbortError`, so that code written for `AbortSignal` in the official SDK recognises it. `cause` is the signal's reason.
 */
export class CancelledError extends CodexError {
  static override readonly kind: string = 'CancelledError';

  constructor(options: { readonly cause?: unknown } = {}) {
    super('cancelled', 'The turn was cancelled by its caller. The thread stays usable.', options);
    this.name = 'AbortError';
  }
}
