import type { TurnError } from '../app-server.ts';
import { isRecord, numberOr, stringOr, unread } from '../unread.ts';
import type { CodexErrorOptions } from './codex-error.ts';
import { type CodexErrorCode, errorCatalogue } from './error-catalogue.ts';
import { waitNamedIn } from './named-wait.ts';
import {
  ContextWindowExceededError,
  ModelBusyError,
  ModelConnectionError,
  ModelRequestError,
  PolicyError,
  SandboxError,
  TurnFailedError,
  type TurnFailureFacts,
  UnauthorizedError,
  UsageLimitError,
} from './turn-errors.ts';

/** `codexErrorInfo` of 0.169 → our code. `other`, and what a newer Codex adds, is `turn_failed`. */
export const turnErrorCodes: Readonly<Record<string, CodexErrorCode>> = {
  contextWindowExceeded: 'context_window_exceeded',
  sessionBudgetExceeded: 'session_budget_exceeded',
  usageLimitExceeded: 'usage_limit_exceeded',
  rateLimitExceeded: 'rate_limit_exceeded',
  flexUnavailable: 'flex_unavailable',
  serverOverloaded: 'server_overloaded',
  modelNotFound: 'model_not_found',
  policyCapacityUnavailable: 'policy_capacity_unavailable',
  inferenceHookDenied: 'inference_hook_denied',
  cyberPolicy: 'cyber_policy',
  misalignmentPolicyViolation: 'misalignment_policy_violation',
  tooManyDenials: 'too_many_denials',
  httpConnectionFailed: 'http_connection_failed',
  responseStreamConnectionFailed: 'response_stream_connection_failed',
  internalServerError: 'internal_server_error',
  unauthorized: 'unauthorized',
  badRequest: 'bad_request',
  threadRollbackFailed: 'thread_rollback_failed',
  sandboxError: 'sandbox_error',
  responseStreamDisconnected: 'response_stream_disconnected',
  responseTooManyFailedAttempts: 'response_too_many_failed_attempts',
  activeTurnNotSteerable: 'active_turn_not_steerable',
};

type TurnErrorClass = new (
  code: CodexErrorCode,
  facts: TurnFailureFacts,
  options?: CodexErrorOptions,
) => TurnFailedError;

const classes: ReadonlyMap<string, TurnErrorClass> = new Map<string, TurnErrorClass>(
  [
    ContextWindowExceededError,
    ModelBusyError,
    ModelConnectionError,
    ModelRequestError,
    PolicyError,
    SandboxError,
    UnauthorizedError,
    UsageLimitError,
  ].map((one) => [one.kind, one]),
);

/** The message of a turn that failed without saying why. */
export const unexplainedFailure = 'The turn failed, and Codex gave no reason.';

/**
 * The error for a failed turn, from the `error` of `turn/completed`, or from the message of the exec transport's `turn.failed`
 * (`{ message }`), which tells nothing else.
 *
 * Anything is taken: missing or unknown facts give a plain `TurnFailedError`. The text is read where Codex puts facts only there: "try
 * again in 1.5s", and a broken stream that it files under `other`.
 *
 * @param endedAtMs When the turn ended, in milliseconds since the Unix epoch: "try again at 3:22 PM" is understood by it. Defaults to not known.
 * @example turnFailure({ message: 'Slow down', codexErrorInfo: 'serverOverloaded' }, turnId).code // 'server_overloaded'
 */
export function turnFailure(
  turnError: unknown,
  turnId: string | null,
  endedAtMs: number | null = null,
): TurnFailedError {
  const given = unread<TurnError>(turnError);
  const info = given.codexErrorInfo ?? null;
  const { name, detail } = namedInfo(info);
  const message = turnErrorMessage(turnError) ?? unexplainedFailure;
  const facts: TurnFailureFacts = {
    message,
    codexErrorInfo: info,
    additionalDetails: stringOr(given.additionalDetails, null),
    httpStatusCode: numberOr(detail.httpStatusCode, null),
    turnId,
  };
  const code = codeOf(name, facts);
  const TurnError = classes.get(errorCatalogue[code].className) ?? TurnFailedError;
  return new TurnError(code, facts, {
    retryable: isRetryable(code, facts),
    retryAfterMs: waitNamedIn(message, endedAtMs),
  });
}

/** Message and cause of a `TurnError` in one text, as exec writes them; undefined when it has no message. */
export function turnErrorMessage(turnError: unknown): string | undefined {
  const { message, additionalDetails } = unread<TurnError>(turnError);
  if (typeof message !== 'string') return undefined;
  return typeof additionalDetails === 'string' && additionalDetails !== ''
    ? `${message} (${additionalDetails})`
    : message;
}

function namedInfo(info: unknown): {
  readonly name: string;
  readonly detail: Readonly<Record<string, unknown>>;
} {
  if (typeof info === 'string') return { name: info, detail: {} };
  const [entry] = isRecord(info) ? Object.entries(info) : [];
  if (entry === undefined) return { name: 'other', detail: {} };
  return { name: entry[0], detail: isRecord(entry[1]) ? entry[1] : {} };
}

function codeOf(name: string, { message, httpStatusCode }: TurnFailureFacts): CodexErrorCode {
  const code = Object.hasOwn(turnErrorCodes, name) ? turnErrorCodes[name] : undefined;
  if (code === undefined)
    return message.startsWith('stream disconnected before completion')
      ? 'response_stream_disconnected'
      : 'turn_failed';
  const refused = httpStatusCode === 401 || httpStatusCode === 403;
  return code === 'http_connection_failed' && refused ? 'unauthorized' : code;
}

function isRetryable(code: CodexErrorCode, { httpStatusCode }: TurnFailureFacts): boolean {
  const { retryable } = errorCatalogue[code];
  if (!retryable || httpStatusCode === null) return retryable;
  return httpStatusCode >= 500 || [408, 409, 425, 429].includes(httpStatusCode);
}
