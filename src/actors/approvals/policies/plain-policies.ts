import { type ApprovalDecision, reasonLengthMax } from '../../../protocol/approvals/approval-decision.ts';
import type { ApprovalRequest } from '../../../protocol/approvals/approval-request.ts';
import { InvalidOptionError } from '../../../protocol/errors/call-errors.ts';
import { checkOptionNames, type OptionNames } from '../../../protocol/option-names.ts';
import type { ApprovalPolicy, ApprovalVerdict } from './approval-policy.ts';

/** For how long a yes is good. */
export interface AllowOptions {
  /** `once`: this request. `session`: Codex does not ask for the same again in this session. Defaults to `once`. */
  readonly for?: 'once' | 'session';
}

const allowOptionNames = { for: 'own' } as const satisfies OptionNames<AllowOptions>;

/**
 * Says yes to whatever can be answered with a yes: commands, file changes, permissions (all that are asked for) and MCP tools. It has
 * no opinion on questions that want an answer in words.
 *
 * @throws InvalidOptionError for an unknown `for`.
 */
export function allow(options: AllowOptions = {}): ApprovalPolicy {
  checkOptionNames('allow', options, allowOptionNames);
  const { for: term = 'once' } = options;
  if (term !== 'once' && term !== 'session') throw new InvalidOptionError('for', term, "'once' or 'session'");
  return (request) => acceptanceOf(request, term);
}

function acceptanceOf(request: ApprovalRequest, term: 'once' | 'session'): ApprovalVerdict {
  switch (request.kind) {
    case 'command':
    case 'file_change':
      return { type: term === 'once' ? 'accept' : 'acceptForSession' };
    case 'mcp_tool':
      return {
        type: term === 'session' && request.persist.includes('session') ? 'acceptForSession' : 'accept',
      };
    case 'permissions':
      return { type: 'grant', ...request.permissions, scope: term === 'once' ? 'turn' : 'session' };
    case 'user_input':
    case 'elicitation':
      return { type: 'pass' };
  }
}

/** Why, and how hard. */
export interface DenyOptions {
  /** Kept in events and audits; Codex has no place for it. */
  readonly reason?: string;
  /** Whether the turn is ended too, where Codex can (commands and file changes). Defaults to false: it goes on without. */
  readonly cancelTurn?: boolean;
}

const denyOptionNames = { reason: 'own', cancelTurn: 'own' } as const satisfies OptionNames<DenyOptions>;

/** Says no to everything. @throws InvalidOptionError for a reason that is too long. */
export function deny(options: DenyOptions = {}): ApprovalPolicy {
  checkOptionNames('deny', options, denyOptionNames);
  const { reason, cancelTurn = false } = options;
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > reasonLengthMax))
    throw new InvalidOptionError('reason', reason, `a string of at most ${reasonLengthMax} characters`);
  const because = reason === undefined ? {} : { reason };
  return (request): ApprovalDecision => {
    const endsTurn = cancelTurn && (request.kind === 'command' || request.kind === 'file_change');
    return { type: endsTurn ? 'cancel' : 'decline', ...because };
  };
}

/** Leaves everything to a person, who decides through the `ApprovalQueue`. */
export function ask(): ApprovalPolicy {
  return () => ({ type: 'ask' });
}

/** Has no opinion on anything: the neutral element of `firstOf`. */
export function pass(): ApprovalPolicy {
  return () => ({ type: 'pass' });
}
