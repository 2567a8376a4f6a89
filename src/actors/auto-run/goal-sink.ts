import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import { GoalStoppedError } from '../../protocol/errors/goal-errors.ts';
import type { TurnCompletedEvent, TurnFailedEvent, Usage } from '../../protocol/exec-events.ts';
import type { Goal } from '../../protocol/goal.ts';
import type { PushedEvent } from '../turn-sink.ts';
import type { ItemDelta, TurnSink } from '../turn-transport.ts';

/** Stands before the reader of a turn that pursues a goal: the turn has completed only when the goal is complete. */
export class GoalSink implements TurnSink {
  readonly #sink: TurnSink;
  readonly #goal: () => Goal | null;

  constructor(sink: TurnSink, goal: () => Goal | null) {
    this.#sink = sink;
    this.#goal = goal;
  }

  get settled(): boolean {
    return this.#sink.settled;
  }

  get wantsDeltas(): boolean {
    return this.#sink.wantsDeltas;
  }

  threadStarted(threadId: string, isNew: boolean): void {
    this.#sink.threadStarted(threadId, isNew);
  }

  push(event: PushedEvent): void {
    this.#sink.push(event);
  }

  pushDelta(delta: ItemDelta): void {
    this.#sink.pushDelta(delta);
  }

  usageReported(usage: Usage): void {
    this.#sink.usageReported?.(usage);
  }

  complete(event: TurnCompletedEvent): void {
    const goal = this.#goal();
    if (goal?.status === 'complete') {
      this.#sink.complete(event);
      return;
    }
    this.#sink.usageReported?.(event.usage);
    this.#sink.abandon(stopOf(goal));
  }

  fail(event: TurnFailedEvent, error: Error): void {
    this.#sink.fail(event, error);
  }

  abandon(error: Error): void {
    this.#sink.abandon(error);
  }
}

function stopOf(goal: Goal | null): Error {
  switch (goal?.status) {
    case 'budgetLimited':
      return new LimitExceededError('tokenBudget', goal.tokenBudget ?? 0, goal.tokensUsed);
    case 'blocked':
    case 'usageLimited':
    case 'paused':
      return new GoalStoppedError(goal.status);
    default:
      return new GoalStoppedError('cleared');
  }
}
