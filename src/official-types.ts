/**
 * The types of `@openai/codex-sdk`, field for field, so that code written for it compiles after a change of its import alone: nothing is
 * `readonly`, and the unions have its members.
 *
 * Codex says more than these types do: statuses, `null` where a field may be left out, and items of which they know nothing. The events of
 * `runStreamed` with `includeDeltas` have types that tell all of it, and so has `codex-actors/protocol` under the same names.
 */

import type {
  ThreadErrorEvent,
  ThreadStartedEvent,
  TurnCompletedEvent,
  TurnFailedEvent,
  TurnStartedEvent,
  Usage,
} from './protocol/exec-events.ts';
import type { ThreadOptions as TakenThreadOptions } from './protocol/thread-options.ts';
import type { UserInput } from './protocol/user-input.ts';

/** What starts a turn: a text, or texts and pictures. */
export type Input = string | UserInput[];

/** Options of a thread that the official SDK has, and what `startThread` takes besides without tools and approvals. */
export interface ThreadOptions extends TakenThreadOptions {
  /** Further folders that commands may write to in `workspace-write`; relative ones start at the working directory. */
  additionalDirectories?: string[];
}

/** A command that Codex runs. */
export interface CommandExecutionItem {
  id: string;
  type: 'command_execution';
  /** The command line, as given to the shell. */
  command: string;
  /** Output and error output together; empty until the command ends. */
  aggregated_output: string;
  /** Null, as in the official SDK, while the command runs and when it never ran. */
  exit_code?: number;
  /** `declined`, which the official types leave out, when somebody refused it. */
  status: 'in_progress' | 'completed' | 'failed';
}

/** Changes of files that belong together. The changes themselves are not told, only where they are. */
export interface FileChangeItem {
  id: string;
  type: 'file_change';
  changes: { path: string; kind: 'add' | 'delete' | 'update' }[];
  /** `in_progress`, which the official types leave out, in `item.started`. */
  status: 'completed' | 'failed';
}

/** One part of what an MCP tool answers, in the terms of the Model Context Protocol. */
export type McpContentBlock =
  | { type: 'text'; text: string }
  | { type: 'image'; data: string; mimeType: string }
  | { type: 'audio'; data: string; mimeType: string }
  | { type: 'resource_link'; uri: string; name: string; title?: string; mimeType?: string }
  | { type: 'resource'; resource: McpResource };

/** A resource that an MCP tool answers with: its text, or its bytes in base64. */
export type McpResource =
  | { uri: string; mimeType?: string; text: string }
  | { uri: string; mimeType?: string; blob: string };

/** A call of an MCP tool. */
export interface McpToolCallItem {
  id: string;
  type: 'mcp_tool_call';
  server: string;
  tool: string;
  arguments: unknown;
  /** What the server answered, as it sent it. */
  result?: { content: McpContentBlock[]; _meta?: unknown; structured_content: unknown };
  error?: { message: string };
  status: 'in_progress' | 'completed' | 'failed';
}

/** A message of the model: text, or JSON when the turn has an output schema. */
export interface AgentMessageItem {
  id: string;
  type: 'agent_message';
  text: string;
}

/** The model's account of its reasoning; parts are joined by line feeds. */
export interface ReasoningItem {
  id: string;
  type: 'reasoning';
  text: string;
}

/** A web search. */
export interface WebSearchItem {
  id: string;
  type: 'web_search';
  /** Empty until the search has ended. */
  query: string;
}

/** The model's to-do list: starts with the first plan, updates with each later one, completes when the turn ends. */
export interface TodoListItem {
  id: string;
  type: 'todo_list';
  items: { text: string; completed: boolean }[];
}

/** A warning: something went wrong, and the turn goes on. */
export interface ErrorItem {
  id: string;
  type: 'error';
  message: string;
}

/** An item of a turn. Items of other types, as of a newer Codex, pass through unchanged at run time. */
export type ThreadItem =
  | AgentMessageItem
  | ReasoningItem
  | CommandExecutionItem
  | FileChangeItem
  | McpToolCallItem
  | WebSearchItem
  | TodoListItem
  | ErrorItem;

/** An item has begun. Messages and reasoning come without it, at their end. */
export interface ItemStartedEvent {
  type: 'item.started';
  item: ThreadItem;
}

/** An item has changed: the to-do list. */
export interface ItemUpdatedEvent {
  type: 'item.updated';
  item: ThreadItem;
}

/** An item has ended, well or badly. */
export interface ItemCompletedEvent {
  type: 'item.completed';
  item: ThreadItem;
}

/** An event of a turn. Events of other types, as of a newer Codex, pass through unchanged at run time. */
export type ThreadEvent =
  | ThreadStartedEvent
  | TurnStartedEvent
  | TurnCompletedEvent
  | TurnFailedEvent
  | ItemStartedEvent
  | ItemUpdatedEvent
  | ItemCompletedEvent
  | ThreadErrorEvent;

/** What `run` resolves to. */
export interface RunResult {
  /** Every item that completed, in the order they did. */
  items: ThreadItem[];
  /** The text of the last agent message; empty when there was none. */
  finalResponse: string;
  /** Tokens used by the turn; null when Codex did not say. */
  usage: Usage | null;
}
