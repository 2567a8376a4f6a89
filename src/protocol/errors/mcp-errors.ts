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
  /** What a server over HTTP answered instead of doing what was asked; null where that was not what failed. */
  readonly httpStatusCode: number | null;

  constructor(facts: McpServerErrorFacts, problem: string, options: { readonly cause?: unknown } = {}) {
    const { server, step, stderrTail = '', httpStatusCode = null, retryAfterMs } = facts;
    super('mcp_server_failed', `MCP server ${server}: ${problem}.`, {
      ...options,
      retryable:
        step !== 'load' && step !== 'closed' && (httpStatusCode === null || isPassing(httpStatusCode)),
      retryAfterMs,
    });
    this.server = server;
    this.step = step;
    this.stderrTail = stderrTail;
    this.httpStatusCode = httpStatusCode;
  }
}

/** What is known of the failure of an MCP server. */
export interface McpServerErrorFacts {
  readonly server: string;
  readonly step: McpStep;
  readonly stderrTail?: string;
  readonly httpStatusCode?: number | null;
  readonly retryAfterMs?: number | undefined;
}

/** Whether the same request may be let in later without anybody changing anything. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
