import type { FinishedRun } from './lane.ts';
import { Tally } from './tally.ts';

/** Sums up the runs of a night in constant memory. */
export class RunFigures {
  readonly endings = new Tally();
  /** What attempts failed with. */
  readonly failures = new Tally();
  runs = 0;
  turns = 0;
  commands = 0;
  longestMs = 0;

  readonly add = (run: FinishedRun): void => {
    this.runs += 1;
    this.turns += run.turns;
    this.commands += run.commands;
    this.longestMs = Math.max(this.longestMs, run.durationMs);
    this.endings.add(run.ending);
    for (const code of run.failures) this.failures.add(code);
  };
}
