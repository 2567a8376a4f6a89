import { InvalidOptionError, LimitExceededError } from '../../protocol/errors/call-errors.ts';
import { McpServerError } from '../../protocol/errors/mcp-errors.ts';
import { type KnownSecrets, redact } from '../../protocol/errors/redaction.ts';
import { type ServerSecrets, secretsOfServers } from '../../protocol/mcp-server-config.ts';
import type { Messaging } from '../../supervisor/behaviour.ts';
import { CallError } from '../../supervisor/call-error.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { holdEventLoop } from '../../supervisor/event-loop.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import { systemRandom } from '../system-random.ts';
import type { ToolTable } from '../tools/tool-table.ts';
import {
  CodexMcpRequests,
  type CodexMcpServerStatus,
  type CodexMcpStatusOptions,
  type PortRequester,
} from './codex-mcp-requests.ts';
import { type CodexMcpNews, type CodexMcpStartup, CodexMcpStartups } from './codex-mcp-startups.ts';
import { mcpChild, mcpServersConnectedMax } from './mcp-keeper.ts';
import {
  type McpCallRequest,
  type McpKeeperMessage,
  type McpReadyRequest,
  type McpStartRequest,
  type McpStopRequest,
  mcpKeeperPath,
  mcpServerPath,
} from './mcp-messages.ts';
import { mcpResult } from './mcp-results.ts';
import { McpServerEntry, type McpServerStatus } from './mcp-server-entry.ts';
import { checkMcpServer, type McpServerOptions } from './mcp-server-options.ts';
import type { McpToolCaller } from './mcp-tool.ts';

/** Who listens to one `Codex`'s MCP servers, at most. */
export const mcpListenersMax = 64;

/** What happens to MCP servers. */
export type McpNews =
  /** A server of the application stands elsewhere than before, or offers other tools. */
  | { readonly type: 'server'; readonly status: McpServerStatus }
  /** A person has to visit this page to log in to a server that Codex runs. */
  | { readonly type: 'login_started'; readonly server: string; readonly authorizationUrl: string }
  | CodexMcpNews;

/** Told of MCP servers as it happens, synchronously: be quick. What it throws goes nowhere. */
export type McpListener = (news: McpNews) => void;

/** The right to one MCP server of the application. */
export interface McpServerHandle {
  readonly name: string;
  readonly status: McpServerStatus;
  /** Connects anew at once, where it is being ended, waits, or was given up; what has failed so far is forgotten. */
  reconnect(): void;
  /** Takes its tools out of the table, ends its process or its session, and resolves once nothing is left of it. Never rejects. */
  close(): Promise<void>;
}

/** What the servers of one `Codex` need of it. */
export interface McpServersOptions {
  readonly table: ToolTable;
  readonly telemetry: TelemetryBus | undefined;
  /** The tree's actors; starts it if need be. Undefined on a transport without a tree. */
  readonly messaging: (() => Promise<Messaging>) | undefined;
  /** The running tree, or null: it was never needed, or has ended. */
  readonly running: () => Promise<Messaging> | null;
  readonly request: PortRequester;
  /** What may not be told; those of the servers are added. */
  readonly secrets: KnownSecrets;
}

/**
 * The MCP servers of one `Codex`: those that the application connects to itself, whose tools are offered like its own; and what is
 * known of those that Codex runs.
 *
 * @example
 * const files = await codex.mcp.connect('files', { command: 'files-mcp', args: ['--root', '/srv'] });
 * const { finalResponse } = await codex.startThread().run('Which of the files is the newest?');
 * await files.close();
 */
export class McpServers {
  readonly #options: McpServersOptions;
  readonly #entries = new Map<string, McpServerEntry>();
  readonly #listeners = new Set<McpListener>();
  readonly #startups: CodexMcpStartups;
  readonly #requests: CodexMcpRequests;

