import type { AutoRunPlan, PreparedTurn } from './actors/auto-run/auto-run-plan.ts';
import type { AutoRunResult } from './actors/auto-run/auto-run-result.ts';
import { GoalSink } from './actors/auto-run/goal-sink.ts';
import type { GoalRequest } from './actors/thread/goal-watch.ts';
import type { TurnControl } from './actors/turn-sink.ts';
import { type AutoRunOptions, autoRunPlan } from './auto-run.ts';
import { InvalidOptionError } from './protocol/errors/call-errors.ts';
import { type Goal, objectiveCharsMax } from './protocol/goal.ts';
import { checkOptionNames, type OptionNames } from './protocol/option-names.ts';

/** Options of a goal. */
export interface GoalRunOptions
  extends Pick<AutoRunOptions, 'maxAttempts' | 'deadlineMs' | 'backoff' | 'onEvent' | 'signal'> {
  /**
   * Tokens that Codex may spend on the goal, input that was not cached and output. It has none that is unlimited: Codex would go on for
   * ever. A whole number from 1.
   */
  readonly tokenBudget: number;
}

/** Every option of `runGoal`. */
export const goalRunOptionNames = {
  tokenBudget: 'own',
  maxAttempts: 'own',
  deadlineMs: 'own',
  backoff: 'own',
  onEvent: 'own',
  signal: 'own',
} as const satisfies OptionNames<GoalRunOptions>;

/** What `runGoal` resolves to: as `runAuto`, and how the goal stands. */
export type GoalRunResult = AutoRunResult & {
  /** As Codex last told of it; null when it never did. */
  readonly goal: Goal | null;
};

/**
 * Runs a goal as an auto-run of one turn: Codex begins one turn after the other by itself, and for those who follow they are one.
 *
 * @param turn Makes the turn of the thread, not started yet.
 * @throws InvalidOptionError naming the field and what may stand there. Nothing has been sent then.
 */
export async function runGoal(
  objective: string,
  options: GoalRunOptions,
  turn: (goal: GoalRequest) => PreparedTurn,
  run: (plan: AutoRunPlan) => Promise<AutoRunResult>,
): Promise<GoalRunResult> {
  const trimmed = checkedObjective(objective);
  const given = checkedOptions(options);
  const { tokenBudget } = given;
  let goal: Goal | null = null;
  const attempt = (resume: boolean): PreparedTurn => {
    const request = {
      objective: trimmed,
      tokenBudget,
      resume,
      changed: (changed: Goal) => {
        goal = changed;
      },
    };
    const { id, control } = turn(request);
    const followed: TurnControl = {
      start: (sink) => control.start(new GoalSink(sink, () => goal)),
      interrupt: () => control.interrupt(),
    };
    return { id, control: followed };
  };
  const plan = planOf(trimmed, given, attempt);
  const result = await run(plan);
  return { ...result, goal };
}

/** The budget is Codex's to keep: a turn that crosses it ends the goal, and is let finish. */
function planOf(
  objective: string,
  options: GoalRunOptions,
  attempt: (resume: boolean) => PreparedTurn,
): AutoRunPlan {
  const { tokenBudget, maxAttempts, deadlineMs, backoff, onEvent, signal } = options;
  const given = { tokenBudget, maxAttempts, deadlineMs, backoff, onEvent, signal };
  const ofRun: AutoRunOptions = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const plan = autoRunPlan(objective, { ...ofRun, maxTurns: 1 }, () => attempt(false));
  return {
    ...plan,
    limits: { ...plan.limits, tokenBudget: null },
    // An attempt that is given its input again begins the goal anew; another one goes on with what Codex has of it.
    turn: ({ given: isGiven, doubt }) => attempt(!isGiven || doubt !== undefined),
  };
}

function checkedOptions(options: GoalRunOptions): GoalRunOptions {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError('options', options, 'an object with a tokenBudget');
  checkOptionNames('runGoal', options, goalRunOptionNames);
  if (options.tokenBudget === undefined)
    throw new InvalidOptionError(
      'tokenBudget',
      undefined,
      'a whole number: a goal without a budget goes on for ever',
    );
  return options;
}

function checkedObjective(objective: unknown): string {
  const trimmed = typeof objective === 'string' ? objective.trim() : '';
  const { length } = [...trimmed];
  if (length > 0 && length <= objectiveCharsMax) return trimmed;
  throw new InvalidOptionError(
    'objective',
    objective,
    `a text of 1 to ${objectiveCharsMax.toLocaleString('en')} characters`,
  );
}
