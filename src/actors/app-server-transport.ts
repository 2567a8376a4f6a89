import type { SteerRequest, SteerResult, ThreadLimits, ThreadStatus } from '../machines/thread-machine.ts';
import type { ClientMethod, ClientRequests } from '../protocol/app-server.ts';
import { ThreadClosedError } from '../protocol/errors/call-errors.ts';
import { ThreadStateError } from '../protocol/errors/thread-errors.ts';
import type { ThreadOptions } from '../protocol/thread-options.ts';
import type { Input } from '../protocol/user-input.ts';
import type { Messaging } from '../supervisor/behaviour.ts';
import type { ChildSpec } from '../supervisor/checked-spec.ts';
import type { Clock } from '../supervisor/clock.ts';
import { holdEventLoop } from '../supervisor/event-loop.ts';
import type { Inspector } from '../supervisor/inspection.ts';
import { SystemClock } from '../supervisor/system-clock.ts';
import type { SystemReport } from '../supervisor/system-node.ts';
import type { TelemetryBus } from '../telemetry/telemetry-bus.ts';
import { ApprovalDesk, type ApprovalOptions } from './approvals/approval-desk.ts';
import type { ApprovalQueue } from './approvals/approval-queue.ts';
import { AutoRunDesk } from './auto-run/auto-run-desk.ts';
import type { AutoRunPlan } from './auto-run/auto-run-plan.ts';
import type { AutoRunResult } from './auto-run/auto-run-result.ts';
import { CodexTree } from './codex-tree.ts';
import { BinarySchemas } from './exec-port/binary-schemas.ts';
import type { PortInfo } from './exec-port/port-messages.ts';
import type { ExecPortOptions } from './exec-port/port-options.ts';
import { profileHistoryMode } from './exec-port/profiles.ts';
import { systemRandom } from './system-random.ts';
import type { RetryRules } from './thread/retry-ledger.ts';
import { declineServerRequests, type ServerRequestPolicy } from './thread/server-request-policy.ts';
import { steerFailure } from './thread/steer-failure.ts';
import { ThreadDirectory } from './thread/thread-directory.ts';
import type { ThreadEntry } from './thread/thread-entry.ts';
import { type ForkBounds, forkThread, revertThread } from './thread-operations/history-operations.ts';
import { ThreadCatalogue } from './thread-operations/thread-catalogue.ts';
import type { WaitingTurns } from './thread-operations/thread-queue.ts';
import { ThreadRequests } from './thread-operations/thread-requests.ts';
import { toolsChild } from './tools/tool-runner.ts';
import { ToolTable } from './tools/tool-table.ts';
import type { TurnRequest, TurnSink } from './turn-request.ts';
import type { LiveTransportThread, OpenThread, TurnTransport } from './turn-transport.ts';
import { unreadNotifications } from './unread-notifications.ts';

/** Bounds of each thread unless `AppServerTransportOptions.limits` says otherwise; times in milliseconds. */
export const defaultThreadLimits: ThreadLimits = {
  queueLengthMax: 64,
  submissionsMax: 3,
  interruptTimeoutMs: 10_000,
  idleTimeoutMs: 1_800_000,
  closeTimeoutMs: 5_000,
};

/** Milliseconds a turn waits for a live Codex process, its start or restart. */
export const portTimeoutMsDefault = 30_000;

/** Milliseconds for an answer to `turn/steer`. */
export const steerTimeoutMs = 60_000;

/** What `AppServerTransport` takes; only `port` has no default. */
export interface AppServerTransportOptions {
  readonly port: ExecPortOptions;
  readonly limits?: Partial<ThreadLimits>;
  /** Defaults to `portTimeoutMsDefault`, 30,000. */
  readonly portTimeoutMs?: number;
  /** By what rules failed turns are tried again. Defaults to none: a turn fails as soon as Codex says so. */
  readonly retries?: RetryRules | undefined;
  /** Defaults to real, monotonic time. */
  readonly clock?: Clock;
  /** Numbers from 0 up to but not including 1, for pauses. Defaults to the system's randomness. */
  readonly random?: () => number;
  /** What decides approvals and questions, and how long. Defaults to declining them. */
  readonly approvals?: ApprovalOptions;
  /** Counts what becomes of tool calls. Defaults to a table of its own. */
  readonly tools?: ToolTable;
  /** The store of attachments, as a child of the tree. Defaults to none. */
  readonly files?: ChildSpec | undefined;
  /** The MCP servers of the application, as a child of the tree. Defaults to none. */
  readonly mcp?: ChildSpec | undefined;
  /** Answers what else Codex asks. Defaults to refusing it. */
  readonly serverRequests?: ServerRequestPolicy;
  /** Told of what supervisors and the runtime report. Defaults to nobody. */
  readonly onReport?: (report: SystemReport) => void;
  /** Told of every actor of the tree. Defaults to nobody. */
  readonly inspect?: Inspector;
  readonly telemetry?: TelemetryBus;
}

