import type { ThreadGoal } from './app-server.ts';
import { isRecord, numberOr, stringOr, type Unread, unread } from './unread.ts';

/** Characters that Codex takes as the objective of a goal, without the space around it. */
export const objectiveCharsMax = 4_000;

/** Where a goal stands: Codex's words, and `cleared` for one that is no more. */
export type GoalStatus =
  | 'active'
  | 'paused'
  | 'blocked'
  | 'usageLimited'
  | 'budgetLimited'
  | 'complete'
  | 'cleared';

/** A goal that Codex pursues by itself, turn after turn. */
export interface Goal {
  readonly objective: string;
  readonly status: GoalStatus;
  /** Null where it has none. */
  readonly tokenBudget: number | null;
  /** Input that was not cached, and output. */
  readonly tokensUsed: number;
  readonly timeUsedSeconds: number;
}

const statuses: readonly string[] = [
  'active',
  'paused',
  'blocked',
  'usageLimited',
  'budgetLimited',
  'complete',
] satisfies GoalStatus[];

/** What Codex says of a goal. A status that a newer Codex adds counts as `blocked`: it is not known to go on. Null for no goal. */
export function goalOf(value: unknown): Goal | null {
  if (!isRecord(value)) return null;
  const goal: Unread<ThreadGoal> = unread(value);
  return {
    objective: stringOr(goal.objective, ''),
    status: isStatus(goal.status) ? goal.status : 'blocked',
    tokenBudget: numberOr(goal.tokenBudget, null),
    tokensUsed: numberOr(goal.tokensUsed, 0),
    timeUsedSeconds: numberOr(goal.timeUsedSeconds, 0),
  };
}

function isStatus(value: unknown): value is GoalStatus {
  return typeof value === 'string' && statuses.includes(value);
}
