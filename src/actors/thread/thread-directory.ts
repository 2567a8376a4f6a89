import type { ThreadEvent, ThreadLimits, ThreadStatus, ThreadTag } from '../../machines/thread-machine.ts';
import { threadMachine } from '../../machines/thread-machine.ts';
import { QueueFullError, ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { ThreadStateError } from '../../protocol/errors/thread-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import type { ActorSystem } from '../../supervisor/actor-system.ts';
import type { ActorContext, Pid } from '../../supervisor/behaviour.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { type DownReason, errorOfExit } from '../../supervisor/exit-reason.ts';
import type { ChildStart } from '../../supervisor/supervision.ts';
import { countChildren, startChild, terminateChild } from '../../supervisor/supervisor-client.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { WaitingTurn } from '../thread-operations/thread-queue.ts';
import type { TurnRequest, TurnSink } from '../turn-request.ts';
import type { OpenThread } from '../turn-transport.ts';
import { checkWorkingDirectory } from '../working-directory.ts';
import {
  type OpenOperation,
  type OperationName,
  PendingOperation,
  type ThreadOperation,
} from './open-operation.ts';
import type { PortSource } from './port-source.ts';
import { ProviderRetries } from './provider-retries.ts';
import type { RetryRules } from './retry-ledger.ts';
import type { ServerRequestPolicy } from './server-request-policy.ts';
import { type OpenTurn, type ThreadEntry, tellWatchers } from './thread-entry.ts';
import { ThreadShell } from './thread-shell.ts';

/** Milliseconds an unused ephemeral thread is kept: what is let go of it cannot be taken up again. As long as timers go. */
export const ephemeralIdleTimeoutMs = 2_147_483_647;

/** Address of the supervisor of all ThreadActors. */
export const threadsPath = 'threads';

export interface ThreadDirectoryOptions {
  readonly ports: PortSource;
  readonly approvals: ApprovalDesk;
  readonly serverRequests: ServerRequestPolicy;
  readonly limits: ThreadLimits;
  /** By what rules failed turns are tried again; null: not at all. */
  readonly retries: RetryRules | null;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  readonly portTimeoutMs: number;
  readonly clock: Clock;
  readonly telemetry: TelemetryBus | undefined;
  /** The running tree; starts it when need be. */
  readonly system: () => Promise<ActorSystem>;
  /** Why the tree is ending by itself; null while it is not. */
  readonly gaveUp: () => Error | null;
}

/**
 * Knows every thread of one Codex: which actor owns which thread id, and who waits for which turn. It is the journal from which a
 * crashed ThreadActor goes on, and it settles the turns that no actor will settle any more.
 */
export class ThreadDirectory {
  readonly #options: ThreadDirectoryOptions;
  readonly #byThreadId = new Map<string, ThreadEntry>();
  /** Entries whose actor is being started, runs, or is being restarted. */
  readonly #supervised = new Set<ThreadEntry>();
  /** Entries that somebody watches, with an actor or without. */
  readonly #watched = new Set<ThreadEntry>();
  /** Threads that are being put away: none of their turns starts before that has ended. */
  readonly #retiring = new Map<string, Promise<void>>();
  readonly #settingsOn: ThreadEntry['settingsOn'];
  #system: ActorSystem | null = null;
  #nextKey = 1;

  constructor(options: ThreadDirectoryOptions) {
    this.#options = options;
    this.#settingsOn =
      options.retries === null ? () => Promise.resolve({}) : new ProviderRetries().settingsOn;
  }

  /** A new entry, known to nobody before its first turn. */
  entry({ threadId, options, approvals, tools }: OpenThread): ThreadEntry {
    const key = `${this.#nextKey++}`;
    const facts = { key, options, approvals, tools, resumed: threadId !== null, threadId };
    return {
      ...facts,
      begun: false,
      stray: null,
      pursuesGoal: false,
      settingsOn: this.#settingsOn,
      unread: null,
      fates: new Map(),
      lastKnownTurnId: null,
      actor: null,
      closed: null,
      watchers: new Set(),
      turns: new Map(),
    };
  }

  /** The entry that stands for the thread of `entry`: another one when that owns the thread id already. */
  owner(entry: ThreadEntry): ThreadEntry {
    const owner = entry.threadId === null ? undefined : this.#byThreadId.get(entry.threadId);
    return owner === undefined || owner.closed !== null ? entry : owner;
  }

  /**
   * Hands a turn to the actor of an entry, and starts the actor if there is none.
   *
   * @throws QueueFullError when `queueLengthMax` turns wait already.
   */
  run(entry: ThreadEntry, request: TurnRequest, sink: TurnSink): void {
    const askedAtMs = this.#options.clock.now();
    this.#enqueue(entry, request.messageId, {
      kind: 'turn',
      request,
      sink,
      askedAtMs,
      submitted: false,
      running: null,
    });
  }

  /**
   * Hands an operation to the actor of an entry, to be performed after the turns that were asked for before it.
   *
   * Rejects as `run` throws, with `ThreadStateError` and the like when Codex refuses, with `OutcomeUnknownError` when it was asked, did
   * not answer, and the thread does not tell, with what the turns of a thread that is closed or given up are told.
   */
  async operate<Result>(
    entry: ThreadEntry,
    name: OperationName,
    work: ThreadOperation<Result>,
  ): Promise<Result> {
    const facts = { name, askedAtMs: this.#options.clock.now(), threadId: () => entry.threadId };
    const operation = new PendingOperation(facts, work);
    this.#enqueue(entry, `${name}-${this.#nextKey++}`, operation);
    return operation.result;
  }

  #enqueue(entry: ThreadEntry, messageId: string, turn: OpenTurn | OpenOperation): void {
    const { queueLengthMax } = this.#options.limits;
    if (entry.turns.size > queueLengthMax) throw new QueueFullError('Turns of the thread', queueLengthMax);
    entry.turns.set(messageId, turn);
    if (this.#supervised.has(entry)) this.tell(entry, { type: 'turn.run', messageId });
    else this.#start(entry);
  }

  /** What waits behind the running turn of an entry, in the order it is to run. */
  waiting({ turns }: ThreadEntry): readonly WaitingTurn[] {
    const now = this.#options.clock.now();
    return [...turns].flatMap(([id, turn]) => (turn.submitted ? [] : [waitingTurn(id, turn, now)]));
  }

  /** Puts what waits into another order. The entry's is what counts when its actor starts or starts again. */
  reorder(entry: ThreadEntry, ids: readonly string[]): void {
    const { turns } = entry;
    for (const id of ids) {
      const turn = turns.get(id);
      if (turn === undefined || turn.submitted) continue;
      turns.delete(id);
      turns.set(id, turn);
    }
    this.tell(entry, { type: 'queue.reorder', messageIds: ids });
  }

  /** Interrupts one turn, also one whose actor is still being started. */
  interrupt(entry: ThreadEntry, messageId: string): void {
    const turn = entry.turns.get(messageId);
    if (turn === undefined) return;
    if (entry.actor === null) {
      entry.turns.delete(messageId);
      turn.sink.abandon(
        new TurnInterruptedError('turn_interrupted', { threadId: entry.threadId, turnId: null }),
      );
    } else this.tell(entry, { type: 'turn.interrupt', messageId });
  }

  /** Sends to the entry's actor; an actor that is just being restarted learns of waiting turns from the entry. */
  tell(entry: ThreadEntry, event: ThreadEvent): void {
    if (entry.actor !== null) this.#system?.cast(entry.actor, event);
  }

  /** Calls `changed` with each change of where the thread of an entry stands, until the returned function is called. */
  watch(entry: ThreadEntry, changed: (status: ThreadStatus) => void): () => void {
    const { watchers } = entry;
    watchers.add(changed);
    this.#watched.add(entry);
    return () => {
      watchers.delete(changed);
      if (watchers.size === 0) this.#watched.delete(entry);
    };
  }

  /** Ends the entry's actor: its running turn is interrupted, waiting ones are told that the thread is closed. */
  close(entry: ThreadEntry): Promise<void> {
    entry.closed ??= this.#close(entry);
    return entry.closed;
  }

  /**
   * Closes a thread and does `work`; no turn of the thread starts before that has ended.
   *
   * Rejects with `ThreadStateError` `thread_busy` while a turn runs or waits, and with what `work` rejects with.
   */
  async retire(threadId: string, operation: string, work: () => Promise<void>): Promise<void> {
    const entry = this.#byThreadId.get(threadId);
    const busy = (entry !== undefined && entry.turns.size > 0) || this.#retiring.has(threadId);
    if (busy) throw new ThreadStateError('thread_busy', { operation, threadId });
    const retired = (entry === undefined ? Promise.resolve() : this.close(entry)).then(work);
    const settled = retired.then(
      () => undefined,
      () => undefined,
    );
    this.#retiring.set(threadId, settled);
    try {
      await retired;
    } finally {
      this.#retiring.delete(threadId);
    }
  }

  /** Whether a thread is open here and ephemeral. */
  isEphemeral(threadId: string): boolean {
    return this.#byThreadId.get(threadId)?.options.ephemeral === true;
  }

  /** Every entry with an actor. */
  supervised(): IterableIterator<ThreadEntry> {
    return this.#supervised.values();
  }

  /** The tree has ended: nobody else will settle what is open. */
  treeEnded(error: Error): void {
    this.#system = null;
    for (const entry of this.#supervised) this.#forget(entry, error);
  }

  /** Nothing runs or starts any more: who watches a thread that had no actor is told too. */
  transportClosed(): void {
    this.treeEnded(new ThreadClosedError(null));
    for (const entry of this.#watched) tellClosed(entry);
    this.#watched.clear();
  }

  async #close(entry: ThreadEntry): Promise<void> {
    if (entry.actor !== null && this.#system !== null) {
      await terminateChild(this.#system, threadsPath, entry.actor).catch(() => undefined);
    }
    this.#forget(entry, new ThreadClosedError(entry.threadId));
    tellClosed(entry);
  }

  #start(entry: ThreadEntry): void {
    this.#supervised.add(entry);
    const { threadId } = entry;
    const previous = threadId === null ? undefined : this.#byThreadId.get(threadId);
    if (threadId !== null) this.#byThreadId.set(threadId, entry);
    this.#startActor(entry, previous).catch((error: Error) => this.#forget(entry, error));
  }

  /** @param previous Who had the thread before: two actors of one thread would take it from each other. */
  async #startActor(entry: ThreadEntry, previous: ThreadEntry | undefined): Promise<void> {
    await previous?.closed;
    if (entry.threadId !== null) await this.#retiring.get(entry.threadId);
    await checkWorkingDirectory(entry.options);
    const system = await this.#options.system();
    if (entry.closed !== null) return;
    this.#system = system;
    const started = await startChild(system, threadsPath, this.#spec(system, entry));
    if (!started.ok || started.pid === undefined) throw startErrorOf(started);
    // Closed while it was being started: whoever closed it found no actor to end.
    if (entry.closed === null) this.#watch(system, entry, started.pid);
    else await terminateChild(system, threadsPath, started.pid);
  }

  #spec(system: ActorSystem, entry: ThreadEntry): ChildSpec {
    const limits = limitsOf(entry, this.#options.limits);
    return childSpec({
      id: entry.key,
      actor: threadMachine,
      input: (context: ActorContext<ThreadEvent>) => ({
        effects: new ThreadShell(context, this.#shellOptions(system, entry)),
        limits,
        threadId: entry.threadId,
      }),
      restart: 'transient',
      stopEvent: { type: 'thread.close' },
      // Ending a turn and letting go of the thread each have their own deadline; some slack for the steps themselves.
      shutdown: 2 * limits.closeTimeoutMs + 1_000,
    });
  }

  #shellOptions(system: ActorSystem, entry: ThreadEntry) {
    const { ports, approvals, serverRequests, limits, portTimeoutMs, gaveUp, retries, random } =
      this.#options;
    return {
      ports,
      // In the system's name: a question outlives the actor whose thread it is about.
      approvals: (port: PortConnection, threadId: string) =>
        approvals.attach(system, { port, threadId, policy: entry.approvals }),
      serverRequests,
      entry,
      queueLengthMax: limits.queueLengthMax,
      retries,
      random,
      telemetry: this.#options.telemetry,
      portTimeoutMs,
      gaveUp,
      releaseTimeoutMs: limits.closeTimeoutMs,
      onThreadId: (threadId: string) => this.#claim(entry, threadId),
    };
  }

  #claim(entry: ThreadEntry, threadId: string): void {
    if (entry.threadId !== null && entry.threadId !== threadId) this.#byThreadId.delete(entry.threadId);
    entry.threadId = threadId;
    this.#byThreadId.set(threadId, entry);
  }

  #watch(system: ActorSystem, entry: ThreadEntry, actor: Pid): void {
    system.monitor(actor, ({ reason }) => {
      this.#actorEnded(system, entry, reason).catch((error: Error) => this.#forget(entry, error));
    });
  }

  async #actorEnded(system: ActorSystem, entry: ThreadEntry, reason: DownReason): Promise<void> {
    // The supervisor answers once it has dealt with the end, and so with a restart. One that has ended itself restarts nobody.
    await countChildren(system, threadsPath).catch(() => undefined);
    // The tree has ended meanwhile, and all its turns have been told.
    if (this.#system !== system) return;
    const next = entry.actor === null ? undefined : system.whereis(entry.actor.path);
    if (next !== undefined) return this.#watch(system, entry, next);
    const { threadId } = entry;
    // Unused for long, it has let go of its thread; a turn that came too late for it starts it again.
    if (reason === 'normal' && hasWaiting(entry) && entry.closed === null) return this.#start(entry);
    const cause = typeof reason === 'object' && 'error' in reason ? { cause: reason.error } : undefined;
    this.#forget(entry, new ThreadClosedError(threadId, cause));
  }

  #forget(entry: ThreadEntry, error: Error): void {
    // The end of the tree is near, and settles everything.
    if (this.#options.gaveUp() !== null) return;
    this.#supervised.delete(entry);
    entry.actor = null;
    if (entry.threadId !== null && this.#system !== null)
      this.#options.approvals.threadClosed(this.#system, entry.threadId);
    if (entry.threadId !== null && this.#byThreadId.get(entry.threadId) === entry) {
      this.#byThreadId.delete(entry.threadId);
    }
    const turns = [...entry.turns.values()];
    entry.turns.clear();
    for (const { sink } of turns) sink.abandon(error);
  }
}

