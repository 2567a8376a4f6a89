import { acceptedWordsOf } from './accepted-words.ts';
import { AppServerTransport } from './actors/app-server-transport.ts';
import { ApprovalJournal } from './actors/approvals/approval-journal.ts';
import { approvalOptionsOf, checkNoApprovalOptions } from './actors/approvals/approval-option-checks.ts';
import { ApprovalQueue } from './actors/approvals/approval-queue.ts';
import { checkPolicy } from './actors/approvals/policies/combined-policies.ts';
import { ExecTransport } from './actors/exec-transport/exec-transport.ts';
import { McpServers } from './actors/mcp/mcp-servers.ts';
import { checkNoRetryOptions, retryRulesOf } from './actors/retry-options.ts';
import { noCatalogue, type ThreadCatalogue } from './actors/thread-operations/thread-catalogue.ts';
import { ThreadTools } from './actors/tools/thread-tools.ts';
import { ToolTable } from './actors/tools/tool-table.ts';
import type { TurnTransport } from './actors/turn-transport.ts';
import {
  type CodexOptions,
  type CodexThreadOptions,
  codexThreadOptionNames,
  givenCodexOptions,
} from './codex-options.ts';
import { FileTelemetry } from './files/attachments/file-telemetry.ts';
import { filesSupervisorSpec, registryPath } from './files/attachments/files-supervisor.ts';
import { checkAttachments } from './files/attachments/turn-attachments.ts';
import { FileStore } from './files/file-store.ts';
import { type FileStorePlan, fileStorePlan } from './files/file-store-options.ts';
import { filesId, filesTree } from './files/files-host.ts';
import type { AcceptedValues } from './protocol/accepted-values.ts';
import { InvalidOptionError } from './protocol/errors/call-errors.ts';
import { KnownSecrets, redact, secretsIn, withoutSecrets } from './protocol/errors/redaction.ts';
import { type CodexMcpServers, mcpServerSettings, secretsOfServers } from './protocol/mcp-server-config.ts';
import { checkId } from './protocol/operation-checks.ts';
import { checkThreadOptions } from './protocol/option-checks.ts';
import { checkOptionNames } from './protocol/option-names.ts';
import { holdEventLoop } from './supervisor/event-loop.ts';
import { SystemClock, systemClock } from './supervisor/system-clock.ts';
import { TelemetryBus } from './telemetry/telemetry-bus.ts';
import { Thread } from './thread.ts';

/** How a `Codex` is closed. */
export interface CloseOptions {
  /** Milliseconds until what has not stopped in order is ended by force. Defaults to 10,000. */
  readonly timeoutMs?: number;
}

/** Milliseconds `close` gives the tree to stop in order. */
export const closeTimeoutMsDefault = 10_000;

/**
 * The way to Codex: threads on a supervised tree of actors. Making one starts nothing; the first turn does. A Codex that is idle
 * keeps no event loop alive, closed or not.
 *
 * @example
 * await using codex = new Codex();
 * const { finalResponse } = await codex.startThread().run('What does this repository do?');
 */
export class Codex implements AsyncDisposable {
  /** Tells what threads, turns, Codex processes and supervisors do. */
  readonly telemetry: TelemetryBus;
  /** The functions of the application that the model may call, in every thread that is started from then on. */
  readonly tools: ToolTable;
  /** The MCP servers that the application connects to itself, and what is known of those that Codex runs. */
  readonly mcp: McpServers;
  /** What Codex asks and nobody has decided yet: to be listed, decided and watched. */
  readonly approvals: ApprovalQueue;
  /** All threads that Codex has kept, open here or not: to be listed, read, named, labelled, archived, deleted. */
  readonly threads: ThreadCatalogue;
  /** Staged attachments, for turns to use. Nothing is on the disk before the first is staged. */
  readonly files: FileStore;
  readonly #transport: TurnTransport;
  readonly #secrets: KnownSecrets;
  readonly #mcpServers: CodexMcpServers;
  readonly #acceptedWords: () => AcceptedValues;

