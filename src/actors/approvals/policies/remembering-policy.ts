import { type ApprovalDecision, isAcceptance } from '../../../protocol/approvals/approval-decision.ts';
import type { ApprovalRequest } from '../../../protocol/approvals/approval-request.ts';
import { InvalidOptionError } from '../../../protocol/errors/call-errors.ts';
import { checkOptionNames, type OptionNames } from '../../../protocol/option-names.ts';
import type { ApprovalPolicy } from './approval-policy.ts';
import { checkPolicy } from './combined-policies.ts';

/** Decisions that `remember` keeps unless it is told otherwise. */
export const rememberedDecisionsMax = 1_024;

/** Characters of a request's key, at most; a longer request is not remembered. */
export const rememberedKeyLengthMax = 65_536;

/** What is remembered, and how much of it. */
export interface RememberOptions {
  /** Whether one thread's decisions count for the others too. Defaults to false. */
  readonly acrossThreads?: boolean;
  /** How many decisions are kept; the one unused for longest is forgotten. Defaults to 1,024. */
  readonly decisionsMax?: number;
}

const rememberOptionNames = {
  acrossThreads: 'own',
  decisionsMax: 'own',
} as const satisfies OptionNames<RememberOptions>;

/**
 * Gives the same answer to the same request again, also a person's, without asking `policy`. The same is: the same command in the same
 * folder with the same permissions, the same change of the same files, the same permissions, the same call of an MCP tool. Answers to
 * questions are never remembered, and neither are decisions that end the turn or that nobody made.
 *
 * @throws InvalidOptionError for a `decisionsMax` below 1.
 * @example remember(ask())
 */
export function remember(policy: ApprovalPolicy, options: RememberOptions = {}): ApprovalPolicy {
  checkOptionNames('remember', options, rememberOptionNames);
  const { acrossThreads = false, decisionsMax = rememberedDecisionsMax } = options;
  checkPolicy('policy', policy);
  if (!Number.isSafeInteger(decisionsMax) || decisionsMax < 1)
    throw new InvalidOptionError('decisionsMax', decisionsMax, 'a whole number from 1');
  const remembered = new Map<string, ApprovalDecision>();
  const keep = (key: string, decision: ApprovalDecision) => {
    remembered.delete(key);
    remembered.set(key, decision);
    for (const oldest of remembered.keys()) {
      if (remembered.size <= decisionsMax) return;
      remembered.delete(oldest);
    }
  };
  return (request, context) => {
    const key = keyOf(request, acrossThreads);
    if (key === undefined) return policy(request, context);
    const known = remembered.get(key);
    if (known !== undefined) {
      keep(key, known);
      return known;
    }
    context.onDecision((decision) => {
      if (decision.type === 'decline' || isAcceptance(decision)) keep(key, decision);
    });
    return policy(request, context);
  };
}

function keyOf(request: ApprovalRequest, acrossThreads: boolean): string | undefined {
  const facts = factsOf(request);
  if (facts === undefined) return undefined;
  const key = JSON.stringify([request.kind, acrossThreads ? null : request.threadId, ...facts]);
  return key.length > rememberedKeyLengthMax ? undefined : key;
}

function factsOf(request: ApprovalRequest): readonly unknown[] | undefined {
  switch (request.kind) {
    case 'command':
      // What goes into a running command has a meaning only there and then.
      return request.commandKind === 'writeStdin'
        ? undefined
        : [request.command, request.cwd, request.network, request.additionalPermissions];
    case 'file_change':
      return request.changes === null ? undefined : [request.changes, request.grantRoot];
    case 'permissions':
      return [request.permissions, request.cwd];
    case 'mcp_tool':
      return [request.serverName, request.toolName, request.toolParams];
    case 'user_input':
    case 'elicitation':
      return undefined;
  }
}