/** Runs turns on supervised `codex app-server` processes: many threads on one process. Starts nothing before the first turn. */
export class AppServerTransport implements TurnTransport {
  /** All threads that Codex has kept. */
  readonly threads: ThreadCatalogue;
  /** What is asked about threads and need not be ordered with their turns. */
  readonly requests: ThreadRequests;
  readonly #tree: CodexTree;
  readonly #directory: ThreadDirectory;
  readonly #approvals: ApprovalDesk;
  readonly #autoRuns: AutoRunDesk;
  readonly #threadDefaults: ThreadOptions;
  readonly #portTimeoutMs: number;
  #closing: Promise<void> | null = null;

  constructor(options: AppServerTransportOptions) {
    const { clock = new SystemClock(), portTimeoutMs = portTimeoutMsDefault } = options;
    const historyMode = profileHistoryMode(options.port.profile ?? 'compatible');
    this.#threadDefaults = historyMode === undefined ? {} : { historyMode };
    this.#portTimeoutMs = portTimeoutMs;
    this.#approvals = new ApprovalDesk(options.approvals ?? {}, {
      clock,
      telemetry: options.telemetry,
      running: () => this.#tree.running,
    });
    this.#autoRuns = new AutoRunDesk({
      clock,
      telemetry: options.telemetry,
      random: options.random ?? systemRandom,
      system: () => this.#tree.system(),
      gaveUp: () => this.#tree.gaveUp,
    });
    this.#tree = new CodexTree({
      port: {
        schemas: new BinarySchemas(clock),
        optOutNotificationMethods: unreadNotifications,
        ...options.port,
      },
      approvals: this.#approvals.child(),
      autoRuns: this.#autoRuns.child(),
      files: options.files,
      mcp: options.mcp,
      tools: toolsChild({ table: options.tools ?? new ToolTable(), telemetry: options.telemetry }),
      clock,
      onReport: options.onReport,
      inspect: options.inspect,
      telemetry: options.telemetry,
      onEnded: (error) => {
        this.#directory.treeEnded(error);
        this.#autoRuns.treeEnded(error);
      },
    });
    this.#directory = new ThreadDirectory({
      ports: this.#tree.ports,
      approvals: this.#approvals,
      serverRequests: options.serverRequests ?? declineServerRequests,
      limits: { ...defaultThreadLimits, ...options.limits },
      portTimeoutMs,
      retries: options.retries ?? null,
      random: options.random ?? systemRandom,
      clock: this.#tree.clock,
      telemetry: options.telemetry,
      system: this.#tree.system,
      gaveUp: () => this.#tree.gaveUp,
    });
    this.requests = new ThreadRequests({ ports: this.#tree.ports, portTimeoutMs });
    this.threads = new ThreadCatalogue(this.requests, this.#directory);
  }

  openThread(request: OpenThread): AppServerThread {
    const entry = this.#directory.entry({
      ...request,
      options: { ...this.#threadDefaults, ...request.options },
    });
    return new AppServerThread(this, this.#directory, this.#tree, entry);
  }

  /** The approvals that wait. */
  get approvals(): ApprovalQueue {
    return this.#approvals.queue;
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /** Runs turns of one of its threads by itself. */
  runAuto(thread: AppServerThread, plan: AutoRunPlan): Promise<AutoRunResult> {
    return this.#autoRuns.run(thread, plan);
  }

  /** The tree's actors; starts it if need be. Rejects with the reason why it does not start. */
  messaging(): Promise<Messaging> {
    return this.#tree.system();
  }

  /** The tree's actors if it runs, or is being started; null otherwise. */
  running(): Promise<Messaging> | null {
    return this.#tree.running;
  }

  /** Sends one request to the live Codex process; starts it if need be. Rejects as `PortConnection.request` does. */
  request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
  ): Promise<ClientRequests[M]['result']> {
    const { signal } = new AbortController();
    const acquired = this.#tree.ports.acquire({ timeoutMs: this.#portTimeoutMs, signal });
    return holdEventLoop(acquired.then((port) => port.request(method, params)));
  }

  /** What the live Codex process says of itself; starts it if need be. */
  portInfo(): Promise<PortInfo> {
    return this.#tree.ports.info();
  }

  close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#closing ??= this.#tree.close(timeoutMs).then(() => {
      this.#directory.transportClosed();
      this.#autoRuns.treeEnded(new ThreadClosedError(null));
      return this.#approvals.close();
    });
    return this.#closing;
  }
}

