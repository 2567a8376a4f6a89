import type { ThreadEvent } from '../../machines/thread-machine.ts';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { operationFailure } from '../../protocol/errors/operation-failure.ts';
import { RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import { RpcError } from '../../protocol/errors/rpc-errors.ts';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import { pauseGoal, startGoal } from './goal-requests.ts';
import type { GoalRequest, GoalWatch } from './goal-watch.ts';

/** Milliseconds that Codex has to begin the first turn of a goal. */
export const goalStartTimeoutMs = 30_000;

export interface GoalTurnOptions {
  readonly port: PortConnection;
  readonly threadId: string;
  readonly messageId: string;
  readonly request: GoalRequest;
  readonly goal: GoalWatch;
  /** The turn of Codex's that runs; null between two. */
  readonly turnId: () => string | null;
  readonly clock: Clock;
  readonly tell: (event: ThreadEvent) => void;
  /** The goal is not to be pursued any more, and no turn began. */
  readonly ended: () => void;
  readonly failed: (error: Error) => void;
}

/** Acts for a turn that pursues a goal: sets it, tells the chart of each turn that Codex begins for it, and pauses it when it is to end. */
export class GoalTurn {
  readonly #options: GoalTurnOptions;
  #timer: TimerHandle | null = null;
  #turnId: string | null = null;
  #isInterrupted = false;
  #answer: Promise<null> = Promise.resolve(null);
  #isClosed = false;

  constructor(options: GoalTurnOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, ended, failed, goal, port, request, threadId } = this.#options;
    this.#timer = clock.setTimer(goalStartTimeoutMs, () => {
      void this.#pause();
      failed(new RequestTimeoutError('thread/goal/set', goalStartTimeoutMs));
    });
    const started = startGoal(port, threadId, request, () => !this.#isClosed);
    this.#answer = started.then(() => null);
    started.then(
      (found) => {
        goal.take(found);
        if (!this.#isClosed && !goal.isOpen) this.#settled(ended);
      },
      (error: unknown) => this.#settled(() => failed(goalFailure(error, threadId))),
    );
  }

  /** Keeps Codex from beginning further turns. */
  readonly quiet = (): Promise<unknown> => pauseGoal(this.#options.port, this.#options.threadId);

  /** Settles once Codex has answered whether it pursues the goal. */
  get answer(): Promise<null> {
    return this.#answer;
  }

  /** The running turn has taken a notification: perhaps it is another one of Codex's by now. */
  noticed(): void {
    const { messageId, tell } = this.#options;
    const turnId = this.#options.turnId();
    if (turnId === null || turnId === this.#turnId) return;
    this.#stopTimer();
    this.#turnId = turnId;
    tell({ type: 'turn.accepted', messageId, turnId });
    if (this.#isInterrupted) this.#interruptTurn(turnId);
  }

  /** Ends it: the goal is paused before its turn is interrupted, or Codex would begin the next one. */
  interrupt(): void {
    this.#isInterrupted = true;
    const turnId = this.#options.turnId();
    void this.#pause().then(() => {
      if (turnId !== null) this.#interruptTurn(turnId);
    });
  }

  /**
   * It has come to its end, whatever that is: nothing of it must go on.
   *
   * @returns False when the goal was still active, and is only being paused.
   */
  close(): boolean {
    const { goal } = this.#options;
    this.#isClosed = true;
    this.#stopTimer();
    if (!goal.isOpen) return true;
    void this.#pause();
    goal.paused();
    return false;
  }

  /** A process that is gone pauses nothing: then the thread is opened again, which pauses the goal first. */
  async #pause(): Promise<void> {
    const { goal, port, threadId } = this.#options;
    if (!goal.isOpen) return;
    // Codex may have taken it without having answered yet.
    const paused = goal.isKnown
      ? port.request('thread/goal/set', { threadId, status: 'paused' })
      : pauseGoal(port, threadId);
    await paused.catch(() => undefined);
  }

  #interruptTurn(turnId: string): void {
    const { port, threadId } = this.#options;
    // A refusal means that the turn has just ended; the next one, if there is any, is told of by `noticed`.
    port.request('turn/interrupt', { threadId, turnId }).catch(() => undefined);
  }

  #settled(tell: () => void): void {
    this.#stopTimer();
    tell();
  }

  #stopTimer(): void {
    if (this.#timer !== null) this.#options.clock.cancelTimer(this.#timer);
    this.#timer = null;
  }
}

/** Codex says in words only that it knows of no goals, or not for this thread. */
function goalFailure(error: unknown, threadId: string): Error {
  if (RpcError.isInstance(error) && /goals feature is disabled/i.test(error.message))
    return new InvalidOptionError(
      'features.goals',
      false,
      'true for goals: the lean profile switches them off, and config: { features: { goals: true } } on again',
    );
  const failure = operationFailure(error, { operation: 'runGoal', threadId });
  return failure instanceof Error ? failure : new Error(String(failure));
}
