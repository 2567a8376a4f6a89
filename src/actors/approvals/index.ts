/**
 * Deciding what Codex asks: policies as functions of the request, combinators with laws, and the queue through which people decide.
 *
 * @example
 * import { ask, command, firstOf, within } from 'codex-actors/approvals';
 * const codex = new Codex({ approvals: firstOf(command('git status'), within('/srv/app/src'), ask()) });
 */

export {
  type ApprovalDecision,
  acceptedDecisions,
  checkDecision,
  type DecisionType,
  isAcceptance,
} from '../../protocol/approvals/approval-decision.ts';
export type {
  ApprovalFileChange,
  ApprovalKind,
  ApprovalRequest,
  CommandApprovalRequest,
  ElicitationRequest,
  FileChangeApprovalRequest,
  McpToolApprovalRequest,
  NetworkPolicyAmendment,
  PermissionEntry,
  PermissionProfile,
  PermissionsApprovalRequest,
  UserInputRequest,
  UserQuestion,
} from '../../protocol/approvals/approval-request.ts';
export { ApprovalNotPendingError, ApprovalPolicyError } from '../../protocol/errors/approval-errors.ts';
export type { ApprovalListener, ApprovalNews } from './approval-journal.ts';
export type { PendingApproval, SettledApproval } from './approval-messages.ts';
export type { ApprovalQueue, ApprovalQueueAnswer, DecideOptions } from './approval-queue.ts';
export type {
  ApprovalPolicy,
  ApprovalPolicyContext,
  ApprovalVerdict,
  AskVerdict,
  PassVerdict,
} from './policies/approval-policy.ts';
export { all, byKind, firstOf } from './policies/combined-policies.ts';
export { command } from './policies/command-policy.ts';
export { type ResolvePath, within } from './policies/path-policy.ts';
export { type AllowOptions, allow, ask, type DenyOptions, deny, pass } from './policies/plain-policies.ts';
export { type RememberOptions, remember } from './policies/remembering-policy.ts';
export { timeout } from './policies/timed-policy.ts';