  /** @throws InvalidOptionError for an option that cannot be. */
  constructor(codexOptions: CodexOptions = {}) {
    const options = givenCodexOptions(codexOptions);
    this.#secrets = new KnownSecrets([options.apiKey ?? '', ...secretsIn(options.env ?? process.env)]);
    this.#mcpServers = this.#checkedServers(options.mcpServers, options.transport);
    const clock = new SystemClock();
    const redacting = (text: string) => redact(text, this.#secrets.all);
    this.telemetry = new TelemetryBus({ clock, redact: redacting });
    this.#acceptedWords = acceptedWordsOf(options);
    this.tools = new ToolTable();
    const plan = fileStorePlan(options.files, new FileTelemetry(this.telemetry, registryPath(filesPath)));
    this.mcp = this.#mcp(options);
    this.#transport = transportOf(options, this.telemetry, this.tools, this.mcp, plan, redacting);
    this.files = filesOf(plan, this.#transport);
    this.threads = this.#transport instanceof AppServerTransport ? this.#transport.threads : noCatalogue();
    this.approvals =
      this.#transport instanceof AppServerTransport
        ? this.#transport.approvals
        : new ApprovalQueue(() => null, new ApprovalJournal({ clock }));
  }

  /** A new thread. Nothing starts before its first turn. @throws InvalidOptionError for an option that cannot be. */
  startThread(options: CodexThreadOptions = {}): Thread {
    checkOptionNames('startThread', options, codexThreadOptionNames);
    checkThreadOptions(options, this.#acceptedWords());
    return this.#thread(null, options);
  }

  /**
   * A thread that Codex has kept, by its id. Nothing starts before its next turn. All Thread objects of one id share its one actor.
   *
   * That Codex has kept no thread of this id is known with its first turn, which then rejects with `ThreadStateError`, `thread_not_found`.
   *
   * @throws InvalidOptionError for what is no id of Codex, such as a thread's name, or an option that cannot be.
   */
  resumeThread(id: string, options: CodexThreadOptions = {}): Thread {
    checkId('id', id);
    checkOptionNames('resumeThread', options, codexThreadOptionNames);
    checkThreadOptions(options, this.#acceptedWords());
    if (options.ephemeral !== undefined)
      throw new InvalidOptionError('ephemeral', options.ephemeral, 'left out of a thread that is resumed');
    return this.#thread(id, options);
  }

  /**
   * Stops everything in order: turns are interrupted, threads let go, processes ended; by force after `timeoutMs` (default 10,000).
   * Open turns reject with `ThreadClosedError`; closing twice waits for the same end. The host's event loop stays alive until it is done.
   *
   * Whatever else it is given is ignored, as by a handler of signals that hands on its own arguments: it is to close, not to complain. Only
   * a `timeoutMs` that is no time rejects, with `InvalidOptionError`, and closes nothing.
   */
  async close(options?: CloseOptions): Promise<void> {
    const timeoutMs = options?.timeoutMs ?? closeTimeoutMsDefault;
    if (!Number.isFinite(timeoutMs) || timeoutMs < 0)
      throw new InvalidOptionError('timeoutMs', timeoutMs, 'milliseconds from 0');
    return holdEventLoop(this.#close(timeoutMs));
  }

  async #close(timeoutMs: number): Promise<void> {
    const closing = this.#transport.close({ timeoutMs });
    // A folder that cannot be removed now is removed by the next store of this user.
    await this.files.close({ timeoutMs }).catch(() => undefined);
    await closing;
    await this.telemetry.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #thread(threadId: string | null, options: CodexThreadOptions): Thread {
    const { attachments = [], ephemeral } = options;
    if (ephemeral === true && !(this.#transport instanceof AppServerTransport))
      throw new InvalidOptionError('transport', 'exec', "'app-server' for ephemeral threads");
    checkAttachments(attachments);
    const own = this.#checkedServers(
      options.mcpServers,
      this.#transport instanceof AppServerTransport ? undefined : 'exec',
    );
    const thread = this.#transport.openThread({
      threadId,
      options: { ...options, mcpServers: { ...this.#mcpServers, ...own } },
      ...this.#answersFor(options),
    });
    return new Thread(thread, { store: this.files, attachments }, (text) =>
      withoutSecrets(text, this.#secrets.all),
    );
  }

  /** The servers as they are, known to be possible, their secrets noted. */
  #checkedServers(servers: CodexMcpServers = {}, transport: CodexOptions['transport']): CodexMcpServers {
    mcpServerSettings(servers);
    if (transport === 'exec' && Object.keys(servers).length > 0)
      throw new InvalidOptionError('transport', 'exec', "'app-server' for mcpServers");
    this.#secrets.add(secretsOfServers(Object.values(servers)));
    return servers;
  }

  #mcp({ transport }: CodexOptions): McpServers {
    const live = (): AppServerTransport => {
      if (this.#transport instanceof AppServerTransport) return this.#transport;
      throw new InvalidOptionError('transport', 'exec', "'app-server' for MCP servers");
    };
    return new McpServers({
      table: this.tools,
      telemetry: this.telemetry,
      messaging: transport === 'exec' ? undefined : () => live().messaging(),
      running: () => live().running(),
      request: async (method, params) => live().request(method, params),
      secrets: this.#secrets,
    });
  }

  /** What answers the questions of one thread. */
  #answersFor(options: CodexThreadOptions) {
    const { approvals } = options;
    if (approvals !== undefined) checkPolicy('approvals', approvals);
    if (approvals !== undefined && !(this.#transport instanceof AppServerTransport))
      checkNoApprovalOptions({ approvals });
    return { approvals, tools: this.#toolsOf(options) };
  }

  #toolsOf({ tools = [] }: CodexThreadOptions): ThreadTools | undefined {
    const checked = new ThreadTools(this.tools, tools);
    if (this.#transport instanceof AppServerTransport) return checked;
    if (tools.length > 0 || this.tools.names.length > 0)
      throw new InvalidOptionError('transport', 'exec', "'app-server' for threads with tools");
    return undefined;
  }
}

/** Path of the files supervisor in the tree. */
const filesPath = `codex/${filesId}`;

/** The store over the transport's tree; over a small one of its own where the transport has none. */
function filesOf(plan: FileStorePlan, transport: TurnTransport): FileStore {
  if (!(transport instanceof AppServerTransport))
    return new FileStore(plan, filesTree(plan, { name: 'codex' }));
  return new FileStore(plan, {
    registry: registryPath(filesPath),
    messaging: () => transport.messaging(),
    clock: systemClock,
    // The tree ends with the transport.
    close: (timeoutMs) => transport.close({ timeoutMs }),
  });
}

function transportOf(
  options: CodexOptions,
  telemetry: TelemetryBus,
  tools: ToolTable,
  mcp: McpServers,
  { estate, sweepIntervalMs }: FileStorePlan,
  redacting: (text: string) => string,
): TurnTransport {
  const { transport = 'app-server', inspect, onReport } = options;
  const watching = {
    telemetry,
    ...(inspect === undefined ? {} : { inspect }),
    ...(onReport === undefined ? {} : { onReport }),
  };
  switch (transport) {
    case 'app-server':
      return new AppServerTransport({
        port: { ...options, telemetry, onMcpNotification: (notification) => mcp.notified(notification) },
        approvals: { ...approvalOptionsOf(options), redact: redacting },
        retries: retryRulesOf(options, options.profile) ?? undefined,
        files: filesSupervisorSpec({ id: filesId, path: filesPath, estate, sweepIntervalMs }),
        tools,
        mcp: mcp.child(),
        ...watching,
      });
    case 'exec':
      checkNoApprovalOptions(options);
      checkNoRetryOptions(options);
      return new ExecTransport({ ...options, ...watching });
  }
}
