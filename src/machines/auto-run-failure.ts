import { LimitExceededError } from '../protocol/errors/call-errors.ts';
import { CodexError } from '../protocol/errors/codex-error.ts';
import { GoalStoppedError } from '../protocol/errors/goal-errors.ts';
import { TurnFailedError } from '../protocol/errors/turn-errors.ts';
import { type RetryPolicy, retryDecision } from './retry-policy.ts';

/** What a failed attempt leads to. */
export type AfterFailure =
  /** The same thread goes on, after a pause. */
  | { readonly kind: 'again'; readonly delayMs: number }
  /** Worth another attempt, but there is none left. */
  | { readonly kind: 'attempts_spent' }
  /** It has come to the end of the tokens by itself. */
  | { readonly kind: 'tokens_spent' }
  /** Another attempt would fail as well, or must not be made. */
  | { readonly kind: 'failed' }
  /** Somebody wanted the end of it. */
  | { readonly kind: 'interrupted' };

/**
 * Decides what an auto-run does after an attempt has failed.
 *
 * | failed with | then |
 * | --- | --- |
 * | `cancelled`, `turn_interrupted`, `thread_closed`, a goal that was paused or cleared | interrupted |
 * | `limit_exceeded` of the token budget, as a goal has it | tokens spent |
 * | `codex_gave_up` | failed: the tree it runs in is ending |
 * | `turn_cut_off` | again: the thread has been reconciled, and goes on where it was cut off |
 * | any other retryable error | again |
 * | all others | failed |
 *
 * @param attempt Which attempt at the turn failed, counted from 1.
 */
export function afterFailure(
  policy: RetryPolicy,
  failed: { readonly error: Error; readonly attempt: number },
  random: () => number,
): AfterFailure {
  const { error, attempt } = failed;
  if (!CodexError.isInstance(error)) return { kind: 'failed' };
  switch (error.code) {
    case 'cancelled':
    case 'turn_interrupted':
    case 'thread_closed':
      return { kind: 'interrupted' };
    case 'codex_gave_up':
      return { kind: 'failed' };
    case 'goal_stopped':
      return { kind: isStoppedBySomebody(error) ? 'interrupted' : 'failed' };
    case 'limit_exceeded':
      return { kind: isTokenBudget(error) ? 'tokens_spent' : 'failed' };
    default:
      break;
  }
  const { retryAfterMs } = error;
  // Else the pause after an HTTP 429 would be as short as any.
  const httpStatusCode = TurnFailedError.isInstance(error) ? error.httpStatusCode : null;
  // A turn that was cut off is never run again, which is why its error is final; the thread may go on all the same.
  const retryable = error.retryable || error.code === 'turn_cut_off';
  const failure = { retryable, retryAfterMs, httpStatusCode };
  const decision = retryDecision(policy, { error: failure, attempt }, random);
  if (decision.retry) return { kind: 'again', delayMs: decision.delayMs };
  return { kind: decision.because === 'attempts' ? 'attempts_spent' : 'failed' };
}

function isStoppedBySomebody(error: unknown): boolean {
  return GoalStoppedError.isInstance(error) && (error.status === 'paused' || error.status === 'cleared');
}

function isTokenBudget(error: unknown): boolean {
  return LimitExceededError.isInstance(error) && error.limit === 'tokenBudget';
}
