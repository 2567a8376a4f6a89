import { InvalidOptionError, Unshown } from '../errors/call-errors.ts';
import { isRecord } from '../unread.ts';
import type { ApprovalRequest, NetworkPolicyAmendment, PermissionEntry } from './approval-request.ts';
import { isNetworkPolicyAmendment } from './parse-approval-request.ts';
import { isPermissionEntry, isWithinRequest } from './permission-profile.ts';

/** What can be decided. Which of them a request takes, `acceptedDecisions` says. The words are Codex's. */
export type ApprovalDecision =
  /** Yes, this once. */
  | { readonly type: 'accept' }
  /** Yes, and do not ask again for the same in this session. */
  | { readonly type: 'acceptForSession' }
  /** Yes, and never ask again for this tool of the MCP server, where Codex has the server in its configuration file; else as for the session. */
  | { readonly type: 'acceptAlways' }
  /** Yes, and commands that begin with these words run without a question from now on. */
  | { readonly type: 'acceptWithExecpolicyAmendment'; readonly amendment: readonly string[] }
  /** Connections to this host are allowed, or denied, from now on. */
  | { readonly type: 'applyNetworkPolicyAmendment'; readonly amendment: NetworkPolicyAmendment }
  /** Yes, with what the form asked for. */
  | { readonly type: 'acceptWithContent'; readonly content: Readonly<Record<string, unknown>> }
  /** These permissions, all or some of those that were asked for. */
  | {
      readonly type: 'grant';
      readonly network: boolean;
      readonly entries: readonly PermissionEntry[];
      readonly scope: 'turn' | 'session';
    }
  /** Answers by the question's id, each the label of an option or free words. */
  | { readonly type: 'answer'; readonly answers: Readonly<Record<string, readonly string[]>> }
  /** No; the turn goes on without it. */
  | { readonly type: 'decline'; readonly reason?: string }
  /** No; Codex ends the turn as interrupted (commands and file changes), or tells the MCP server that nobody wants to answer. */
  | { readonly type: 'cancel'; readonly reason?: string };

/** The word of a decision. */
export type DecisionType = ApprovalDecision['type'];

/** Characters of a reason; a longer one is refused. */
export const reasonLengthMax = 1_000;

/** Characters of a decision as JSON; a larger one is refused, and so is one that JSON cannot carry. */
export const decisionCharsMax = 1_048_576;

/** The decisions that a request takes, in the order of their weight. */
export function acceptedDecisions(request: ApprovalRequest): readonly DecisionType[] {
  switch (request.kind) {
    case 'command':
      return [
        'accept',
        'acceptForSession',
        'acceptWithExecpolicyAmendment',
        'applyNetworkPolicyAmendment',
        'decline',
        'cancel',
      ];
    case 'file_change':
      return ['accept', 'acceptForSession', 'decline', 'cancel'];
    case 'permissions':
      return ['grant', 'decline'];
    case 'user_input':
      return ['answer', 'decline'];
    case 'elicitation':
      return [request.mode === 'url' ? 'accept' : 'acceptWithContent', 'decline', 'cancel'];
    case 'mcp_tool':
      return [
        'accept',
        ...(request.persist.includes('session') ? (['acceptForSession'] as const) : []),
        ...(request.persist.includes('always') ? (['acceptAlways'] as const) : []),
        'decline',
        'cancel',
      ];
  }
}

/** Whether a decision gives what was asked for, at least in part. */
export function isAcceptance(decision: ApprovalDecision): boolean {
  switch (decision.type) {
    case 'decline':
    case 'cancel':
      return false;
    case 'applyNetworkPolicyAmendment':
      return decision.amendment.action === 'allow';
    case 'grant':
      return decision.network || decision.entries.length > 0;
    case 'accept':
    case 'acceptForSession':
    case 'acceptAlways':
    case 'acceptWithExecpolicyAmendment':
    case 'acceptWithContent':
    case 'answer':
      return true;
  }
}

/**
 * Reads a decision, from wherever it came, and checks that the request takes it.
 *
 * @throws InvalidOptionError naming the field and what this request accepts.
 */
export function checkDecision(request: ApprovalRequest, decision: unknown): ApprovalDecision {
  const accepted = acceptedDecisions(request);
  const words = `one of ${accepted.map((word) => `'${word}'`).join(', ')} for a ${request.kind} request`;
  if (!isRecord(decision))
    throw new InvalidOptionError('decision', new Unshown(decision), `an object whose type is ${words}`);
  const type = accepted.find((word) => word === decision.type);
  if (type === undefined) throw new InvalidOptionError('decision.type', decision.type, words);
  const read = readDecision(type, decision, request);
  checkSize(read);
  return read;
}

