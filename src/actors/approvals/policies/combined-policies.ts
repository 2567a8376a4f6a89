import { type ApprovalKind, approvalKinds } from '../../../protocol/approvals/approval-request.ts';
import { InvalidOptionError } from '../../../protocol/errors/call-errors.ts';
import { isRecord } from '../../../protocol/unread.ts';
import { type ApprovalPolicy, type ApprovalVerdict, judge } from './approval-policy.ts';
import { isRefusal, stricter } from './strictest-verdict.ts';

/**
 * What the first policy says that has an opinion; those after it are not asked. Associative; `firstOf()` has no opinion and is its
 * neutral element.
 *
 * @throws InvalidOptionError when one of them is no function.
 * @example firstOf(command('git status'), within('/srv/app'), ask())
 */
export function firstOf(...policies: readonly ApprovalPolicy[]): ApprovalPolicy {
  checkPolicies(policies);
  return async (request, context) => {
    for (const policy of policies) {
      const verdict = await judge(policy, request, context);
      if (verdict.type !== 'pass') return verdict;
    }
    return { type: 'pass' };
  };
}

/**
 * The strictest of what all say: a no of any is a no (the first no counts, those after it are not asked); else no opinion if any has
 * none; else a question if any asks, with the shortest time; else the narrowest yes, of equal ones the first: no permission that one of
 * them does not grant, and no rule that is wider than one of theirs. Associative.
 *
 * @throws InvalidOptionError when one of them is no function.
 * @example all(command('npm *'), (request) => (atNight() ? { type: 'ask' } : { type: 'accept' }))
 */
export function all(first: ApprovalPolicy, ...others: readonly ApprovalPolicy[]): ApprovalPolicy {
  const policies = [first, ...others];
  checkPolicies(policies);
  return async (request, context) => {
    let strictest: ApprovalVerdict | undefined;
    for (const policy of policies) {
      const verdict = await judge(policy, request, context);
      if (isRefusal(verdict)) return verdict;
      strictest = strictest === undefined ? verdict : stricter(strictest, verdict);
    }
    return strictest ?? { type: 'pass' };
  };
}

/**
 * A policy for each kind of request; on kinds that are left out it has no opinion.
 *
 * @throws InvalidOptionError for an unknown kind, or what is no policy.
 * @example byKind({ command: ask(), file_change: within('/srv/app') })
 */
export function byKind(policies: { readonly [K in ApprovalKind]?: ApprovalPolicy }): ApprovalPolicy {
  if (!isRecord(policies))
    throw new InvalidOptionError('policies', policies, 'an object of policies by kind');
  for (const [kind, policy] of Object.entries(policies)) {
    if (!approvalKinds.some((known) => known === kind))
      throw new InvalidOptionError(
        `policies.${kind}`,
        policy,
        `absent: the kinds are ${approvalKinds.join(', ')}`,
      );
    checkPolicy(`policies.${kind}`, policy);
  }
  const table = { ...policies };
  return (request, context) => table[request.kind]?.(request, context) ?? { type: 'pass' };
}

/** Refuses what is no policy. @throws InvalidOptionError */
export function checkPolicy(field: string, policy: unknown): void {
  if (typeof policy !== 'function')
    throw new InvalidOptionError(field, policy, 'an approval policy: a function of the request');
}

function checkPolicies(policies: readonly unknown[]): void {
  policies.forEach((policy, at) => {
    checkPolicy(`policies[${at}]`, policy);
  });
}
