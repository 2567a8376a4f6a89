import {
  type ApprovalPolicy,
  type ApprovalPolicyContext,
  type ApprovalVerdict,
  judge,
} from '../../../../src/actors/approvals/policies/approval-policy.ts';
import type { ApprovalDecision } from '../../../../src/protocol/approvals/approval-decision.ts';
import type { ApprovalRequest } from '../../../../src/protocol/approvals/approval-request.ts';
import { SimulatedClock } from '../../../../src/testing/simulated-clock.ts';

/** One approval, as a policy sees it. */
export class PolicyBench {
  readonly clock = new SimulatedClock();
  readonly ended = new AbortController();
  readonly #listeners: ((decision: ApprovalDecision) => void)[] = [];

  judge(policy: ApprovalPolicy, request: ApprovalRequest): Promise<ApprovalVerdict> {
    const context: ApprovalPolicyContext = {
      id: 'approval',
      clock: this.clock,
      signal: this.ended.signal,
      onDecision: (listener) => void this.#listeners.push(listener),
    };
    return judge(policy, request, context);
  }

  /** Somebody has decided it. */
  decided(decision: ApprovalDecision): void {
    for (const listener of this.#listeners) listener(decision);
  }
}

/** What a policy says of a request, by itself. */
export function verdictOf(policy: ApprovalPolicy, request: ApprovalRequest): Promise<ApprovalVerdict> {
  return new PolicyBench().judge(policy, request);
}
