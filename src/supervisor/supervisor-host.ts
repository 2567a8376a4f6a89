import type { ChildRecord } from './child-record.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Process } from './process.ts';
import type { Runtime } from './runtime.ts';
import type { StartOutcome } from './supervisor-effects.ts';
import type { SupervisorReport } from './supervisor-report.ts';

/** A report with the path of the supervisor that made it. */
export type ReportOfSupervisor = SupervisorReport & { readonly supervisor: string };

/** What the supervisors of one system share. */
export interface SupervisorHost {
  readonly runtime: Runtime;
  /** Takes the reports; must not throw. */
  report(report: ReportOfSupervisor): void;
  /** Starts a child of `parent` at `path`. */
  start(
    parent: Process,
    child: ChildRecord<Process>,
    path: string,
  ): StartOutcome<Process> | Promise<StartOutcome<Process>>;
  readonly observer: SupervisorObserver | undefined;
}

/** Told of the turning points of each supervisor's life, as they happen. */
export interface SupervisorObserver {
  /** Before its first child starts. */
  starting(supervisor: Process): void;
  /** All its children are handled. */
  started(supervisor: Process): void;
  /** A child failed, and those before it have been stopped. */
  startFailed(supervisor: Process, reason: ExitReason): void;
  /** Before its first child is stopped. Not told of a failed start or a kill. */
  stopping(supervisor: Process, reason: ExitReason): void;
}
