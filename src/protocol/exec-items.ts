/**
 * The items of `codex exec --json`, under the names and in the shapes of `@openai/codex-sdk`.
 *
 * Where Codex 0.169 says more than the types of that package (a third status, `exit_code: null`), the types here tell the truth; those at the
 * root (`official-types.ts`) are that package's own.
 */

/** `declined`: somebody refused the approval. */
export type CommandExecutionStatus = 'in_progress' | 'completed' | 'failed' | 'declined';

/** A command that Codex runs. */
export interface CommandExecutionItem {
  readonly id: string;
  readonly type: 'command_execution';
  /** The command line, as given to the shell. */
  readonly command: string;
  /** Output and error output together; empty until the command ends. Codex cuts the middle out of more than about 1 MiB. */
  readonly aggregated_output: string;
  /** Null or absent while the command runs, and when it never ran. */
  readonly exit_code?: number | null;
  readonly status: CommandExecutionStatus;
}

/** How a patch changes one file. */
export type PatchChangeKind = 'add' | 'delete' | 'update';

/** One file of a patch. */
export interface FileUpdateChange {
  readonly path: string;
  readonly kind: PatchChangeKind;
}

/** `failed` also stands for a patch that was declined. */
export type PatchApplyStatus = 'in_progress' | 'completed' | 'failed';

/** Changes of files that belong together. The changes themselves are not told, only where they are. */
export interface FileChangeItem {
  readonly id: string;
  readonly type: 'file_change';
  readonly changes: readonly FileUpdateChange[];
  readonly status: PatchApplyStatus;
}

/** Where the call of an MCP tool stands. */
export type McpToolCallStatus = 'in_progress' | 'completed' | 'failed';

/** What an MCP tool answered. */
export interface McpToolCallResult {
  /** Content blocks of the Model Context Protocol, as the server sent them. */
  readonly content: readonly unknown[];
  readonly _meta?: unknown;
  readonly structured_content: unknown;
}

/** A call of an MCP tool. */
export interface McpToolCallItem {
  readonly id: string;
  readonly type: 'mcp_tool_call';
  readonly server: string;
  readonly tool: string;
  readonly arguments: unknown;
  /** Null or absent until the server has answered. */
  readonly result?: McpToolCallResult | null;
  /** Null or absent unless the call failed. */
  readonly error?: { readonly message: string } | null;
  readonly status: McpToolCallStatus;
}

/** Where the call of a tool that works with other threads stands. */
export type CollabToolCallStatus = 'in_progress' | 'completed' | 'failed';

/** A call of a tool that works with other threads: spawn, send input, wait, close. The official types leave it out. */
export interface CollabToolCallItem {
  readonly id: string;
  readonly type: 'collab_tool_call';
  /** Such as `spawn_agent`. */
  readonly tool: string;
  readonly sender_thread_id: string;
  readonly receiver_thread_ids: readonly string[];
  readonly prompt: string | null;
  /** Thread id → its state as it is known now. */
  readonly agents_states: Readonly<
    Record<string, { readonly status: string; readonly message: string | null }>
  >;
  readonly status: CollabToolCallStatus;
}

/** A message of the model: text, or JSON when the turn has an output schema. */
export interface AgentMessageItem {
  readonly id: string;
  readonly type: 'agent_message';
  readonly text: string;
}

/** The model's account of its reasoning; parts are joined by line feeds. */
export interface ReasoningItem {
  readonly id: string;
  readonly type: 'reasoning';
  readonly text: string;
}

/** What a web search did. */
export type WebSearchAction =
  | { readonly type: 'search'; readonly query?: string; readonly queries?: readonly string[] }
  | { readonly type: 'open_page'; readonly url?: string }
  | { readonly type: 'find_in_page'; readonly url?: string; readonly pattern?: string }
  | { readonly type: 'other' };

/**
 * A web search.
 *
 * Codex writes two keys `id` into this object: `item_N`, then the search's own. `JSON.parse` keeps the later one, so the id is the
 * search's own, here as in the official SDK. It is the same in the start and the completion.
 */
export interface WebSearchItem {
  readonly id: string;
  readonly type: 'web_search';
  /** Empty until the search has ended. */
  readonly query: string;
  readonly action?: WebSearchAction | null;
}

/** One step of the to-do list. */
export interface TodoItem {
  readonly text: string;
  readonly completed: boolean;
}

/** The model's to-do list: starts with the first plan, updates with each later one, completes when the turn ends. */
export interface TodoListItem {
  readonly id: string;
  readonly type: 'todo_list';
  readonly items: readonly TodoItem[];
}

/** A warning: something went wrong, and the turn goes on. */
export interface ErrorItem {
  readonly id: string;
  readonly type: 'error';
  readonly message: string;
}

/** A plan that the model proposes in plan mode. Only the app-server transport has it; the official types leave it out. */
export interface PlanItem {
  readonly id: string;
  readonly type: 'plan';
  readonly text: string;
}

/** A call of a tool that the application gave to the thread. Only the app-server transport has it; the official types leave it out. */
export interface DynamicToolCallItem {
  readonly id: string;
  readonly type: 'dynamic_tool_call';
  readonly namespace: string | null;
  readonly tool: string;
  readonly arguments: unknown;
  /** What the application answered, as it was sent; null until then. */
  readonly content_items: readonly unknown[] | null;
  readonly success: boolean | null;
  readonly status: McpToolCallStatus;
}

/**
 * An item of a turn. The union is what is known today; items of a newer Codex pass through unchanged at run time, so a `switch`
 * needs a `default`.
 */
export type ThreadItem =
  | AgentMessageItem
  | ReasoningItem
  | CommandExecutionItem
  | FileChangeItem
  | McpToolCallItem
  | CollabToolCallItem
  | DynamicToolCallItem
  | WebSearchItem
  | PlanItem
  | TodoListItem
  | ErrorItem;
