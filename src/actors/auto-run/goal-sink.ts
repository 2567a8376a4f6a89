import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import { GoalStoppedError } from '../../protocol/errors/goal-errors.ts';
import type { TurnCompletedEvent } from '../../protocol/exec-events.ts';
import type { Goal } from '../../protocol/goal.ts';
import { ForwardingSink } from '../forwarding-sink.ts';
import type { TurnSink } from '../turn-request.ts';

/** Stands before the reader of a turn that pursues a goal: the turn has completed only when the goal is complete. */
export class GoalSink extends ForwardingSink {
  readonly #goal: () => Goal | null;

  constructor(sink: TurnSink, goal: () => Goal | null) {
    super(sink);
    this.#goal = goal;
  }

  override complete(event: TurnCompletedEvent): void {
    const goal = this.#goal();
    if (goal?.status === 'complete') {
      super.complete(event);
      return;
    }
    this.usageReported(event.usage);
    this.abandon(stopOf(goal));
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
