import { InvalidOptionError } from '../../../protocol/errors/call-errors.ts';
import { approvalTimeoutMsMax } from '../approval-limits.ts';
import { type ApprovalPolicy, type ApprovalVerdict, judge } from './approval-policy.ts';
import { checkPolicy } from './combined-policies.ts';
import { deny } from './plain-policies.ts';

/**
 * Gives `policy` that much time; afterwards `otherwise` decides. When `policy` leaves it to a person, the person has what is left of
 * the time, and then the request is declined as expired.
 *
 * @param timeoutMs From 0.
 * @param otherwise Defaults to `deny()`.
 * @throws InvalidOptionError for a time that is none.
 * @example timeout(askTheChatRoom, 60_000)
 */
export function timeout(
  policy: ApprovalPolicy,
  timeoutMs: number,
  otherwise: ApprovalPolicy = deny({ reason: 'the policy took too long' }),
): ApprovalPolicy {
  checkPolicy('policy', policy);
  checkPolicy('otherwise', otherwise);
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0 && timeoutMs <= approvalTimeoutMsMax))
    throw new InvalidOptionError(
      'timeoutMs',
      timeoutMs,
      `milliseconds between 0 and ${approvalTimeoutMsMax}`,
    );
  return async (request, context) => {
    const { clock } = context;
    const endsAt = clock.now() + timeoutMs;
    const { promise: elapsed, resolve: elapse } = Promise.withResolvers<undefined>();
    const stop = () => elapse(undefined);
    const timer = clock.setTimer(timeoutMs, stop);
    context.signal.addEventListener('abort', stop, { once: true });
    try {
      const verdict = await Promise.race([judge(policy, request, context), elapsed]);
      if (verdict === undefined)
        return context.signal.aborted ? { type: 'pass' } : await otherwise(request, context);
      return verdict.type === 'ask' ? sooner(verdict.timeoutMs, endsAt - clock.now()) : verdict;
    } finally {
      clock.cancelTimer(timer);
      context.signal.removeEventListener('abort', stop);
    }
  };
}

function sooner(timeoutMs: number | undefined, leftMs: number): ApprovalVerdict {
  return { type: 'ask', timeoutMs: Math.max(0, Math.min(timeoutMs ?? leftMs, leftMs)) };
}
