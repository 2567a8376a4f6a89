import { CodexError } from './codex-error.ts';

/** Why a thread cannot do what was asked of it. */
export type ThreadStateCode =
  | 'thread_not_found'
  | 'thread_archived'
  | 'thread_busy'
  | 'thread_referenced'
  | 'thread_ephemeral'
  | 'thread_lost'
  | 'thread_legacy'
  | 'turn_not_found';

/**
 * The thread, as it stands, cannot do what was asked; nothing was changed. The code says how it stands.
 *
 * @example if (ThreadStateError.isInstance(error) && error.code === 'thread_archived') await codex.threads.unarchive(id);
 */
export class ThreadStateError extends CodexError {
  static override readonly kind: string = 'ThreadStateError';
  /** What was asked, such as `archive`. */
  readonly operation: string;
  /** Null when the thread has no id yet. */
  readonly threadId: string | null;

  constructor(
    code: ThreadStateCode,
    facts: { readonly operation: string; readonly threadId: string | null },
    options?: { readonly cause?: unknown },
  ) {
    super(code, `${facts.operation}: thread ${facts.threadId ?? '(not started)'} ${states[code]}`, options);
    this.operation = facts.operation;
    this.threadId = facts.threadId;
  }
}

const states: Readonly<Record<ThreadStateCode, string>> = {
  thread_not_found: 'is not among those that Codex has kept. A thread is kept from its first turn on.',
  thread_archived: 'is archived. Unarchive it first.',
  thread_busy: 'has turns that run or wait. Interrupt them, or wait for their end.',
  thread_referenced: 'has forks that share its history. Delete those first.',
  thread_ephemeral:
    'is ephemeral, and Codex keeps nothing of it. Start threads that are to be kept without `ephemeral`.',
  thread_lost:
    'was ephemeral, and its Codex process has ended or let go of it. What it was doing may be done in part; begin a new thread.',
  thread_legacy:
    "is kept as `legacy`, which cannot do this. Start threads that are to be reverted with `historyMode: 'paginated'`.",
  turn_not_found: 'has no such turn. Read its turns for their ids.',
};

/**
 * Whether a change was made is unknown: the Codex process ended, or did not answer, after it had been asked. Code `outcome_unknown`.
 * Nothing was asked twice. `cause` says what happened; read the thread before you repeat it.
 */
export class OutcomeUnknownError extends CodexError {
  static override readonly kind: string = 'OutcomeUnknownError';
  /** What was asked, such as `fork`. */
  readonly operation: string;
  readonly threadId: string | null;

  constructor(
    facts: { readonly operation: string; readonly threadId: string | null },
    options?: { readonly cause?: unknown },
  ) {
    super(
      'outcome_unknown',
      `${facts.operation}: whether thread ${facts.threadId ?? '(not started)'} was changed is unknown, since Codex did not live to answer. Read it before you repeat this.`,
      options,
    );
    this.operation = facts.operation;
    this.threadId = facts.threadId;
  }
}
