import { McpServerError } from '../../protocol/errors/mcp-errors.ts';

/** The package that speaks MCP, which an application installs that connects to MCP servers itself. */
export type McpClientPackage = typeof import('@modelcontextprotocol/client');

/**
 * Loads it at the first connection.
 *
 * Rejects with `McpServerError` when it is not installed.
 */
export async function loadMcpClient(
  server: string,
  load: () => Promise<McpClientPackage> = () => import('@modelcontextprotocol/client'),
): Promise<McpClientPackage> {
  try {
    return await load();
  } catch (error) {
    throw new McpServerError(
      { server, step: 'load' },
      'the package @modelcontextprotocol/client is not there; install it with `npm install @modelcontextprotocol/client`',
      { cause: error },
    );
  }
}