  /** @internal */
  constructor(options: McpServersOptions) {
    this.#options = options;
    const { secrets, telemetry } = options;
    const hidden = (text: string) => redact(text, secrets.all);
    this.#startups = new CodexMcpStartups({
      telemetry,
      redact: hidden,
      path: 'codex/ports/0',
      tell: (news) => this.#tell(news),
    });
    this.#requests = new CodexMcpRequests(options.request, hidden);
  }

  /**
   * Connects to a server and offers its tools to the threads that are started from then on, as `<name>__<tool>`. Resolves once they
   * are known; later failures are mended by connecting anew. Starts the tree if need be.
   *
   * Rejects with `InvalidOptionError` for an option that cannot be or a name that is taken, `LimitExceededError` above 100 servers,
   * `McpServerError` when the server cannot be reached, or when `@modelcontextprotocol/client` is not installed: then nothing is left.
   */
  connect(name: string, options: McpServerOptions): Promise<McpServerHandle> {
    return holdEventLoop(this.#connect(name, options));
  }

  /** Where the servers of the application stand, in the order they were connected to. */
  get connected(): readonly McpServerStatus[] {
    return Array.from(this.#entries.values(), ({ status }) => status);
  }

  /** How the starts of the servers that Codex runs stand, as far as Codex has told: of each thread and server the latest. */
  get startups(): readonly CodexMcpStartup[] {
    return this.#startups.list();
  }

  /**
   * Asks Codex where the servers stand that it runs. Starts Codex if need be. With a thread's id, that thread's own servers are among them.
   *
   * Rejects as a request to Codex does: `RpcError`, `RequestTimeoutError`, `PortExitError`.
   */
  status(options: CodexMcpStatusOptions = {}): Promise<readonly CodexMcpServerStatus[]> {
    return this.#requests.status(options);
  }

  /** Has Codex read its configuration of MCP servers again; a thread starts them anew with its next turn. Rejects as `status` does. */
  reload(): Promise<void> {
    return this.#requests.reload();
  }

  /**
   * Begins an OAuth login to a server that Codex runs over HTTP. Resolves with the page that a person has to visit; its end is told to
   * `subscribe` and to telemetry. Rejects as `status` does.
   */
  async login(
    server: string,
    options: { readonly threadId?: string; readonly scopes?: readonly string[] } = {},
  ): Promise<{ readonly authorizationUrl: string; readonly loginId: string | null }> {
    const begun = await this.#requests.login(server, options);
    this.#tell({ type: 'login_started', server, authorizationUrl: begun.authorizationUrl });
    return begun;
  }

  /**
   * Calls `listener` with what happens to MCP servers, until the returned function is called.
   *
   * @throws LimitExceededError when 64 listen already; InvalidOptionError for a listener that is no function.
   */
  subscribe(listener: McpListener): () => void {
    if (typeof listener !== 'function') throw new InvalidOptionError('listener', listener, 'a function');
    if (this.#listeners.size >= mcpListenersMax)
      throw new LimitExceededError('mcpListenersMax', mcpListenersMax, this.#listeners.size);
    const own: McpListener = (news) => listener(news);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** @internal Its part of the tree. */
  child(): ChildSpec {
    const { telemetry } = this.#options;
    return mcpChild({ entries: () => this.#entries.values(), telemetry, random: systemRandom });
  }

  /** @internal What Codex says of its servers. */
  notified(notification: PortNotification): void {
    this.#startups.notified(notification);
  }

  async #connect(name: string, options: McpServerOptions): Promise<McpServerHandle> {
    const { messaging } = this.#options;
    if (messaging === undefined)
      throw new InvalidOptionError('transport', 'exec', "'app-server' for MCP servers of the application");
    checkMcpServer(name, options);
    const known: ServerSecrets = options;
    this.#options.secrets.add(secretsOfServers([known]));
    if (this.#entries.has(name))
      throw new InvalidOptionError('name', name, 'a name that no other MCP server has');
    if (this.#entries.size >= mcpServersConnectedMax)
      throw new LimitExceededError('mcpServersConnectedMax', mcpServersConnectedMax, this.#entries.size + 1);
    const entry = this.#entry(name, options);
    this.#entries.set(name, entry);
    try {
      const system = await messaging();
      await this.#start(system, entry);
    } catch (error) {
      await this.#close(entry);
      throw error;
    }
    return {
      name,
      get status() {
        return entry.status;
      },
      reconnect: () => this.#reconnect(entry),
      close: () => holdEventLoop(this.#close(entry)),
    };
  }

  #entry(name: string, options: McpServerOptions): McpServerEntry {
    const entry: McpServerEntry = new McpServerEntry(name, options, {
      table: this.#options.table,
      call: this.#callerOf(name),
      changed: () => this.#tell({ type: 'server', status: entry.status }),
    });
    return entry;
  }

  async #start(system: Messaging, entry: McpServerEntry): Promise<void> {
    const start: McpStartRequest = { type: 'mcp.start', entry };
    const ready: McpReadyRequest = { type: 'mcp.ready' };
    try {
      await system.call(mcpKeeperPath, start, patient);
      await system.call(mcpServerPath(entry.name), ready, patient);
    } catch (error) {
      throw error instanceof CallError ? unreached(entry.name, 'connect', error) : error;
    }
  }

  #callerOf(server: string): McpToolCaller {
    return async (tool, args, run) => {
      const system = await this.#options.running();
      if (system === null) throw new McpServerError({ server, step: 'closed' }, 'it was closed');
      const request: McpCallRequest = { type: 'mcp.call', tool, args, run };
      const options = { ...patient, signal: run.signal };
      const answer = await system.call(mcpServerPath(server), request, options).catch((error: unknown) => {
        // Aborted, nobody waits for it any more.
        throw error instanceof CallError && !run.signal.aborted ? unreached(server, 'call', error) : error;
      });
      const read = mcpResult(answer);
      if (!read.ok) throw new Error(read.problem);
      return read.result;
    };
  }

  #reconnect(entry: McpServerEntry): void {
    this.#options.running()?.then(
      (system) => system.cast<McpKeeperMessage>(mcpKeeperPath, { type: 'mcp.reconnect', entry }),
      () => undefined,
    );
  }

  async #close(entry: McpServerEntry): Promise<void> {
    entry.close();
    try {
      const system = await this.#options.running();
      const stop: McpStopRequest = { type: 'mcp.stop', entry };
      await system?.call(mcpKeeperPath, stop, patient);
    } catch {
      // The tree has ended, and the server with it.
    }
    // Only now is its name free: its actor had it.
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
  }

  #tell(news: McpNews): void {
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch {
        // Its own business.
      }
    }
  }
}

/** The actor of the server, or the tree, ended before it answered, or is not there. */
function unreached(server: string, step: 'connect' | 'call', cause: CallError): McpServerError {
  const problem = {
    connect: 'its actor ended before the server was there',
    call:
      cause.code === 'exit'
        ? 'its actor ended in the middle of the call, which may have done its work. Look before you call it again'
        : 'it cannot be reached now. Call it again later',
  };
  return new McpServerError({ server, step }, problem[step], { cause });
}

/** Whatever is asked has its own deadline. */
const patient = { timeoutMs: Number.POSITIVE_INFINITY };
