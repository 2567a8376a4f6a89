import { CodexError } from './codex-error.ts';

/** How a goal stands that is not pursued any more, though it is not complete. */
export type StoppedGoalStatus = 'blocked' | 'usageLimited' | 'paused' | 'cleared';

/** A goal is not pursued any more, and is not complete. Code `goal_stopped`; `status` says how it stands. */
export class GoalStoppedError extends CodexError {
  static override readonly kind: string = 'GoalStoppedError';
  readonly status: StoppedGoalStatus;

  constructor(status: StoppedGoalStatus, options?: { readonly cause?: unknown }) {
    super('goal_stopped', explanations[status], options);
    this.status = status;
  }
}

const explanations: Readonly<Record<StoppedGoalStatus, string>> = {
  blocked: 'The model says that it cannot go on with the goal. Read its last message, then set another goal.',
  usageLimited: 'The goal stopped because the usage of the account is spent. Go on when it is there again.',
  paused: 'Somebody paused the goal. Run it again to go on.',
  cleared: 'Somebody cleared the goal. Run it again to begin anew.',
};
