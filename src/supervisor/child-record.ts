import type { ChildSpec } from './checked-spec.ts';
import type { ReportedChild } from './supervisor-report.ts';

/** What a supervisor keeps of one child: its spec and where it stands. */
export interface ChildRecord<Process extends object> {
  spec: ChildSpec;
  /** Last part of the child's path; it stays the same over restarts. */
  readonly name: string;
  /** The live process; `restarting` while a failed restart waits to be tried again; undefined when the child is at rest. */
  process: Process | 'restarting' | undefined;
  /** The process it had last, by which callers of a dynamic supervisor know it. */
  last: Process | undefined;
}

/** The process of a child, if it has one. */
export function processOf<Process extends object>(child: ChildRecord<Process>): Process | undefined {
  return child.process === 'restarting' ? undefined : child.process;
}

/** The part of a child's spec that reports carry. */
export function reported(spec: ChildSpec): ReportedChild {
  return { id: spec.id, restart: spec.restart, shutdown: spec.shutdown, type: spec.type };
}
