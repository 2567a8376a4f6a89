import type { ServerRequests } from '../app-server.ts';
import { arrayOrEmpty, isRecord, stringOr, stringOrNull, type Unread, unread } from '../unread.ts';
import type {
  ApprovalFileChange,
  ApprovalMethod,
  ApprovalRequest,
  ApprovalRequestFacts,
  CommandApprovalRequest,
  NetworkPolicyAmendment,
  UserQuestion,
} from './approval-request.ts';
import { parsePermissions } from './permission-profile.ts';

type ParamsOf<M extends ApprovalMethod> = Unread<ServerRequests[M]['params']>;

/** Where the diff of a file change is to be found: its question does not carry it, the item before it did. */
export type ChangesOfItem = (itemId: string) => readonly ApprovalFileChange[] | null;

/**
 * Reads a question of the app-server.
 *
 * @param changesOf The changes of a file-change item that has started; null when it is not known.
 * @returns undefined for what is no approval, for unknown kinds, and for what lacks a field that a decision could depend on: such
 * questions are refused.
 */
export function parseApprovalRequest(
  method: string,
  params: unknown,
  changesOf: ChangesOfItem,
): ApprovalRequest | undefined {
  switch (method) {
    case 'item/commandExecution/requestApproval':
      return parseCommand(method, unread(params));
    case 'item/fileChange/requestApproval':
      return parseFileChange(method, unread(params), changesOf);
    case 'item/permissions/requestApproval':
      return parsePermissionsRequest(method, unread(params));
    case 'item/tool/requestUserInput':
      return parseUserInput(method, unread(params));
    case 'mcpServer/elicitation/request':
      return isRecord(params) ? parseElicitation(method, params) : undefined;
    case 'execCommandApproval':
      return parseLegacyCommand(method, unread(params));
    case 'applyPatchApproval':
      return parseLegacyPatch(method, unread(params));
    default:
      return undefined;
  }
}

function itemFacts<M extends ApprovalMethod>(
  method: M,
  {
    threadId,
    turnId,
    itemId,
  }: { readonly threadId?: unknown; readonly turnId?: unknown; readonly itemId?: unknown },
): (ApprovalRequestFacts & { readonly itemId: string }) | undefined {
  if (typeof threadId !== 'string' || typeof turnId !== 'string' || typeof itemId !== 'string')
    return undefined;
  return { method, threadId, turnId, itemId };
}

const commandKinds = ['command', 'humanCommand', 'writeStdin'] as const;

function parseCommand(
  method: 'item/commandExecution/requestApproval',
  params: ParamsOf<'item/commandExecution/requestApproval'>,
): CommandApprovalRequest | undefined {
  const facts = itemFacts(method, params);
  // Servers older than the field ask for commands only; a kind that we do not know must not pass for one.
  const commandKind =
    params.kind === undefined ? 'command' : commandKinds.find((kind) => kind === params.kind);
  if (facts === undefined || commandKind === undefined) return undefined;
  const additional = params.additionalPermissions;
  const additionalPermissions =
    additional === undefined || additional === null ? null : parsePermissions(additional);
  const network = networkOf(params.networkApprovalContext);
  if (additionalPermissions === undefined || network === undefined) return undefined;
  return {
    ...facts,
    kind: 'command',
    commandKind,
    command: stringOr(params.command, null),
    cwd: stringOr(params.cwd, null),
    reason: stringOr(params.reason, null),
    approvalId: stringOr(params.approvalId, null),
    network,
    additionalPermissions,
    proposedExecpolicyAmendment: wordsOf(params.proposedExecpolicyAmendment),
    proposedNetworkPolicyAmendments: arrayOrEmpty(params.proposedNetworkPolicyAmendments).filter(
      isNetworkPolicyAmendment,
    ),
  };
}

function networkOf(context: unknown): CommandApprovalRequest['network'] | undefined {
  if (context === undefined || context === null) return null;
  if (!isRecord(context) || typeof context.host !== 'string' || typeof context.protocol !== 'string')
    return undefined;
  return { host: context.host, protocol: context.protocol };
}

function wordsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : null;
}

/** Whether a value is an amendment in Codex's shape. */
export function isNetworkPolicyAmendment(value: unknown): value is NetworkPolicyAmendment {
  return (
    isRecord(value) &&
    typeof value.host === 'string' &&
    value.host !== '' &&
    (value.action === 'allow' || value.action === 'deny')
  );
}

function parseFileChange(
  method: 'item/fileChange/requestApproval',
  params: ParamsOf<'item/fileChange/requestApproval'>,
  changesOf: ChangesOfItem,
): ApprovalRequest | undefined {
  const facts = itemFacts(method, params);
  const grantRoot = stringOrNull(params.grantRoot);
  if (facts === undefined || grantRoot === undefined) return undefined;
  const changes = changesOf(facts.itemId);
  return { ...facts, kind: 'file_change', reason: stringOr(params.reason, null), grantRoot, changes };
}

