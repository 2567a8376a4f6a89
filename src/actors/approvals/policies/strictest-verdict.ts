import type { ApprovalDecision } from '../../../protocol/approvals/approval-decision.ts';
import { permissionsInBoth } from '../../../protocol/approvals/permission-profile.ts';
import type { ApprovalVerdict } from './approval-policy.ts';

const refusal = 9;

/** Whether a verdict is a no, which no other verdict outweighs. */
export function isRefusal(verdict: ApprovalVerdict): boolean {
  return strictness(verdict) === refusal;
}

/**
 * The stricter of two verdicts on one request. What gives part of what is asked for, or makes a rule of it, gives no more than both do:
 * of permissions those that both grant, of two rules of which one covers the other the narrower one, of other two rules none. The rest is an
 * order, in which the first of two equal ones counts.
 *
 * Associative: it makes no difference which two are compared first.
 */
export function stricter(left: ApprovalVerdict, right: ApprovalVerdict): ApprovalVerdict {
  if (left.type === 'ask' && right.type === 'ask') {
    const timeoutMs = Math.min(left.timeoutMs ?? Infinity, right.timeoutMs ?? Infinity);
    return timeoutMs === Infinity ? { type: 'ask' } : { type: 'ask', timeoutMs };
  }
  if (left.type === 'grant' && right.type === 'grant') {
    const scope = left.scope === 'turn' ? 'turn' : right.scope;
    return { type: 'grant', ...permissionsInBoth(left, right), scope };
  }
  if (isRule(left) && isRule(right)) return narrowerRule(left, right);
  return strictness(right) > strictness(left) ? right : left;
}

/** The order of verdicts from the widest yes to no. */
function strictness(verdict: ApprovalVerdict): number {
  switch (verdict.type) {
    case 'acceptAlways':
    case 'acceptWithExecpolicyAmendment':
      return 0;
    case 'applyNetworkPolicyAmendment':
      return verdict.amendment.action === 'allow' ? 0 : refusal;
    case 'acceptForSession':
      return 1;
    case 'grant':
    case 'accept':
    case 'acceptWithContent':
    case 'answer':
      return 2;
    case 'ask':
      return 3;
    case 'pass':
      return 4;
    case 'decline':
    case 'cancel':
      return refusal;
  }
}

type Rule = Extract<
  ApprovalDecision,
  { readonly type: 'acceptWithExecpolicyAmendment' | 'applyNetworkPolicyAmendment' }
>;

/** A yes that Codex saves, and that covers more than what was asked. */
function isRule(verdict: ApprovalVerdict): verdict is Rule {
  return verdict.type === 'acceptWithExecpolicyAmendment' || verdict.type === 'applyNetworkPolicyAmendment';
}

function narrowerRule(left: Rule, right: Rule): ApprovalDecision {
  if (isRefusal(left)) return left;
  if (isRefusal(right)) return right;
  if (covers(left, right)) return right;
  return covers(right, left) ? left : { type: 'acceptForSession' };
}

/** Whether everything that `narrow` allows is allowed by `wide`. */
function covers(wide: Rule, narrow: Rule): boolean {
  if (wide.type === 'acceptWithExecpolicyAmendment')
    return (
      narrow.type === wide.type && wide.amendment.every((word, place) => narrow.amendment[place] === word)
    );
  return narrow.type === wide.type && narrow.amendment.host === wide.amendment.host;
}
