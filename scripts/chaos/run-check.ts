import type { AutoRunResult } from '../../src/index.ts';
import type { PlannedEnding, RunPlan } from './thread-plan.ts';

/** How a run may end by its plan. What is cancelled can have been cut off a moment before, and have gone on. */
const acceptedEndings: Readonly<Record<PlannedEnding, readonly AutoRunResult['status'][]>> = {
  done: ['done'],
  failed: ['failed'],
  exhausted: ['exhausted'],
  interrupted: ['interrupted'],
  cancelled: ['interrupted', 'done'],
};

/** Whether a run ended because the tree was given up, as any run may. */
export function wasGivenUp(run: AutoRunResult): boolean {
  return run.status === 'failed' && 'code' in run.error && run.error.code === 'codex_gave_up';
}

/** What is wrong with the result of a run, in words. */
export function runViolations({ ending }: RunPlan, run: AutoRunResult): readonly string[] {
  const { attempts, eventsDropped, status, turns, usage } = run;
  const completed = attempts.filter((attempt) => attempt.status === 'completed').length;
  const input = attempts.reduce((sum, attempt) => sum + attempt.usage.input_tokens, 0);
  const told = status === 'done' ? '' : `: ${run.error.message}`;
  return [
    ...(acceptedEndings[ending].includes(status) || wasGivenUp(run)
      ? []
      : [`it was to be ${ending} and is ${status}${told}`]),
    ...(completed === turns ? [] : [`${turns} turns completed, and ${completed} attempts`]),
    ...(input === usage.input_tokens ? [] : [`it took ${usage.input_tokens} tokens, its attempts ${input}`]),
    ...(eventsDropped === 0 ? [] : [`${eventsDropped} events were dropped`]),
    ...(status === 'exhausted' && run.limit !== 'maxTurns' ? [`its limit was ${run.limit}`] : []),
  ];
}
