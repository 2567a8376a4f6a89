import type { AppServerItem } from './app-server.ts';
import type {
  CollabToolCallItem,
  CommandExecutionItem,
  CommandExecutionStatus,
  DynamicToolCallItem,
  FileChangeItem,
  FileUpdateChange,
  McpToolCallItem,
  McpToolCallStatus,
  PatchApplyStatus,
  ReasoningItem,
  ThreadItem,
  WebSearchAction,
  WebSearchItem,
} from './exec-items.ts';
import { arrayOrEmpty, isRecord, numberOr, stringOr, type Unread, unread } from './unread.ts';

type Item<T extends AppServerItem['type']> = Unread<Extract<AppServerItem, { type: T }>>;

/**
 * An item of the app-server as `codex exec --json` writes it; pure. Undefined for what exec leaves out: the user's messages, hooks,
 * images, sleeps, compactions, reviews, reasoning without a text, and types of a newer Codex.
 *
 * Two types that exec cannot have are given besides: `plan` and `dynamic_tool_call`.
 *
 * @param item As it came; missing fields read as empty.
 * @param id The item's `item_N`. A web search keeps its own, as exec does.
 */
export function translateItem(item: unknown, id: string): ThreadItem | undefined {
  const { type } = unread<AppServerItem>(item);
  switch (type) {
    case 'agentMessage':
      return { id, type: 'agent_message', text: stringOr(unread<{ text: string }>(item).text, '') };
    case 'reasoning':
      return reasoning(unread(item), id);
    case 'commandExecution':
      return commandExecution(unread(item), id);
    case 'fileChange':
      return fileChange(unread(item), id);
    case 'mcpToolCall':
      return mcpToolCall(unread(item), id);
    case 'dynamicToolCall':
      return dynamicToolCall(unread(item), id);
    case 'collabAgentToolCall':
      return collabToolCall(unread(item), id);
    case 'webSearch':
      return webSearch(unread(item), id);
    case 'plan':
      return { id, type: 'plan', text: stringOr(unread<{ text: string }>(item).text, '') };
    default:
      return undefined;
  }
}

function reasoning(item: Item<'reasoning'>, id: string): ReasoningItem | undefined {
  const summary = texts(item.summary);
  const text = (summary.length > 0 ? summary : texts(item.content)).join('\n');
  return text.trim() === '' ? undefined : { id, type: 'reasoning', text };
}

function commandExecution(item: Item<'commandExecution'>, id: string): CommandExecutionItem {
  return {
    id,
    type: 'command_execution',
    command: stringOr(item.command, ''),
    aggregated_output: stringOr(item.aggregatedOutput, ''),
    exit_code: numberOr(item.exitCode, null),
    status: commandStatus(item.status),
  };
}

function commandStatus(status: unknown): CommandExecutionStatus {
  return status === 'declined' ? status : toolStatus(status);
}

function fileChange(item: Item<'fileChange'>, id: string): FileChangeItem {
  const changes = arrayOrEmpty(item.changes).map(fileUpdate);
  return { id, type: 'file_change', changes, status: patchStatus(item.status) };
}

function fileUpdate(change: unknown): FileUpdateChange {
  const { path, kind } = unread<{ path: string; kind: unknown }>(change);
  const { type } = unread<{ type: string }>(kind);
  return { path: stringOr(path, ''), kind: type === 'add' || type === 'delete' ? type : 'update' };
}

/** Exec has no word for a declined patch. */
function patchStatus(status: unknown): PatchApplyStatus {
  return status === 'declined' ? 'failed' : toolStatus(status);
}

function toolStatus(status: unknown): McpToolCallStatus {
  if (status === 'inProgress') return 'in_progress';
  return status === 'completed' ? 'completed' : 'failed';
}

function mcpToolCall(item: Item<'mcpToolCall'>, id: string): McpToolCallItem {
  return {
    id,
    type: 'mcp_tool_call',
    server: stringOr(item.server, ''),
    tool: stringOr(item.tool, ''),
    arguments: item.arguments ?? null,
    result: mcpResult(item.result),
    error: isRecord(item.error) ? { message: stringOr(item.error.message, '') } : null,
    status: toolStatus(item.status),
  };
}

function mcpResult(result: unknown): McpToolCallItem['result'] {
  if (!isRecord(result)) return null;
  return {
    content: arrayOrEmpty(result.content),
    ...(result._meta === undefined || result._meta === null ? {} : { _meta: result._meta }),
    structured_content: result.structuredContent ?? null,
  };
}

function dynamicToolCall(item: Item<'dynamicToolCall'>, id: string): DynamicToolCallItem {
  return {
    id,
    type: 'dynamic_tool_call',
    namespace: stringOr(item.namespace, null),
    tool: stringOr(item.tool, ''),
    arguments: item.arguments ?? null,
    content_items: Array.isArray(item.contentItems) ? item.contentItems : null,
    success: typeof item.success === 'boolean' ? item.success : null,
    status: toolStatus(item.status),
  };
}

function collabToolCall(item: Item<'collabAgentToolCall'>, id: string): CollabToolCallItem {
  const states = isRecord(item.agentsStates) ? Object.entries(item.agentsStates) : [];
  return {
    id,
    type: 'collab_tool_call',
    tool: snakeCase(stringOr(item.tool, '')),
    sender_thread_id: stringOr(item.senderThreadId, ''),
    receiver_thread_ids: texts(item.receiverThreadIds),
    prompt: stringOr(item.prompt, null),
    agents_states: Object.fromEntries(states.map(([threadId, state]) => [threadId, collabState(state)])),
    status: toolStatus(item.status),
  };
}

function collabState(state: unknown): { readonly status: string; readonly message: string | null } {
  const { status, message } = unread<{ status: string; message: string | null }>(state);
  return { status: snakeCase(stringOr(status, '')), message: stringOr(message, null) };
}

function webSearch(item: Item<'webSearch'>, id: string): WebSearchItem {
  const action = isRecord(item.action) ? { action: webSearchAction(item.action) } : {};
  return { id: stringOr(item.id, id), type: 'web_search', query: stringOr(item.query, ''), ...action };
}

function webSearchAction(action: Readonly<Record<string, unknown>>): WebSearchAction {
  const given = (...names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => (typeof action[name] === 'string' ? [[name, action[name]]] : [])),
    );
  switch (action.type) {
    case 'search':
      return {
        type: 'search',
        ...given('query'),
        ...(Array.isArray(action.queries) ? { queries: texts(action.queries) } : {}),
      };
    case 'openPage':
      return { type: 'open_page', ...given('url') };
    case 'findInPage':
      return { type: 'find_in_page', ...given('url', 'pattern') };
    default:
      return { type: 'other' };
  }
}

function texts(value: unknown): readonly string[] {
  return arrayOrEmpty(value).filter((one) => typeof one === 'string');
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
