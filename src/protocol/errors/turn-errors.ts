import { CodexError, type CodexErrorOptions } from './codex-error.ts';
import type { CodexErrorCode } from './error-catalogue.ts';

/** What Codex says of a failed turn. */
export interface TurnFailureFacts {
  readonly message: string;
  /** `codexErrorInfo` as it came: a word, an object, or null. */
  readonly codexErrorInfo: unknown;
  /** The cause beneath, where Codex tells it. */
  readonly additionalDetails: string | null;
  /** What the model's server answered, where Codex tells it. */
  readonly httpStatusCode: number | null;
  /** Null with the exec transport, which does not tell it. */
  readonly turnId: string | null;
}

/**
 * Codex ended the turn as failed. Code `turn_failed`, or that of a subclass. The message is Codex's own, as the official SDK throws it.
 *
 * The thread stays usable.
 */
export class TurnFailedError extends CodexError {
  static override readonly kind: string = 'TurnFailedError';
  readonly codexErrorInfo: unknown;
  readonly additionalDetails: string | null;
  readonly httpStatusCode: number | null;
  readonly turnId: string | null;
  /** How often the turn was tried by this library; Codex's own tries within are not counted. */
  readonly attempts: number = 1;
  /** Why it was not tried again, such as `attempts` or `not_retryable`; null where this library tries nothing again. */
  readonly triesEndedBy: string | null = null;

  constructor(code: CodexErrorCode, facts: TurnFailureFacts, options?: CodexErrorOptions) {
    super(code, facts.message, options);
    this.codexErrorInfo = facts.codexErrorInfo;
    this.additionalDetails = facts.additionalDetails;
    this.httpStatusCode = facts.httpStatusCode;
    this.turnId = facts.turnId;
  }
}

/** Completes an error by what was known only once no further try was made. */
export function noteTries(error: TurnFailedError, attempts: number, triesEndedBy: string): void {
  Object.assign(error, { attempts, triesEndedBy });
}

/** The conversation no longer fits the model. Compact the thread, or begin a new one. */
export class ContextWindowExceededError extends TurnFailedError {
  static override readonly kind: string = 'ContextWindowExceededError';
}

/** The account's or the session's budget is used up; `retryAfterMs` where the reset is known. */
export class UsageLimitError extends TurnFailedError {
  static override readonly kind: string = 'UsageLimitError';
}

/** The model's server is busy or asks for a slower pace. Retryable, after `retryAfterMs` where it is known. */
export class ModelBusyError extends TurnFailedError {
  static override readonly kind: string = 'ModelBusyError';
}

/** The model's server refuses the request as it is: model, parameters, schema. */
export class ModelRequestError extends TurnFailedError {
  static override readonly kind: string = 'ModelRequestError';
}

/** No login, or one that is no longer good. */
export class UnauthorizedError extends TurnFailedError {
  static override readonly kind: string = 'UnauthorizedError';
}

/** A policy of the model's server, or a hook, refused the turn. */
export class PolicyError extends TurnFailedError {
  static override readonly kind: string = 'PolicyError';
}

/** The model's server could not be reached, broke off, or failed inside. Retryable unless `httpStatusCode` says that it is of no use. */
export class ModelConnectionError extends TurnFailedError {
  static override readonly kind: string = 'ModelConnectionError';
}

/** The sandbox could not be set up or failed. */
export class SandboxError extends TurnFailedError {
  static override readonly kind: string = 'SandboxError';
}

/**
 * The turn ended without a verdict. `turn_interrupted`: somebody asked for it. `turn_cut_off`: the Codex process died in the middle; the
 * turn is never run again by itself, since its commands may have run.
 */
export class TurnInterruptedError extends CodexError {
  static override readonly kind: string = 'TurnInterruptedError';
  readonly threadId: string | null;
  readonly turnId: string | null;
  /** Whether Codex has the turn's input in the thread, so that it need not be told again; null where that is not known. */
  readonly inputKept: boolean | null;

  constructor(
    code: 'turn_interrupted' | 'turn_cut_off',
    facts: {
      readonly threadId: string | null;
      readonly turnId: string | null;
      readonly inputKept?: boolean;
    },
    options?: { readonly cause?: unknown },
  ) {
    super(code, interruptionMessages[code], options);
    this.threadId = facts.threadId;
    this.turnId = facts.turnId;
    this.inputKept = facts.inputKept ?? null;
  }
}

const interruptionMessages = {
  turn_interrupted: 'The turn was interrupted. The thread stays usable.',
  turn_cut_off:
    'The turn was cut off: its Codex process died or did not answer, or the actor of its thread crashed. Some of its work may be done: read the thread, then tell Codex how to go on.',
};

/**
 * An approval was denied in such a way that Codex ended the turn: the `cause` of its `TurnInterruptedError`. A denial after which the turn goes on
 * is no error. Code `approval_denied`.
 */
export class ApprovalDeniedError extends CodexError {
  static override readonly kind: string = 'ApprovalDeniedError';
  /** What was asked for, such as `command`. */
  readonly approvalKind: string;
  readonly itemId: string | null;
  readonly reason: string;

  constructor(
    facts: { readonly approvalKind: string; readonly itemId: string | null; readonly reason: string },
    options?: { readonly cause?: unknown },
  ) {
    super('approval_denied', `The approval (${facts.approvalKind}) was denied: ${facts.reason}.`, options);
    this.approvalKind = facts.approvalKind;
    this.itemId = facts.itemId;
    this.reason = facts.reason;
  }
}

/** A tool of the application threw, timed out, or answered nonsense. Code `tool_failed`. */
export class ToolFailedError extends CodexError {
  static override readonly kind: string = 'ToolFailedError';
  readonly tool: string;

  constructor(tool: string, problem: string, options?: CodexErrorOptions) {
    super('tool_failed', `Tool ${tool} failed: ${problem}.`, options);
    this.tool = tool;
  }
}

/** The final message is not what the output schema asks for; Codex does not check it. Code `schema_mismatch`. */
export class SchemaMismatchError extends CodexError {
  static override readonly kind: string = 'SchemaMismatchError';
  /** What is wrong, each with its path, such as `/answer: must be a number`. */
  readonly issues: readonly string[];
  /** The message as it came. */
  readonly text: string;

  constructor(issues: readonly string[], text: string, options?: { readonly cause?: unknown }) {
    super(
      'schema_mismatch',
      `The answer does not match its schema: ${issues.slice(0, 5).join('; ') || 'it is not JSON'}.`,
      options,
    );
    this.issues = issues;
    this.text = text;
  }
}
