import type {
  DropReason,
  RunningThreadChart,
  SteerRequest,
  ThreadEffects,
  ThreadEvent,
} from '../../machines/thread-machine.ts';
import type { TurnOutcome } from '../../machines/turn-machine.ts';
import { QueueFullError, ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { PortExitError, RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import { turnStartParams, turnSteerParams } from '../../protocol/thread-options.ts';
import type { ActorContext, MonitorRef } from '../../supervisor/behaviour.ts';
import type { DownReason } from '../../supervisor/exit-reason.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { ThreadApprovals } from '../approvals/thread-approvals.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import { ThreadToolCalls } from '../tools/thread-tool-calls.ts';
import { PortAttachment } from './port-attachment.ts';
import type { PortSource } from './port-source.ts';
import { RunningTurn } from './running-turn.ts';
import type { ServerRequestPolicy } from './server-request-policy.ts';
import { type ThreadEntry, tellWatchers } from './thread-entry.ts';
import { openThread, recoverThread } from './thread-opening.ts';
import { ThreadTelemetry } from './thread-telemetry.ts';

/** How often opening or recovering starts over because the port died again meanwhile. */
export const openAttemptsMax = 5;

export interface ThreadShellOptions {
  readonly ports: PortSource;
  readonly entry: ThreadEntry;
  /** Makes what takes the approvals of the thread while it is attached to a port. */
  readonly approvals: (port: PortConnection, threadId: string) => ThreadApprovals;
  readonly serverRequests: ServerRequestPolicy;
  readonly queueLengthMax: number;
  readonly telemetry?: TelemetryBus | undefined;
  /** Milliseconds to wait for a live port, start or restart. */
  readonly portTimeoutMs: number;
  /** Why the whole tree is ending by itself; null while it is not. */
  readonly gaveUp: () => Error | null;
  /** Milliseconds for letting go of a Codex thread. */
  readonly releaseTimeoutMs: number;
  /** The thread has its id; called again when a thread that never became durable was replaced. */
  readonly onThreadId: (threadId: string) => void;
}

/**
 * The acting half of a ThreadActor: does on a port what the thread's chart decides, and tells the chart what came of it.
 *
 * It belongs to one incarnation; what must survive that is in the `ThreadEntry`.
 */
export class ThreadShell implements ThreadEffects {
  readonly #context: ActorContext<ThreadEvent>;
  readonly #options: ThreadShellOptions;
  readonly #entry: ThreadEntry;
  readonly #telemetry: ThreadTelemetry;
  #attachment: PortAttachment | null = null;
  #running: RunningTurn | null = null;
  #releaseHold: (() => void) | null = null;
  #portError: Error | null = null;
  #released = false;
  /** Gives the chart the answer to an effect. Not by a message: an actor that is being stopped takes none. */
  #tell: (event: ThreadEvent) => void = () => undefined;

  constructor(context: ActorContext<ThreadEvent>, options: ThreadShellOptions) {
    this.#context = context;
    this.#options = options;
    this.#entry = options.entry;
    this.#telemetry = new ThreadTelemetry(options.telemetry, context.self.path, options.entry);
    context.signal.addEventListener('abort', () => this.#actorEnded(), { once: true });
    this.#entry.actor = context.self;
    this.#takeOver();
  }

  /** Snapshots hold the shell, and inspectors write snapshots down: it has nothing to show. */
  toJSON(): undefined {
    return undefined;
  }

  connect(chart: RunningThreadChart): void {
    this.#tell = (event) => chart.answer(event);
    const { watchers } = this.#entry;
    chart.watch((status) => {
      if (watchers.size > 0) tellWatchers(watchers, status());
    });
  }

  open(): void {
    this.#onPort(async (port) => {
      const threadId = await openThread(port, this.#entry, this.#attach, this.#context.clock);
      this.#telemetry.opened();
      return { type: 'thread.opened', threadId };
    });
  }

  recover(messageId: string): void {
    this.#onPort(async (port) => {
      const turn = { messageId, running: this.#running };
      const found = await recoverThread(port, this.#entry, turn, this.#attach);
      this.#telemetry.opened();
      const { verdict } = found;
      const turnId = 'turnId' in verdict ? verdict.turnId : null;
      this.#telemetry.turnReconciled(verdictNames[verdict.kind], turnId);
      return { type: 'thread.recovered', ...found };
    });
  }

  detach(reason?: DownReason): void {
    if (typeof reason === 'object' && 'error' in reason && reason.error instanceof Error) {
      this.#portError = reason.error;
      this.#telemetry.portLost(reason.error);
    }
    this.#attachment?.detach();
    this.#attachment = null;
    this.#letGo();
  }

  release(): void {
    this.#released = true;
    const released = () => this.#tell({ type: 'thread.released' });
    if (this.#attachment === null) {
      released();
      return;
    }
    const { port, threadId } = this.#attachment;
    const timeoutMs = this.#options.releaseTimeoutMs;
    port.request('thread/unsubscribe', { threadId }, { timeoutMs }).then(released, released);
  }

  submit(messageId: string): void {
    const turn = this.#entry.turns.get(messageId);
    if (turn === undefined || this.#attachment === null) return;
    const { port, threadId } = this.#attachment;
    turn.submitted = true;
    this.#telemetry.turnSubmitted(this.#context.clock.now() - turn.askedAtMs);
    turn.sink.threadStarted(threadId, true);
    const running: RunningTurn = new RunningTurn(
      turn,
      this.#telemetry.itemsOf(() => running.turnId),
    );
    this.#running = running;
    this.#releaseHold ??= port.hold();
    port.request('turn/start', turnStartParams(threadId, turn.request)).then(
      (answer) => this.#tell({ type: 'turn.accepted', messageId, turnId: answer.turn.id }),
      (error: Error) => this.#submissionFailed(messageId, error),
    );
  }

  interrupt(_messageId: string, turnId: string): void {
    if (this.#attachment === null) return;
    const { port, threadId } = this.#attachment;
    port.request('turn/interrupt', { threadId, turnId }).catch((error: unknown) => {
      // A refusal means that the turn has just ended: its end is on the way, or else the chart's deadline decides.
      if (PortExitError.isInstance(error)) this.#tell({ type: 'port.unresponsive' });
    });
  }

  settle(messageId: string, outcome: TurnOutcome): void {
    const turn = this.#entry.turns.get(messageId);
    const running = this.#running;
    this.#running = null;
    this.#letGo();
    if ('turnId' in outcome && outcome.turnId !== null) this.#entry.lastKnownTurnId = outcome.turnId;
    if (turn === undefined) return;
    const result = outcome.kind === 'ended' ? (running?.result ?? null) : null;
    const error = result === null ? this.#errorOf(outcome) : result.error;
    this.#telemetry.turnEnded({ outcome, usage: result?.usage ?? null, error });
    // When all is given up, the directory tells every waiter once the tree has ended: their next turn finds a new one.
    if (result === null && this.#options.gaveUp() !== null) return;
    this.#entry.turns.delete(messageId);
    if (result === null || running === null) turn.sink.abandon(error ?? this.#errorOf(outcome));
    else running.settle();
  }

  drop(messageId: string, reason: DropReason): void {
    if (this.#options.gaveUp() !== null) return;
    const turn = this.#entry.turns.get(messageId);
    this.#entry.turns.delete(messageId);
    turn?.sink.abandon(this.#dropError(reason));
  }

  steer(turnId: string | null, { input, replyTo }: SteerRequest): void {
    if (turnId === null || this.#attachment === null) {
      replyTo?.reply({ kind: 'no_active_turn' });
      return;
    }
    const { port, threadId } = this.#attachment;
    port.request('turn/steer', turnSteerParams(threadId, turnId, input)).then(
      () => replyTo?.reply({ kind: 'accepted', turnId }),
      (error: unknown) => replyTo?.fail(error),
    );
  }

  closedError(): Error {
    return this.#options.gaveUp() ?? new ThreadClosedError(this.#entry.threadId);
  }

  #actorEnded(): void {
    this.detach();
    const crashed = new Error('The actor of the thread ended before it had let go of the thread.');
    this.#telemetry.ended(this.#released ? undefined : crashed);
  }

  /** After a crash of this actor: what was with Codex is reported, what had only waited waits again. */
  #takeOver(): void {
    for (const [messageId, turn] of this.#entry.turns) {
      if (turn.submitted) {
        this.#entry.turns.delete(messageId);
        turn.sink.abandon(this.#interrupted('turn_cut_off', null));
      } else this.#context.cast(this.#context.self, { type: 'turn.run', messageId });
    }
  }

  /** Runs `work` on a live port, over again when the port dies under it, and tells the chart what it returns. */
  #onPort(work: (port: PortConnection) => Promise<ThreadEvent>): void {
    this.#tryOnPort(work).then(
      (event) => this.#tell(event),
      (error: Error) => this.#tell({ type: 'thread.openFailed', error }),
    );
  }

  async #tryOnPort(work: (port: PortConnection) => Promise<ThreadEvent>): Promise<ThreadEvent> {
    for (let attempt = 1; ; attempt += 1) {
      const { portTimeoutMs, ports } = this.#options;
      const port = await ports.acquire({ timeoutMs: portTimeoutMs, signal: this.#context.signal });
      const release = port.hold();
      try {
        return await work(port);
      } catch (error) {
        if (!PortExitError.isInstance(error) || attempt >= openAttemptsMax) throw error;
        this.#portError = error;
        this.detach();
      } finally {
        release();
      }
    }
  }

  readonly #attach = (port: PortConnection, threadId: string): PortAttachment => {
    this.detach();
    const monitor: MonitorRef = this.#context.monitor(port.address);
    const listener = {
      notified: (notification: PortNotification) => this.#notified(notification),
      unloaded: () => this.#tell({ type: 'thread.unloaded' }),
    };
    const onDetach = () => this.#context.demonitor(monitor);
    const { approvals, serverRequests } = this.#options;
    const tools = new ThreadToolCalls(this.#context, this.#entry.tools);
    const answers = { approvals: approvals(port, threadId), tools, serverRequests };
    this.#attachment = new PortAttachment(port, threadId, listener, answers, onDetach);
    this.#options.onThreadId(threadId);
    return this.#attachment;
  };

  #notified(notification: PortNotification): void {
    const running = this.#running;
    const ended = running?.accept(notification);
    if (running && ended) this.#tell({ type: 'turn.ended', messageId: running.messageId, ...ended });
  }

  #submissionFailed(messageId: string, error: Error): void {
    if (PortExitError.isInstance(error)) {
      // The monitor tells the chart; what became of the turn is to be read from the resumed thread.
      this.#portError = error;
    } else if (RequestTimeoutError.isInstance(error)) this.#tell({ type: 'port.unresponsive' });
    else this.#tell({ type: 'turn.refused', messageId, error });
  }

  #letGo(): void {
    this.#releaseHold?.();
    this.#releaseHold = null;
  }

  #errorOf(outcome: TurnOutcome): Error {
    switch (outcome.kind) {
      case 'refused':
      case 'lost':
        return outcome.error;
      case 'cut_off':
        return this.#interrupted('turn_cut_off', outcome.turnId);
      case 'gave_up':
        return this.#portError ?? this.#interrupted('turn_cut_off', null);
      case 'ended':
      case 'unresponsive':
        return this.#interrupted('turn_interrupted', outcome.turnId);
      case 'withdrawn':
        return this.#interrupted('turn_interrupted', null);
    }
  }

  #dropError(reason: DropReason): Error {
    switch (reason.kind) {
      case 'interrupted':
        return this.#interrupted('turn_interrupted', null);
      case 'queue_full':
        return new QueueFullError('Turns of the thread', this.#options.queueLengthMax);
      case 'closed':
        return this.closedError();
      case 'not_opened':
        return reason.error;
    }
  }

  #interrupted(code: 'turn_interrupted' | 'turn_cut_off', turnId: string | null): Error {
    const facts = { threadId: this.#entry.threadId, turnId };
    const cause = code === 'turn_cut_off' ? this.#portError : null;
    return new TurnInterruptedError(code, facts, cause === null ? undefined : { cause });
  }
}

const verdictNames = { deliver: 'delivered', cut_off: 'cut_off', resubmit: 'resubmitted' } as const;