function parsePermissionsRequest(
  method: 'item/permissions/requestApproval',
  params: ParamsOf<'item/permissions/requestApproval'>,
): ApprovalRequest | undefined {
  const facts = itemFacts(method, params);
  const permissions = parsePermissions(params.permissions);
  if (facts === undefined || permissions === undefined || typeof params.cwd !== 'string') return undefined;
  return {
    ...facts,
    kind: 'permissions',
    cwd: params.cwd,
    reason: stringOr(params.reason, null),
    permissions,
  };
}

function parseUserInput(
  method: 'item/tool/requestUserInput',
  params: ParamsOf<'item/tool/requestUserInput'>,
): ApprovalRequest | undefined {
  const facts = itemFacts(method, params);
  const questions = arrayOrEmpty(params.questions).map(questionOf);
  if (facts === undefined || questions.length === 0 || !questions.every((one) => one !== undefined))
    return undefined;
  return { ...facts, kind: 'user_input', questions, isBlocking: params.isBlocking !== false };
}

function questionOf(value: unknown): UserQuestion | undefined {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.question !== 'string')
    return undefined;
  const options = arrayOrEmpty(value.options).flatMap((option) =>
    isRecord(option) && typeof option.label === 'string'
      ? [{ label: option.label, description: stringOr(option.description, '') }]
      : [],
  );
  return {
    id: value.id,
    header: stringOr(value.header, ''),
    question: value.question,
    isOther: value.isOther === true,
    isSecret: value.isSecret === true,
    options,
  };
}

function parseElicitation(
  method: 'mcpServer/elicitation/request',
  params: Readonly<Record<string, unknown>>,
): ApprovalRequest | undefined {
  const { threadId, serverName, message } = params;
  if (typeof threadId !== 'string' || typeof serverName !== 'string' || typeof message !== 'string')
    return undefined;
  const facts = {
    method,
    threadId,
    turnId: stringOr(params.turnId, null),
    itemId: null,
    serverName,
    message,
  };
  const meta = isRecord(params._meta) ? params._meta : {};
  if (meta.codex_approval_kind === 'mcp_tool_call') {
    if (typeof meta.tool_name !== 'string') return undefined;
    return {
      ...facts,
      kind: 'mcp_tool',
      toolName: meta.tool_name,
      toolDescription: stringOr(meta.tool_description, null),
      toolParams: meta.tool_params ?? null,
      persist: persistOf(meta.persist),
    };
  }
  // Another kind of approval in the clothes of an elicitation: a yes would mean what nobody here understands.
  if (meta.codex_approval_kind !== undefined) return undefined;
  if (params.mode === 'url' && typeof params.url === 'string')
    return { ...facts, kind: 'elicitation', mode: 'url', requestedSchema: null, url: params.url };
  if (params.mode !== 'form' && params.mode !== 'openai/form' && params.mode !== 'openaiForm')
    return undefined;
  const { requestedSchema = null } = params;
  return { ...facts, kind: 'elicitation', mode: 'form', requestedSchema, url: null };
}

function persistOf(value: unknown): readonly ('session' | 'always')[] {
  const offered = typeof value === 'string' ? [value] : arrayOrEmpty(value);
  return offered.flatMap((one) => (one === 'session' || one === 'always' ? [one] : []));
}

function parseLegacyCommand(
  method: 'execCommandApproval',
  params: ParamsOf<'execCommandApproval'>,
): ApprovalRequest | undefined {
  const { conversationId, callId } = params;
  const words = wordsOf(params.command);
  if (typeof conversationId !== 'string' || typeof callId !== 'string' || words === null) return undefined;
  return {
    method,
    threadId: conversationId,
    turnId: null,
    itemId: callId,
    kind: 'command',
    commandKind: 'command',
    command: words.map(quoted).join(' '),
    cwd: stringOr(params.cwd, null),
    reason: stringOr(params.reason, null),
    approvalId: stringOr(params.approvalId, null),
    network: null,
    additionalPermissions: null,
    proposedExecpolicyAmendment: null,
    proposedNetworkPolicyAmendments: [],
  };
}

/** One word as a shell would have to be told it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function parseLegacyPatch(
  method: 'applyPatchApproval',
  params: ParamsOf<'applyPatchApproval'>,
): ApprovalRequest | undefined {
  const { conversationId, callId, fileChanges } = params;
  const grantRoot = stringOrNull(params.grantRoot);
  if (typeof conversationId !== 'string' || typeof callId !== 'string' || !isRecord(fileChanges))
    return undefined;
  if (grantRoot === undefined) return undefined;
  const changes = Object.entries(fileChanges).map(([path, change]) => legacyChange(path, change));
  return {
    method,
    threadId: conversationId,
    turnId: null,
    itemId: callId,
    kind: 'file_change',
    reason: stringOr(params.reason, null),
    grantRoot,
    changes: changes.every((one) => one !== undefined) ? changes : null,
  };
}

function legacyChange(path: string, change: unknown): ApprovalFileChange | undefined {
  if (!isRecord(change)) return undefined;
  switch (change.type) {
    case 'add':
    case 'delete':
      return { path, change: change.type, movePath: null, diff: stringOr(change.content, '') };
    case 'update': {
      const movePath = stringOrNull(change.move_path);
      if (movePath === undefined) return undefined;
      return { path, change: 'update', movePath, diff: stringOr(change.unified_diff, '') };
    }
    default:
      return undefined;
  }
}
