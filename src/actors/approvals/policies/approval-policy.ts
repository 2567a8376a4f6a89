import { type ApprovalDecision, checkDecision } from '../../../protocol/approvals/approval-decision.ts';
import type { ApprovalRequest } from '../../../protocol/approvals/approval-request.ts';
import { ApprovalPolicyError } from '../../../protocol/errors/approval-errors.ts';
import { isRecord } from '../../../protocol/unread.ts';
import type { Clock } from '../../../supervisor/clock.ts';
import { approvalTimeoutMsMax } from '../approval-limits.ts';

/** Leaves the decision to a person, through the `ApprovalQueue`. */
export interface AskVerdict {
  readonly type: 'ask';
  /** Milliseconds that the person has. Defaults to what is left of the approval's own deadline, which is the most there is. */
  readonly timeoutMs?: number;
}

/** Has no opinion. A request on which no policy has one is declined. */
export interface PassVerdict {
  readonly type: 'pass';
}

/** What a policy says of a request. */
export type ApprovalVerdict = ApprovalDecision | AskVerdict | PassVerdict;

/** What a policy is given beside the request. */
export interface ApprovalPolicyContext {
  /** The approval's id, as in the `ApprovalQueue`. */
  readonly id: string;
  readonly clock: Clock;
  /** Aborted once the approval is settled, also by others: whatever the policy waits for is of no use then. */
  readonly signal: AbortSignal;
  /** Calls `listener` with the decision of a policy or a person, once there is one; never when it expires or is withdrawn. */
  onDecision(listener: (decision: ApprovalDecision) => void): void;
}

/**
 * Decides what Codex asks. May be async; it has as long as the approval's deadline. A throw, a rejection, or anything that is no
 * verdict declines the request and is reported as `ApprovalPolicyError`.
 *
 * @example const readOnly: ApprovalPolicy = (request) =>
 *   request.kind === 'command' ? { type: 'ask' } : { type: 'decline', reason: 'commands only' };
 */
export type ApprovalPolicy = (
  request: ApprovalRequest,
  context: ApprovalPolicyContext,
) => ApprovalVerdict | Promise<ApprovalVerdict>;

/**
 * Asks a policy, and reads what it says.
 *
 * @throws ApprovalPolicyError when the policy throws or rejects, and when its verdict is none, or none that this request takes.
 */
export async function judge(
  policy: ApprovalPolicy,
  request: ApprovalRequest,
  context: ApprovalPolicyContext,
): Promise<ApprovalVerdict> {
  let verdict: unknown;
  try {
    verdict = await policy(request, context);
  } catch (error) {
    if (ApprovalPolicyError.isInstance(error)) throw error;
    throw new ApprovalPolicyError(request.kind, 'threw', { cause: error });
  }
  try {
    return readVerdict(request, verdict);
  } catch (error) {
    throw new ApprovalPolicyError(request.kind, 'answered what is no verdict', { cause: error });
  }
}

function readVerdict(request: ApprovalRequest, verdict: unknown): ApprovalVerdict {
  if (!isRecord(verdict) || (verdict.type !== 'ask' && verdict.type !== 'pass'))
    return checkDecision(request, verdict);
  if (verdict.type === 'pass') return { type: 'pass' };
  const { timeoutMs } = verdict;
  if (timeoutMs === undefined) return { type: 'ask' };
  const isTime = typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= approvalTimeoutMsMax;
  if (!isTime) throw new RangeError(`timeoutMs must be between 0 and ${approvalTimeoutMsMax}.`);
  return { type: 'ask', timeoutMs };
}
