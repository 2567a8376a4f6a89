import type {
  DropReason,
  RunningThreadChart,
  SteerRequest,
  ThreadEffects,
  ThreadEvent,
} from '../../machines/thread-machine.ts';
import type { TurnOutcome } from '../../machines/turn-machine.ts';
import { ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { PortExitError, RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import type { ActorContext } from '../../supervisor/behaviour.ts';
import type { DownReason } from '../../supervisor/exit-reason.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import { GoalTurn } from './goal-turn.ts';
import type { GoalRequest } from './goal-watch.ts';
import { type OpenOperation, performOperation, settleOperation } from './open-operation.ts';
import { RetryLedger, type RetryRules } from './retry-ledger.ts';
import { RunningTurn } from './running-turn.ts';
import { SubmissionWatch } from './submission-watch.ts';
import { type OpenTurn, type ThreadEntry, tellWatchers } from './thread-entry.ts';
import { openThread, recoverThread } from './thread-opening.ts';
import { ThreadPort, type ThreadPortOptions } from './thread-port.ts';
import { ThreadTelemetry } from './thread-telemetry.ts';
import { dropError, type FailureFacts, interrupted, outcomeError } from './turn-failures.ts';
import { TurnRetries } from './turn-retries.ts';
import { interruptTurn, steerTurn, submitInDoubt } from './turn-submission.ts';
import { isUnread, noteUnread } from './unread-turn.ts';

export interface ThreadShellOptions extends ThreadPortOptions {
  readonly entry: ThreadEntry;
  readonly queueLengthMax: number;
  /** By what rules a failed turn is tried again; null: not at all. */
  readonly retries: RetryRules | null;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  readonly telemetry?: TelemetryBus | undefined;
  /** Why the whole tree is ending by itself; null while it is not. */
  readonly gaveUp: () => Error | null;
  /** Milliseconds for letting go of a Codex thread. */
  readonly releaseTimeoutMs: number;
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
  readonly #port: ThreadPort;
  readonly #retries: TurnRetries;
  readonly #submission: SubmissionWatch;
  /** Counts what was asked to be submitted, and what came to its end: the failure of an earlier one says nothing of the present one. */
  #submissions = 0;
  /** The last port that did not answer in time, and which request. */
  #silence: { readonly port: PortConnection; readonly error: Error } | null = null;
  #running: RunningTurn | null = null;
  /** Acts for the running turn when that pursues a goal. */
  #goal: GoalTurn | null = null;
  #released = false;
  /** Gives the chart the answer to an effect. Not by a message: an actor that is being stopped takes none. */
  #tell: (event: ThreadEvent) => void = () => undefined;

  constructor(context: ActorContext<ThreadEvent>, options: ThreadShellOptions) {
    this.#context = context;
    this.#options = options;
    this.#entry = options.entry;
    this.#telemetry = new ThreadTelemetry(options.telemetry, context.self.path, options.entry);
    this.#port = new ThreadPort(context, options, options.entry.tools, {
      notified: (notification) => this.#notified(notification),
      unloaded: () => this.#tell({ type: 'thread.unloaded' }),
    });
    const { retries, random } = options;
    const ledger = retries === null ? null : new RetryLedger(retries, context.clock, random);
    this.#retries = new TurnRetries(ledger, this.#telemetry, context.clock, (messageId) =>
      this.#tell({ type: 'turn.interrupt', messageId }),
    );
    this.#submission = new SubmissionWatch(options.entry, context.clock, options.serverRequests);
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
      await this.#submission.mustWait;
      const threadId = await openThread(port, this.#entry, this.#port.attach, this.#context.clock);
      this.#telemetry.opened();
      return { type: 'thread.opened', threadId };
    });
  }

  recover(messageId: string): void {
    this.#onPort(async (port) => {
      await this.#submission.mustWait;
      const open = this.#entry.turns.get(messageId);
      const operation = open?.kind === 'operation' ? open : null;
      const silence = this.#silence?.port === port ? this.#silence.error : null;
      const turn = { messageId, running: this.#running, operation, silence };
      const found = await recoverThread(port, this.#entry, turn, this.#port.attach, this.#context.clock);
      this.#telemetry.opened();
      this.#telemetry.turnReconciled(found.verdict);
      return { type: 'thread.recovered', ...found };
    });
  }

  detach(reason?: DownReason): void {
    if (typeof reason === 'object' && 'error' in reason && reason.error instanceof Error) {
      this.#port.error = reason.error;
      this.#telemetry.portLost(reason.error);
    }
    this.#retries.over();
    this.#port.detach();
    this.#submission.detached();
  }

  release(): void {
    this.#released = true;
    const released = () => this.#tell({ type: 'thread.released' });
    const asked = this.#port.unsubscribe(this.#options.releaseTimeoutMs);
    if (asked === null) released();
    else asked.then(released, released);
  }

  submit(messageId: string): void {
    const turn = this.#entry.turns.get(messageId);
    const { attachment } = this.#port;
    if (turn === undefined || attachment === null) return;
    const { port, threadId } = attachment;
    this.#port.hold();
    this.#submissions += 1;
    const submission = this.#submissions;
    const before = this.#submission.mustWait;
    if (before !== null) {
      void before.then(() => submission === this.#submissions && this.submit(messageId));
      return;
    }
    if (turn.kind === 'operation') {
      performOperation(turn, messageId, attachment, {
        tell: this.#tell,
        failed: (error) => this.#submissionFailed(messageId, error, submission),
      });
      return;
    }
    turn.submitted = true;
    this.#entry.begun = true;
    const queuedMs = this.#context.clock.now() - turn.askedAtMs;
    this.#telemetry.turnSubmitted(queuedMs, turn.request.attachments);
    turn.sink.threadStarted(threadId, true);
    const running = this.#goOn(messageId) ?? this.#begin(turn);
    this.#running = running;
    turn.running = running;
    if (turn.request.goal !== undefined) {
      this.#pursue(turn.request.goal, running, port, threadId);
      return;
    }
    const doubt = { fates: this.#entry.fates, facts: this.#facts };
    const answer = submitInDoubt(attachment, turn.request, running.isContinuation, doubt);
    this.#submission.sent({ port, threadId, answer });
    answer.then(
      (turnId) => {
        if (turnId !== null) this.#tell({ type: 'turn.accepted', messageId, turnId });
      },
      (error: Error) => this.#submissionFailed(messageId, error, submission),
    );
  }

  interrupt(_messageId: string, turnId: string): void {
    const { attachment } = this.#port;
    const id = this.#running === null ? turnId : this.#running.interrupted(turnId);
    if (this.#goal !== null) this.#goal.interrupt();
    if (attachment === null || id === null || this.#goal !== null) return;
    interruptTurn(attachment, id).catch((error: unknown) => {
      // A refusal means that the turn has just ended: its end is on the way, or else the chart's deadline decides.
      if (PortExitError.isInstance(error)) this.#tell({ type: 'port.unresponsive' });
    });
  }

  settle(messageId: string, outcome: TurnOutcome): void {
    const turn = this.#entry.turns.get(messageId);
    const running = this.#running;
    this.#running = null;
    this.#submissions += 1;
    if (outcome.kind === 'lost' && isUnread(outcome.error) && running !== null)
      noteUnread(this.#entry, running);
    this.#retries.over();
    this.#endGoal(outcome);
    this.#submission.over();
    this.#port.letGo();
    if (turn?.kind === 'operation') {
      this.#settleOperation(messageId, turn, outcome);
      return;
    }
    if ('turnId' in outcome && outcome.turnId !== null) this.#entry.lastKnownTurnId = outcome.turnId;
    if (turn === undefined) return;
    const result = outcome.kind === 'ended' ? (running?.result ?? null) : null;
    const error = result === null ? outcomeError(outcome, this.#facts) : result.error;
    this.#telemetry.turnEnded({ outcome, usage: result?.usage ?? null, error });
    // When all is given up, the directory tells every waiter once the tree has ended: their next turn finds a new one.
    if (result === null && this.#options.gaveUp() !== null) return;
    this.#entry.turns.delete(messageId);
    if (result === null || running === null) turn.sink.abandon(error ?? outcomeError(outcome, this.#facts));
    else running.settle();
  }

  drop(messageId: string, reason: DropReason): void {
    if (this.#options.gaveUp() !== null) return;
    const turn = this.#entry.turns.get(messageId);
    this.#entry.turns.delete(messageId);
    turn?.sink.abandon(dropError(reason, this.#facts));
  }

  steer(turnId: string | null, request: SteerRequest): void {
    steerTurn(this.#port.attachment, turnId, request);
  }

  closedError(): Error {
    return this.#options.gaveUp() ?? new ThreadClosedError(this.#entry.threadId);
  }

  #actorEnded(): void {
    // After a crash nothing is settled: what waits for a time of its own must not act for the next incarnation.
    this.#retries.over();
    const { attachment } = this.#port;
    if (this.#running !== null && attachment !== null)
      this.#submission.abandoned(attachment, this.#running.turnId, this.#goal?.quiet);
    this.#goal?.close();
    this.#port.detach();
    this.#submission.detached();
    const crashed = new Error('The actor of the thread ended before it had let go of the thread.');
    this.#telemetry.ended(this.#released ? undefined : crashed);
  }

  /** After a crash of this actor: what was with Codex is reported, what had only waited waits again. */
  #takeOver(): void {
    for (const [messageId, turn] of this.#entry.turns) {
      if (turn.submitted) {
        this.#entry.turns.delete(messageId);
        // The next opening of the thread finds out what became of it.
        if (turn.kind === 'turn' && turn.running !== null) noteUnread(this.#entry, turn.running);
        turn.sink.abandon(interrupted('turn_cut_off', null, this.#facts));
      } else this.#context.cast(this.#context.self, { type: 'turn.run', messageId });
    }
  }

  /** Runs `work` on a live port, over again when the port dies under it, and tells the chart what it returns. */
  #onPort(work: (port: PortConnection) => Promise<ThreadEvent>): void {
    this.#port.onPort(work).then(
      (event) => this.#tell(event),
      (error: Error) => this.#tell({ type: 'thread.openFailed', error }),
    );
  }

  #notified(notification: PortNotification): void {
    this.#submission.notified(notification);
    const running = this.#running;
    if (running === null) return;
    const isUnnamed = running.turnId === null;
    const ended = running.accept(notification);
    this.#goal?.noticed();
    if (isUnnamed && running.goal === null && running.turnId !== null) this.#begun(running);
    const { interruptLater } = running;
    if (interruptLater !== null) this.interrupt(running.messageId, interruptLater);
    this.#retries.noticed(running, notification);
    if (ended !== undefined) {
      this.#entry.lastKnownTurnId = ended.turnId;
      this.#tell(this.#retries.ended(running, ended));
    }
  }

  /** Codex tells the turn's id also where it does not answer with it, or not yet. */
  #begun({ messageId, turnId }: RunningTurn): void {
    this.#submission.named();
    if (turnId !== null) this.#tell({ type: 'turn.accepted', messageId, turnId });
  }

  #pursue(request: GoalRequest, running: RunningTurn, port: PortConnection, threadId: string): void {
    const { goal, messageId } = running;
    if (goal === null) return;
    this.#entry.pursuesGoal = true;
    const submission = this.#submissions;
    const newest = () => running.turnId ?? this.#entry.lastKnownTurnId ?? '';
    this.#goal = new GoalTurn({
      port,
      threadId,
      messageId,
      request,
      goal,
      turnId: () => running.turnId,
      clock: this.#context.clock,
      tell: (event) => this.#tell(event),
      ended: () => {
        running.endGoal();
        this.#tell({ type: 'turn.ended', messageId, turnId: newest(), status: 'completed' });
      },
      failed: (error) => this.#submissionFailed(messageId, error, submission),
    });
    this.#goal.start();
    const { answer, quiet } = this.#goal;
    this.#submission.sent({ port, threadId, answer, quiet, isFollowed: true });
  }

  /** A goal that may still be active, as after a crash, is paused before the thread is opened again. */
  #endGoal({ kind }: TurnOutcome): void {
    if (this.#goal?.close() === true && kind === 'ended') this.#entry.pursuesGoal = false;
    this.#goal = null;
  }

  /** The turn that runs already, when this is another try of it. */
  #goOn(messageId: string): RunningTurn | null {
    const running = this.#running;
    return running?.messageId === messageId && running.goOn() ? running : null;
  }

  #begin(turn: OpenTurn): RunningTurn {
    const items = this.#telemetry.itemsOf(() => running.turnId);
    const running: RunningTurn = new RunningTurn(turn, items, this.#retries.isOn);
    return running;
  }

  #settleOperation(messageId: string, operation: OpenOperation, outcome: TurnOutcome): void {
    if (outcome.kind !== 'refused' && outcome.kind !== 'ended' && this.#options.gaveUp() !== null) return;
    this.#entry.turns.delete(messageId);
    settleOperation(operation, outcome, this.#facts);
  }

  #submissionFailed(messageId: string, error: Error, submission: number): void {
    if (submission !== this.#submissions) return;
    // The monitor tells the chart; what became of the turn is to be read from the resumed thread.
    if (PortExitError.isInstance(error)) this.#port.error = error;
    else if (RequestTimeoutError.isInstance(error)) this.#unanswered(error);
    else this.#tell({ type: 'turn.refused', messageId, error });
  }

  #unanswered(error: Error): void {
    const { attachment } = this.#port;
    // A turn that has begun is followed, whether Codex has answered or not.
    if (attachment === null || (this.#running?.goal === null && this.#running.turnId !== null)) return;
    this.#port.error = error;
    this.#silence = { port: attachment.port, error };
    this.#submission.over();
    this.#tell({ type: 'port.unresponsive' });
  }

  get #facts(): FailureFacts {
    return {
      threadId: this.#entry.threadId,
      portError: this.#port.error,
      denialOf: (turnId) => this.#port.attachment?.denialOf(turnId) ?? null,
      closedError: () => this.closedError(),
      queueLengthMax: this.#options.queueLengthMax,
    };
  }
}