function checkSize(decision: ApprovalDecision): void {
  const accepted = `JSON of at most ${decisionCharsMax} characters`;
  let json: string;
  try {
    json = JSON.stringify(decision);
  } catch {
    throw new InvalidOptionError('decision', 'what JSON cannot carry', accepted);
  }
  if (json.length > decisionCharsMax)
    throw new InvalidOptionError('decision', `${json.length} characters`, accepted);
}

function readDecision(
  type: DecisionType,
  decision: Readonly<Record<string, unknown>>,
  request: ApprovalRequest,
): ApprovalDecision {
  switch (type) {
    case 'accept':
    case 'acceptForSession':
    case 'acceptAlways':
      return { type };
    case 'decline':
    case 'cancel':
      return { type, ...reasonOf(decision.reason) };
    case 'acceptWithExecpolicyAmendment':
      return { type, amendment: prefixOf(decision.amendment) };
    case 'applyNetworkPolicyAmendment':
      return { type, amendment: networkAmendmentOf(decision.amendment) };
    case 'acceptWithContent':
      if (!isRecord(decision.content))
        throw new InvalidOptionError(
          'decision.content',
          new Unshown(decision.content),
          'an object of the requested schema',
        );
      return { type, content: decision.content };
    case 'grant':
      return readGrant(decision, request);
    case 'answer':
      return readAnswers(decision.answers, request);
  }
}

function reasonOf(reason: unknown): { readonly reason?: string } {
  if (reason === undefined) return {};
  if (typeof reason !== 'string' || reason.length > reasonLengthMax)
    throw new InvalidOptionError(
      'decision.reason',
      reason,
      `a string of at most ${reasonLengthMax} characters`,
    );
  return { reason };
}

function prefixOf(amendment: unknown): readonly string[] {
  const isPrefix =
    Array.isArray(amendment) &&
    amendment.length > 0 &&
    amendment.every((word) => typeof word === 'string' && word !== '');
  // An empty prefix would be a rule for every command.
  if (!isPrefix)
    throw new InvalidOptionError('decision.amendment', amendment, 'an array of one word or more');
  return amendment;
}

function networkAmendmentOf(amendment: unknown): NetworkPolicyAmendment {
  if (!isNetworkPolicyAmendment(amendment))
    throw new InvalidOptionError('decision.amendment', amendment, "{ host, action: 'allow' | 'deny' }");
  return { host: amendment.host, action: amendment.action };
}

function readGrant(decision: Readonly<Record<string, unknown>>, request: ApprovalRequest): ApprovalDecision {
  const { network = false, entries = [], scope = 'turn' } = decision;
  if (typeof network !== 'boolean')
    throw new InvalidOptionError('decision.network', network, 'true or false');
  if (scope !== 'turn' && scope !== 'session')
    throw new InvalidOptionError('decision.scope', scope, "'turn' or 'session'");
  if (!Array.isArray(entries) || !entries.every(isPermissionEntry))
    throw new InvalidOptionError('decision.entries', entries, 'an array of entries of the request');
  if (request.kind !== 'permissions' || !isWithinRequest({ network, entries }, request.permissions))
    throw new InvalidOptionError(
      'decision.entries',
      entries,
      'no more than what the request asks for, with all that it denies',
    );
  return { type: 'grant', network, entries, scope };
}

function readAnswers(answers: unknown, request: ApprovalRequest): ApprovalDecision {
  if (!isRecord(answers) || request.kind !== 'user_input')
    throw new InvalidOptionError(
      'decision.answers',
      new Unshown(answers),
      'an object of answers by question id',
    );
  const read: Record<string, readonly string[]> = {};
  for (const [id, given] of Object.entries(answers)) {
    const question = request.questions.find((one) => one.id === id);
    if (question === undefined)
      throw new InvalidOptionError(
        `decision.answers.${id}`,
        new Unshown(given),
        'absent: there is no such question',
      );
    const field = `decision.answers.${id}`;
    if (!Array.isArray(given) || !given.every((word) => typeof word === 'string'))
      throw new InvalidOptionError(field, new Unshown(given), 'an array of strings');
    const labels = question.options.map(({ label }) => label);
    if (!question.isOther && labels.length > 0 && !given.every((word) => labels.includes(word)))
      throw new InvalidOptionError(field, new Unshown(given), `labels of ${JSON.stringify(labels)}`);
    read[id] = given;
  }
  return { type: 'answer', answers: read };
}
