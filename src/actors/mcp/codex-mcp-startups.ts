import { isRecord, stringOr } from '../../protocol/unread.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';

/** Starts of Codex's own MCP servers that are remembered: beyond, the one that was told of first is forgotten. */
export const mcpStartupsMax = 10_000;

/** How the start of an MCP server that Codex runs stands. */
export interface CodexMcpStartup {
  readonly server: string;
  /** The thread that it is started for; null for none. */
  readonly threadId: string | null;
  /** Codex's own word; new ones pass. */
  readonly status: 'starting' | 'ready' | 'failed' | 'cancelled' | (string & {});
  /** What Codex says of a failure, redacted; null without one. */
  readonly error: string | null;
  /** Such as `reauthenticationRequired`; null where Codex names none. */
  readonly failureReason: string | null;
}

/** The end of a login. */
export interface CodexMcpLoginEnd {
  readonly server: string;
  readonly threadId: string | null;
  readonly success: boolean;
  /** Redacted; null without one. */
  readonly error: string | null;
}

/** What Codex says by itself of its MCP servers. */
export type CodexMcpNews =
  | { readonly type: 'startup'; readonly startup: CodexMcpStartup }
  | { readonly type: 'login_completed'; readonly login: CodexMcpLoginEnd };

/** Where it comes from, and what may not be told. */
export interface CodexMcpStartupsOptions {
  readonly telemetry: TelemetryBus | undefined;
  /** Path of the port, for events. */
  readonly path: string;
  readonly redact: (text: string) => string;
  readonly tell: (news: CodexMcpNews) => void;
}

/** Remembers what Codex has told of the starts of its MCP servers, the latest for each thread and server. */
export class CodexMcpStartups {
  readonly #options: CodexMcpStartupsOptions;
  readonly #startups = new Map<string, CodexMcpStartup>();

  constructor(options: CodexMcpStartupsOptions) {
    this.#options = options;
  }

  /** In the order in which they began. */
  list(): readonly CodexMcpStartup[] {
    return [...this.#startups.values()];
  }

  /** Takes a notification about MCP servers; others are not its concern. */
  notified({ method, params }: PortNotification): void {
    if (!isRecord(params) || typeof params.name !== 'string') return;
    const { redact } = this.#options;
    const threadId = stringOr(params.threadId, null);
    const error = typeof params.error === 'string' ? redact(params.error) : null;
    if (method === 'mcpServer/startupStatus/updated') {
      const status = stringOr(params.status, 'unknown');
      const failureReason = stringOr(params.failureReason, null);
      this.#started({ server: params.name, threadId, status, error, failureReason });
    } else if (method === 'mcpServer/oauthLogin/completed')
      this.#loggedIn({ server: params.name, threadId, success: params.success === true, error });
  }

  #started(startup: CodexMcpStartup): void {
    const { server, threadId, status, error } = startup;
    this.#startups.set(`${threadId}/${server}`, startup);
    if (this.#startups.size > mcpStartupsMax) {
      for (const oldest of this.#startups.keys()) {
        this.#startups.delete(oldest);
        break;
      }
    }
    const { path, telemetry, tell } = this.#options;
    telemetry?.publish('mcp.startup', () => ({
      path,
      server,
      threadId,
      status,
      ...(error === null ? {} : { error: telemetry.error(new Error(error)) }),
    }));
    tell({ type: 'startup', startup });
  }

  #loggedIn(login: CodexMcpLoginEnd): void {
    const { path, telemetry, tell } = this.#options;
    const { server, threadId, success, error } = login;
    telemetry?.publish('mcp.login_completed', () => ({
      path,
      server,
      threadId,
      success,
      ...(error === null ? {} : { error: telemetry.error(new Error(error)) }),
    }));
    tell({ type: 'login_completed', login });
  }
}
