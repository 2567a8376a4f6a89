import { InvalidOptionError } from '../protocol/errors/call-errors.ts';
import { unknownOption } from '../protocol/option-names.ts';
import { isRecord } from '../protocol/unread.ts';

/** How often, and after which pauses, what failed is tried again. */
export interface RetryPolicy {
  /** Tries in a row without progress, the first one included. A whole number from 1 to 100; with 1 nothing is retried. Default 6. */
  readonly maxAttempts: number;
  /** The longest pause before the second try, in milliseconds; from 1 to 3,600,000. Default 1,000. */
  readonly initialDelayMs: number;
  /** The longest pause before any try that the server named no time for, in milliseconds; up to 3,600,000. Default 30,000. */
  readonly maxDelayMs: number;
  /** By how much the longest pause grows with each try; from 1 to 10. Default 2. */
  readonly factor: number;
  /** The longest time that a server may ask to wait, in milliseconds; one that asks for more is not tried again. Default 60,000. */
  readonly retryAfterMaxMs: number;
}

/** About as patient as Codex itself: at most 31 s of pauses, half of that on average. */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 6,
  initialDelayMs: 1_000,
  maxDelayMs: 30_000,
  factor: 2,
  retryAfterMaxMs: 60_000,
};

/** The most tries that a policy may allow. */
export const retryAttemptsMax = 100;

/** The longest pause that a policy may allow, and the longest time that it may let a server name. */
export const retryDelayMsMax = 3_600_000;

/** What of a failure decides about another try; each `CodexError` has it. */
export interface RetryableFailure {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Milliseconds to wait, where the server named them. */
  readonly retryAfterMs: number | undefined;
  /** What the model's server answered, where it is known. */
  readonly httpStatusCode?: number | null;
}

/** Why what failed is not tried again: by its nature, by the policy, or by a budget. */
export type RetryStop =
  | 'not_retryable'
  | 'attempts'
  | 'retry_after_too_long'
  | 'retry_budget'
  | 'wait_budget';

/** Whether to try again, and why not. */
export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  | { readonly retry: false; readonly because: Exclude<RetryStop, 'retry_budget' | 'wait_budget'> };

/**
 * Decides on another try after a failure. The pause is random between nothing and a bound that grows with each try ("full jitter"), so
 * that many clients that failed at once do not come back at once. A time that the server named is waited for in full, and up to
 * `initialDelayMs` more. When the server asked for a slower pace (HTTP 429) and its time is not known, as Codex does not pass the header
 * `retry-after` on, the bound is two steps higher and at least half of it is waited for.
 *
 * It does not know whether another try is safe: ask only when nothing of the failed one can still be going on.
 *
 * @param failed The failure, and which try it ended, counted from 1.
 * @param random Numbers from 0 up to but not including 1.
 * @example
 * const error = { retryable: true, retryAfterMs: undefined };
 * retryDecision(defaultRetryPolicy, { error, attempt: 1 }, () => 0.5); // { retry: true, delayMs: 500 }
 */
export function retryDecision(
  policy: RetryPolicy,
  failed: { readonly error: RetryableFailure; readonly attempt: number },
  random: () => number,
): RetryDecision {
  const { error, attempt } = failed;
  if (!error.retryable) return { retry: false, because: 'not_retryable' };
  if (attempt >= policy.maxAttempts) return { retry: false, because: 'attempts' };
  if (error.retryAfterMs === undefined) return { retry: true, delayMs: pauseMs(policy, failed, random) };
  if (error.retryAfterMs > policy.retryAfterMaxMs) return { retry: false, because: 'retry_after_too_long' };
  return {
    retry: true,
    delayMs: Math.ceil(error.retryAfterMs) + Math.floor(random() * policy.initialDelayMs),
  };
}

function pauseMs(
  policy: RetryPolicy,
  { error, attempt }: { readonly error: RetryableFailure; readonly attempt: number },
  random: () => number,
): number {
  if (error.httpStatusCode !== 429) return Math.floor(random() * backoffMs(policy, attempt));
  const half = backoffMs(policy, attempt + 2) / 2;
  return Math.floor(half + random() * half);
}

/** The longest pause after try number `attempt`, counted from 1. */
function backoffMs({ initialDelayMs, maxDelayMs, factor }: RetryPolicy, attempt: number): number {
  return Math.min(maxDelayMs, initialDelayMs * factor ** (attempt - 1));
}

/**
 * A policy from options: what is absent is taken from `base`.
 *
 * @param field Where the options are, for the error.
 * @param fields What may stand there, for the error.
 * @throws InvalidOptionError naming the field and what may stand there; also for a field that there is not.
 * @example parseRetryPolicy({ maxAttempts: 3 }).maxDelayMs // 30_000
 */
export function parseRetryPolicy(
  options: unknown,
  base: RetryPolicy = defaultRetryPolicy,
  field = 'retries',
  fields: readonly string[] = Object.keys(defaultRetryPolicy),
): RetryPolicy {
  if (options === undefined) return base;
  if (!isRecord(options)) throw new InvalidOptionError(field, options, 'an object');
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(defaultRetryPolicy, name))
      throw unknownOption(field, `${field}.${name}`, options[name], fields);
  }
  const read = (name: keyof RetryPolicy, range: Range): number =>
    numberIn(`${field}.${name}`, options[name] ?? base[name], range);
  const maxAttempts = read('maxAttempts', { min: 1, max: retryAttemptsMax, isWhole: true });
  const maxDelayMs = read('maxDelayMs', { min: 1, max: retryDelayMsMax });
  // A smaller bound alone is no mistake: the first pause is within it too.
  const initialDelayMs =
    options.initialDelayMs === undefined
      ? Math.min(base.initialDelayMs, maxDelayMs)
      : read('initialDelayMs', { min: 1, max: maxDelayMs });
  return {
    maxAttempts,
    initialDelayMs,
    maxDelayMs,
    factor: read('factor', { min: 1, max: 10 }),
    retryAfterMaxMs: read('retryAfterMaxMs', { min: 0, max: retryDelayMsMax }),
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
}

function numberIn(field: string, value: unknown, { min, max, isWhole = false }: Range): number {
  const isIn = typeof value === 'number' && value >= min && value <= max;
  if (isIn && (!isWhole || Number.isInteger(value))) return value;
  throw new InvalidOptionError(field, value, `a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`);
}