/** One Codex thread on the app-server transport: a name for the actor that owns it, through all its incarnations. */
export class AppServerThread implements LiveTransportThread {
  readonly #transport: AppServerTransport;
  readonly #directory: ThreadDirectory;
  readonly #tree: CodexTree;
  #entry: ThreadEntry;
  #closed = false;

  constructor(
    transport: AppServerTransport,
    directory: ThreadDirectory,
    tree: CodexTree,
    entry: ThreadEntry,
  ) {
    this.#transport = transport;
    this.#directory = directory;
    this.#tree = tree;
    this.#entry = entry;
  }

  get id(): string | null {
    return this.#entry.threadId;
  }

  get closed(): boolean {
    return this.#closed || this.#transport.closed || this.#entry.closed !== null;
  }

  start(turn: TurnRequest, sink: TurnSink): void {
    if (this.closed) throw new ThreadClosedError(this.id);
    this.#entry = this.#directory.owner(this.#entry);
    this.#directory.run(this.#entry, turn, sink);
  }

  interrupt(messageId: string): void {
    this.#directory.interrupt(this.#entry, messageId);
  }

  /**
   * Gives the running turn further input.
   *
   * Resolves with `no_active_turn` when none runs that could take it. Rejects with `RpcError` when Codex refuses, `PortExitError` when its
   * process ends meanwhile, `ThreadClosedError` when the thread is closed, `TurnInterruptedError` when its actor ends for another reason,
   * `RequestTimeoutError` after `steerTimeoutMs`.
   */
  async steer(input: Input): Promise<SteerResult> {
    const actor = this.#entry.actor;
    const system = await this.#tree.running;
    if (actor === null || system === null) return { kind: 'no_active_turn' };
    const request: SteerRequest = { type: 'turn.steer', input };
    return system.call(actor, request, { timeoutMs: steerTimeoutMs }).catch((error: unknown) => {
      throw steerFailure(error, { threadId: this.id, closed: this.closed, timeoutMs: steerTimeoutMs });
    });
  }

  runAuto(plan: AutoRunPlan): Promise<AutoRunResult> {
    return this.#transport.runAuto(this, plan);
  }

  async fork(bounds: ForkBounds, options: ThreadOptions): Promise<AppServerThread> {
    const entry = this.#operable('fork');
    const fork = forkThread(bounds);
    const source = entry.threadId;
    // How far the history goes is fixed then, whatever runs.
    const isBounded = Object.keys(bounds).length > 0;
    const threadId =
      isBounded && source !== null
        ? await this.#transport.requests.perform({ operation: 'fork', threadId: source }, (port) =>
            fork(port, source, () => undefined),
          )
        : await this.#directory.operate(entry, 'fork', { perform: fork });
    const { approvals, tools } = entry;
    return this.#transport.openThread({
      threadId,
      options: { ...entry.options, ...options },
      approvals,
      tools,
    });
  }

  async revert(beforeTurnId: string): Promise<void> {
    const entry = this.#operable('revert');
    return this.#directory.operate(entry, 'revert', revertThread(entry, beforeTurnId));
  }

  #operable(operation: string): ThreadEntry {
    if (this.closed) throw new ThreadClosedError(this.id);
    this.#entry = this.#directory.owner(this.#entry);
    if (this.#entry.options.ephemeral === true)
      throw new ThreadStateError('thread_ephemeral', { operation, threadId: this.id });
    return this.#entry;
  }

  get waiting(): WaitingTurns {
    const directory = this.#directory;
    const entry = directory.owner(this.#entry);
    return {
      list: () => directory.waiting(entry),
      reorder: (ids) => directory.reorder(entry, ids),
      remove: (id) => directory.interrupt(entry, id),
    };
  }

  get threads(): ThreadCatalogue {
    return this.#transport.threads;
  }

  interruptRunning(): void {
    this.#directory.tell(this.#entry, { type: 'turn.interrupt' });
  }

  watch(changed: (status: ThreadStatus) => void): () => void {
    this.#entry = this.#directory.owner(this.#entry);
    // The thread's actor tells its end, and so does who closed it, since there may have been no actor.
    let isOver = false;
    return this.#directory.watch(this.#entry, (status) => {
      if (isOver) return;
      isOver = status.value === 'closed' && this.closed;
      changed(status);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#directory.close(this.#entry);
  }
}
