import type { ServerRequests } from '../app-server.ts';
import type { ApprovalDecision } from './approval-decision.ts';
import type { ApprovalMethod, ApprovalRequest } from './approval-request.ts';
import { wirePermissions } from './permission-profile.ts';

type ResultOf<M extends ApprovalMethod> = ServerRequests[M]['result'];
type CommandDecision = ResultOf<'item/commandExecution/requestApproval'>['decision'];
type LegacyDecision = ResultOf<'execCommandApproval'>['decision'];
type Elicited = ResultOf<'mcpServer/elicitation/request'>;

const declinedText = 'rejected by user';

/**
 * The answer on the wire, in the shape of the request's method. A decision that the request does not take, which `checkDecision`
 * keeps out, becomes a refusal.
 *
 * @example encodeDecision(request, { type: 'accept' }) // { decision: 'accept' }
 */
export function encodeDecision(request: ApprovalRequest, decision: ApprovalDecision): unknown {
  switch (request.method) {
    case 'item/commandExecution/requestApproval':
      return { decision: commandDecision(decision) };
    case 'item/fileChange/requestApproval':
      return { decision: plainDecision(decision) };
    case 'item/permissions/requestApproval':
      return decision.type === 'grant'
        ? { permissions: wirePermissions(decision), scope: decision.scope }
        : { permissions: {}, scope: 'turn' };
    case 'item/tool/requestUserInput':
      return { answers: answersOf(decision) };
    case 'mcpServer/elicitation/request':
      return elicited(request, decision);
    case 'execCommandApproval':
    case 'applyPatchApproval':
      return { decision: legacyDecision(decision) };
  }
}

function plainDecision({ type }: ApprovalDecision): 'accept' | 'acceptForSession' | 'decline' | 'cancel' {
  return type === 'accept' || type === 'acceptForSession' || type === 'cancel' ? type : 'decline';
}

function commandDecision(decision: ApprovalDecision): CommandDecision {
  switch (decision.type) {
    case 'acceptWithExecpolicyAmendment':
      return { acceptWithExecpolicyAmendment: { execpolicy_amendment: [...decision.amendment] } };
    case 'applyNetworkPolicyAmendment':
      return { applyNetworkPolicyAmendment: { network_policy_amendment: { ...decision.amendment } } };
    default:
      return plainDecision(decision);
  }
}

function legacyDecision(decision: ApprovalDecision): LegacyDecision {
  switch (decision.type) {
    case 'accept':
      return 'approved';
    case 'acceptForSession':
      return 'approved_for_session';
    case 'acceptWithExecpolicyAmendment':
      return {
        approved_execpolicy_amendment: { proposed_execpolicy_amendment: [...decision.amendment] },
      };
    case 'applyNetworkPolicyAmendment':
      return { network_policy_amendment: { network_policy_amendment: { ...decision.amendment } } };
    case 'cancel':
      return 'abort';
    case 'decline':
      return { denied: { rejection: decision.reason ?? declinedText } };
    default:
      return { denied: { rejection: declinedText } };
  }
}

function answersOf(decision: ApprovalDecision): ResultOf<'item/tool/requestUserInput'>['answers'] {
  if (decision.type !== 'answer') return {};
  return Object.fromEntries(
    Object.entries(decision.answers).map(([id, answers]) => [id, { answers: [...answers] }]),
  );
}

function elicited(
  request: ApprovalRequest,
  decision: ApprovalDecision,
): { readonly action: Elicited['action']; readonly content: unknown; readonly _meta: unknown } {
  switch (decision.type) {
    case 'accept':
      return { action: 'accept', content: request.kind === 'mcp_tool' ? {} : null, _meta: null };
    case 'acceptForSession':
      return { action: 'accept', content: {}, _meta: { persist: 'session' } };
    case 'acceptAlways':
      return { action: 'accept', content: {}, _meta: { persist: 'always' } };
    case 'acceptWithContent':
      return { action: 'accept', content: decision.content, _meta: null };
    case 'cancel':
      return { action: 'cancel', content: null, _meta: null };
    default:
      return { action: 'decline', content: null, _meta: null };
  }
}
