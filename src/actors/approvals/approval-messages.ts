import type { ApprovalOutcome } from '../../machines/approval-machine.ts';
import type { ApprovalRequest } from '../../protocol/approvals/approval-request.ts';
import type { WireId } from '../../protocol/json-rpc-codec.ts';
import type { Address, Request } from '../../supervisor/behaviour.ts';
import type { Respond } from '../exec-port/thread-route.ts';
import type { ApprovalPolicy } from './policies/approval-policy.ts';

/** Addresses of what decides, below the tree's root. */
export const approvalsPath = 'approvals';
export const approvalQueuePath = 'approvals/queue';
export const pendingApprovalsPath = 'approvals/pending';

/** An approval that waits, as plain JSON: it can be sent to another process. */
export interface PendingApproval {
  /** Names it in `decide`. */
  readonly id: string;
  readonly request: ApprovalRequest;
  /** `requested`: the policy is at it. `deciding`: a person is waited for. */
  readonly state: 'requested' | 'deciding';
  /** Milliseconds since the Unix epoch. */
  readonly requestedAtMs: number;
  /** Milliseconds that it has waited, measured by a clock that nobody sets. */
  readonly ageMs: number;
}

/** An approval that has ended. `error` of the outcome is told by `ApprovalPolicyError` and telemetry. */
export interface SettledApproval {
  readonly id: string;
  readonly request: ApprovalRequest;
  readonly outcome: ApprovalOutcome;
  readonly ageMs: number;
}

/** A question of Codex with the right to answer it. */
export interface OpenQuestion {
  readonly request: ApprovalRequest;
  /** Null: nobody may say yes. */
  readonly policy: ApprovalPolicy | null;
  /** What names it on its port. */
  readonly requestId: WireId;
  /** The incarnation of the port that asked. */
  readonly port: Address;
  readonly respond: Respond;
  /** Told how it ended, right before Codex is. It must not throw. Defaults to nobody. */
  readonly ended?: (outcome: ApprovalOutcome) => void;
  /** Bytes of the request as JSON. */
  readonly bytes: number;
}

/** Takes a question on; answered once it is sure to be settled. To be sent by `call`. */
export interface AskRequest extends Request<'taken'> {
  readonly type: 'approval.asked';
  readonly question: OpenQuestion;
}

/** Lists what is pending, oldest first. To be sent by `call`. */
export interface ListRequest extends Request<readonly PendingApproval[]> {
  readonly type: 'approvals.list';
}

/** Decides one; rejects with `ApprovalNotPendingError` or `InvalidOptionError`. To be sent by `call`. */
export interface DecideRequest extends Request<SettledApproval> {
  readonly type: 'approvals.decide';
  readonly id: string;
  /** Checked against what the request accepts. */
  readonly decision: unknown;
  readonly who: string | null;
  readonly why: string | null;
}

/** Everything that the queue takes. */
export type ApprovalQueueMessage =
  | AskRequest
  | ListRequest
  | DecideRequest
  /** Codex no longer waits for it. */
  | { readonly type: 'approval.resolved'; readonly threadId: string; readonly requestId: WireId }
  /** Nobody takes the thread up again. */
  | { readonly type: 'approval.thread_closed'; readonly threadId: string }
  /** From an approval: a person is to decide. */
  | { readonly type: 'approval.deciding'; readonly id: string }
  /** From an approval: it has ended. */
  | { readonly type: 'approval.settled'; readonly id: string; readonly outcome: ApprovalOutcome };
