import { CodexError } from './codex-error.ts';

/** At which step a server failed: loading the client, the connection, the list of tools, a call, or because it was closed. */
export type McpStep = 'load' | 'connect' | 'list' | 'call' | 'closed';

/** An MCP server of the application cannot be reached, or did not do what was asked. Code `mcp_server_failed`. */
export class McpServerError extends CodexError {
  static override readonly kind: string = 'McpServerError';
  /** The server's name. */
  readonly server: string;
  readonly step: McpStep;
  /** The end of the error output of its process, redacted; empty for a server that is reached over HTTP. */
  readonly stderrTail: string;

  constructor(
    facts: { readonly server: string; readonly step: McpStep; readonly stderrTail?: string },
    problem: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super('mcp_server_failed', `MCP server ${facts.server}: ${problem}.`, {
      ...options,
      retryable: facts.step !== 'load' && facts.step !== 'closed',
    });
    this.server = facts.server;
    this.step = facts.step;
    this.stderrTail = facts.stderrTail ?? '';
  }
}