function waitingTurn(id: string, turn: OpenTurn | OpenOperation, now: number): WaitingTurn {
  const waitedMs = now - turn.askedAtMs;
  if (turn.kind === 'operation') return { id, kind: turn.name, input: null, waitedMs };
  const { goal, input, task } = turn.request;
  const kind = goal === undefined ? (task?.kind ?? 'message') : 'goal';
  return { id, kind, input: kind === 'message' ? input : null, waitedMs };
}

function limitsOf({ options }: ThreadEntry, limits: ThreadLimits): ThreadLimits {
  return options.ephemeral === true ? { ...limits, idleTimeoutMs: ephemeralIdleTimeoutMs } : limits;
}

/** Whether a turn waits that was never sent to Codex. */
function hasWaiting(entry: ThreadEntry): boolean {
  return [...entry.turns.values()].some((turn) => !turn.submitted);
}

function tellClosed({ threadId, watchers }: ThreadEntry): void {
  const tags: ReadonlySet<ThreadTag> = new Set(['closed']);
  tellWatchers(watchers, { value: 'closed', tags, threadId, queueLength: 0, turnId: null, recoveries: 0 });
}

function startErrorOf(started: ChildStart<Pid>): Error {
  if (!started.ok && started.error === 'start_error') {
    const error = errorOfExit(started.reason);
    if (error instanceof Error) return error;
  }
  return new ThreadClosedError(null, { cause: started });
}
