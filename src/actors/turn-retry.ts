import type { TurnFailedError } from '../protocol/errors/turn-errors.ts';
import { turnFailure } from '../protocol/errors/turn-failure.ts';
import type { TurnRetryEvent } from '../protocol/exec-events.ts';
import { isRecord } from '../protocol/unread.ts';

/** What is known when a failed try of a turn is to be followed by another. */
export interface TurnRetry {
  /** Who tries again: this library, or Codex itself, which counts and waits in its own way. */
  readonly by: 'runtime' | 'codex';
  /** Which try failed, counted from 1 since the turn last got ahead; null where Codex does not count. */
  readonly attempt: number | null;
  /** How many tries there may be; null where Codex does not say. */
  readonly attemptsMax: number | null;
  /** The pause before the next try, in milliseconds; null where Codex does not say. */
  readonly delayMs: number | null;
  /** Why it failed. */
  readonly error: TurnFailedError;
}

/**
 * What Codex says of a try that it makes again by itself: a notification `error` with `willRetry`. Undefined for anything else.
 *
 * Codex writes "Reconnecting... 1/5" into the message and the cause into `additionalDetails`; how long it waits it does not say.
 */
export function codexRetryIn(params: unknown, turnId: string | null): TurnRetry | undefined {
  if (!isRecord(params) || params.willRetry !== true) return undefined;
  const told = isRecord(params.error) ? params.error : {};
  const details = typeof told.additionalDetails === 'string' ? told.additionalDetails : undefined;
  const error = turnFailure(details === undefined ? told : { ...told, message: details }, turnId);
  const counted = typeof told.message === 'string' ? /(\d+)\/(\d+)/.exec(told.message) : null;
  return {
    by: 'codex',
    attempt: counted === null ? null : Number(counted[1]),
    // It counts the tries after the first.
    attemptsMax: counted === null ? null : Number(counted[2]) + 1,
    delayMs: error.retryAfterMs ?? null,
    error,
  };
}

/** How readers of the official events are told of a retry of ours: in the words that Codex has for its own. */
export function retryMessage({ attempt, attemptsMax, delayMs, error }: TurnRetry): string {
  const count = attempt === null || attemptsMax === null ? '' : ` ${attempt}/${attemptsMax - 1}`;
  const pause = delayMs === null ? '' : `in ${(delayMs / 1_000).toFixed(1)} s: `;
  return `Reconnecting...${count} (${pause}${error.message})`;
}

/** A retry as readers who asked for more than the official events get it. */
export function retryEvent(retry: TurnRetry): TurnRetryEvent {
  const { by, attempt, attemptsMax, delayMs, error } = retry;
  return {
    type: 'turn.retry',
    by,
    attempt,
    attempts_max: attemptsMax,
    delay_ms: delayMs,
    code: error.code,
    message: error.message,
  };
}
