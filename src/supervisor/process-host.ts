import type { Clock } from './clock.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ProcessReport } from './process-report.ts';
import type { RunQueue } from './run-queue.ts';

/** What a process needs of the runtime it lives in. */
export interface ProcessHost<Process> {
  readonly clock: Clock;
  readonly queue: RunQueue;
  /** Set once everything is to end by force: whoever ends then kills its children. */
  readonly forced: boolean;
  /** Set while somebody inspects. */
  readonly inspection: ProcessInspection<Process> | undefined;
  report(report: ProcessReport): void;
  /** The process is dead: its path and names are free again. */
  release(process: Process): void;
}

/** What an inspector is told by a process. */
export interface ProcessInspection<Process> {
  handled(process: Process, message: unknown): void;
  ended(process: Process, reason: ExitReason): void;
}
