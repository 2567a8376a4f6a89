import { isRecord } from '../../protocol/unread.ts';
import { type Tool, type ToolCallRun, toolDescriptionCharsMax, toolTimeoutMsDefault } from '../tools/tool.ts';
import { type McpServerOptions, mcpConcurrencyDefault } from './mcp-server-options.ts';
import type { ListedTool } from './mcp-tool-list.ts';

/** Has a tool called by its server. Rejects with what the model is to be told. */
export type McpToolCaller = (
  tool: ListedTool,
  args: Readonly<Record<string, unknown>>,
  run: ToolCallRun,
) => Promise<unknown>;

/**
 * A tool of an MCP server as one of the application's. Its arguments are checked by its server.
 *
 * @param name What the model calls it.
 */
export function mcpTool(
  name: string,
  listed: ListedTool,
  { timeoutMs = toolTimeoutMsDefault, concurrency = mcpConcurrencyDefault }: McpServerOptions,
  call: McpToolCaller,
): Tool {
  const said = listed.description === '' ? listed.name : listed.description;
  const description = said.slice(0, toolDescriptionCharsMax);
  return {
    name,
    description,
    timeoutMs,
    concurrency,
    spec: {
      type: 'function',
      name,
      description,
      inputSchema: JSON.parse(JSON.stringify(listed.inputSchema)),
    },
    prepare: (args) =>
      Promise.resolve(
        isRecord(args)
          ? { ok: true, value: (run: ToolCallRun) => call(listed, args, run) }
          : { ok: false, issues: ['/: must be an object'] },
      ),
    output: undefined,
  };
}
