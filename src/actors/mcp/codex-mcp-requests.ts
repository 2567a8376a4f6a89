import type { ClientMethod, ClientRequests } from '../../protocol/app-server.ts';
import { arrayOrEmpty, isRecord, stringOr } from '../../protocol/unread.ts';

/** Pages of Codex's list of MCP servers that are read. */
export const mcpStatusPagesMax = 64;

/** Asks the live Codex process, and starts it if need be. */
export type PortRequester = <M extends ClientMethod>(
  method: M,
  params: ClientRequests[M]['params'],
) => Promise<ClientRequests[M]['result']>;

/** An MCP server that Codex runs, as Codex describes it. */
export interface CodexMcpServerStatus {
  readonly name: string;
  /** Codex's own word, such as `connected`, `starting`, `failed`, `authenticationRequired`; null when it is not known. */
  readonly connection: string | null;
  /** Codex's own word: `unsupported`, `notLoggedIn`, `bearerToken`, `oAuth`, `unknown`. */
  readonly auth: string;
  /** The server's own names. */
  readonly tools: readonly string[];
  /** Why its tools are not known, redacted; null when they are. */
  readonly error: string | null;
  /** The origin of its address; null for a program. */
  readonly httpOrigin: string | null;
}

/** Of which thread the servers are meant: a thread has those of its options too. */
export interface CodexMcpStatusOptions {
  readonly threadId?: string;
}

/** What Codex is asked of its MCP servers. */
export class CodexMcpRequests {
  readonly #request: PortRequester;
  readonly #redact: (text: string) => string;

  constructor(request: PortRequester, redact: (text: string) => string) {
    this.#request = request;
    this.#redact = redact;
  }

  /** Where each stands, sorted by name. Rejects as a request to Codex does. */
  async status({ threadId }: CodexMcpStatusOptions): Promise<readonly CodexMcpServerStatus[]> {
    const servers: CodexMcpServerStatus[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < mcpStatusPagesMax; page += 1) {
      const of = { detail: 'toolsAndAuthOnly', ...(threadId === undefined ? {} : { threadId }) } as const;
      const answer: unknown = await this.#request('mcpServerStatus/list', { ...of, cursor });
      if (!isRecord(answer)) break;
      servers.push(...arrayOrEmpty(answer.data).flatMap((one) => this.#statusOf(one)));
      const next = stringOr(answer.nextCursor, null);
      if (next === null || next === cursor) break;
      cursor = next;
    }
    // Codex tells them in any order.
    return servers.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Has Codex read its configuration again: threads start what has changed or failed with their next turn. */
  async reload(): Promise<void> {
    await this.#request('config/mcpServer/reload', undefined);
  }

  /** Begins a login. Resolves with the page that a person has to visit. */
  async login(
    name: string,
    { threadId, scopes }: { readonly threadId?: string; readonly scopes?: readonly string[] },
  ): Promise<{ readonly authorizationUrl: string; readonly loginId: string | null }> {
    const answer: unknown = await this.#request('mcpServer/oauth/login', {
      name,
      ...(threadId === undefined ? {} : { threadId }),
      ...(scopes === undefined ? {} : { scopes: [...scopes] }),
    });
    const { authorizationUrl, loginId } = isRecord(answer) ? answer : {};
    return { authorizationUrl: stringOr(authorizationUrl, ''), loginId: stringOr(loginId, null) };
  }

  #statusOf(value: unknown): CodexMcpServerStatus[] {
    if (!isRecord(value) || typeof value.name !== 'string') return [];
    const { name, tools, toolsError } = value;
    return [
      {
        name,
        connection: stringOr(value.runtimeStatus, null),
        auth: stringOr(value.authStatus, 'unknown'),
        tools: isRecord(tools) ? Object.keys(tools).sort() : [],
        error: typeof toolsError === 'string' ? this.#redact(toolsError) : null,
        httpOrigin: stringOr(value.httpOrigin, null),
      },
    ];
  }
}
