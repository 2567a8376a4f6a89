import { SupervisionError } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ReportOfSupervisor } from './supervisor-host.ts';

/** The system could not be started: a child failed, and what had started before it has been stopped. Code `start_failed`. */
export class SystemStartError extends SupervisionError {
  readonly system: string;
  /** Why the root supervisor did not start. */
  readonly reason: ExitReason;

  constructor(system: string, reason: ExitReason) {
    super('start_failed', `The actor system "${system}" did not start: ${described(reason)}.`, {
      cause: causeOf(reason),
    });
    this.system = system;
    this.reason = reason;
  }
}

/**
 * The system has ended and takes no calls. Code `runtime_closed`. When it gave up because its children crashed too often,
 * `report` says so and names the last one.
 */
export class SystemStoppedError extends SupervisionError {
  readonly system: string;
  readonly report: ReportOfSupervisor | undefined;

  constructor(system: string, report: ReportOfSupervisor | undefined, cause?: unknown) {
    const why =
      report === undefined
        ? 'it was stopped. Start a new one'
        : `its child "${report.child.id}" crashed more often than maxRestarts allows. See the earlier reports for the crash`;
    super('runtime_closed', `The actor system "${system}" has ended: ${why}.`, { cause });
    this.system = system;
    this.report = report;
  }
}

/** The error deepest inside of a reason: what the child that failed has thrown. */
function causeOf(reason: unknown): unknown {
  if (typeof reason !== 'object' || reason === null) return reason;
  if ('error' in reason) return reason.error;
  if ('shutdown' in reason) return causeOf(reason.shutdown);
  return 'reason' in reason ? causeOf(reason.reason) : reason;
}

function described(reason: unknown, path: readonly string[] = []): string {
  if (typeof reason === 'object' && reason !== null) {
    if ('failedToStartChild' in reason && 'reason' in reason) {
      return described(reason.reason, [...path, String(reason.failedToStartChild)]);
    }
    if ('shutdown' in reason) return described(reason.shutdown, path);
  }
  const cause = causeOf(reason);
  const why = cause instanceof Error ? cause.message : String(cause);
  return path.length === 0 ? why : `its child "${path.join('/')}" failed to start (${why})`;
}
