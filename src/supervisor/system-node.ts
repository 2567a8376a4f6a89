import type { ChildRecord } from './child-record.ts';
import type { Clock } from './clock.ts';
import type { Inspector } from './inspection.ts';
import type { Process } from './process.ts';
import type { ProcessReport } from './process-report.ts';
import { Runtime } from './runtime.ts';
import { spawnChild } from './spawn-child.ts';
import type { StartOutcome } from './supervisor-effects.ts';
import type { ReportOfSupervisor, SupervisorHost, SupervisorObserver } from './supervisor-host.ts';

/** What supervisors and the runtime have to say. */
export type SystemReport = ReportOfSupervisor | ProcessReport;

export interface SystemNodeOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly onReport: ((report: SystemReport) => void) | undefined;
  readonly inspect: Inspector | undefined;
  readonly observer: SupervisorObserver | undefined;
}

/** What the supervisors of one system share, and what its owner needs besides. */
export class SystemNode implements SupervisorHost {
  readonly runtime: Runtime;
  readonly observer: SupervisorObserver | undefined;
  /** The report with which the root supervisor gave up. */
  gaveUp: ReportOfSupervisor | undefined = undefined;
  readonly #onReport: ((report: SystemReport) => void) | undefined;

  constructor(options: SystemNodeOptions) {
    const { name, clock } = options;
    this.#onReport = options.onReport;
    this.observer = options.observer;
    this.runtime = new Runtime({ name, clock, onReport: options.onReport, inspect: options.inspect });
  }

  report(report: ReportOfSupervisor): void {
    if (report.context === 'shutdown' && report.supervisor === this.runtime.name) this.gaveUp = report;
    try {
      this.#onReport?.(report);
    } catch {
      // A listener that throws must not end the supervisor it is told about.
    }
  }

  start(
    parent: Process,
    child: ChildRecord<Process>,
    path: string,
  ): StartOutcome<Process> | Promise<StartOutcome<Process>> {
    return spawnChild(this, parent, child, path);
  }
}
