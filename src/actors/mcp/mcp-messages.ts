import type { Request } from '../../supervisor/behaviour.ts';
import type { ToolCallRun } from '../tools/tool.ts';
import type { McpServerEntry } from './mcp-server-entry.ts';
import type { ListedTool } from './mcp-tool-list.ts';

/** Addresses of what has to do with MCP servers, below the tree's root. */
export const mcpPath = 'mcp';
export const mcpServersPath = 'mcp/servers';
export const mcpKeeperPath = 'mcp/keeper';

/** Address of the actor of one server. */
export function mcpServerPath(name: string): string {
  return `${mcpServersPath}/${name}`;
}

/** Calls a tool of the server; answered with what its server answers. Rejects with `McpServerError`. To be sent by `call`. */
export interface McpCallRequest extends Request<unknown> {
  readonly type: 'mcp.call';
  readonly tool: ListedTool;
  readonly args: Readonly<Record<string, unknown>>;
  readonly run: ToolCallRun;
}

/** Answered once the server is usable; rejects with `McpServerError` when it fails before. To be sent by `call`. */
export interface McpReadyRequest extends Request<'ready'> {
  readonly type: 'mcp.ready';
}

/** What the actor of one server takes. */
export type McpServerMessage = McpCallRequest | McpReadyRequest | { readonly type: 'mcp.reconnect' };

/** Sees to it that a server has an actor; answered once it has, rejects with `McpServerError`. To be sent by `call`. */
export interface McpStartRequest extends Request<'started'> {
  readonly type: 'mcp.start';
  readonly entry: McpServerEntry;
}

/** Ends the actor of a server; answered once nothing of it is left. To be sent by `call`. */
export interface McpStopRequest extends Request<'stopped'> {
  readonly type: 'mcp.stop';
  readonly entry: McpServerEntry;
}

/** What the keeper of the servers takes. */
export type McpKeeperMessage =
  | McpStartRequest
  | McpStopRequest
  /** The wait after a start that failed is over. From itself. */
  | { readonly type: 'mcp.restart'; readonly entry: McpServerEntry }
  /** Connect to the server now; start its actor if there is none. */
  | { readonly type: 'mcp.reconnect'; readonly entry: McpServerEntry };
