import type { DownReason, ExitReason } from '../supervisor/exit-reason.ts';
import type { ProcessReport } from '../supervisor/process-report.ts';
import type { SupervisorReport } from '../supervisor/supervisor-report.ts';
import type { ErrorSummary } from './error-summary.ts';
import type { OrderlyReason } from './events.ts';
import type { Span } from './span.ts';
import type { TelemetryBus } from './telemetry-bus.ts';

/** How many running supervisors one instance times; beyond it, the end of the one that started first goes untold. */
export const supervisorsWatchedMax = 10_000;

/** The supervisor that something is told of; only its address is read. */
interface Addressed {
  readonly path: string;
}

/**
 * Turns what supervisors and the actors' runtime tell into telemetry events: the observer and the taker of reports of one system.
 *
 * ```ts
 * const events = new SupervisorEvents(bus);
 * await ActorSystem.start({ observer: events, onReport: (report) => events.report(report), children });
 * ```
 */
export class SupervisorEvents {
  readonly #bus: TelemetryBus;
  /** The span of each running supervisor, by path. */
  readonly #spans = new Map<string, Span>();

  constructor(bus: TelemetryBus) {
    this.#bus = bus;
  }

  /** A supervisor is about to start its first child. */
  starting({ path }: Addressed): void {
    const span = this.#bus.span();
    this.#spans.set(path, span);
    this.#forgetBeyondMax();
    this.#bus.publish('supervisor.start', () => ({ ...span.opened(), path }));
  }

  /** All its children are handled. */
  started({ path }: Addressed): void {
    const span = this.#spans.get(path);
    if (span === undefined) return;
    this.#bus.publish('supervisor.ready', () => ({ path, startupMs: span.durationMs }));
  }

  /** A child failed to start, and so did the supervisor. */
  startFailed({ path }: Addressed, reason: ExitReason): void {
    this.#ended(path, reason);
  }

  /** It is about to stop its children. Nothing is published when a report has told of its end already. */
  stopping({ path }: Addressed, reason: ExitReason): void {
    this.#ended(path, reason);
  }

  /** A supervisor (then with its path in `supervisor`) or the runtime has reported something. */
  report(report: (SupervisorReport & { readonly supervisor: string }) | ProcessReport): void {
    if ('context' in report) this.#supervisorReport(report);
    else this.#processReport(report);
  }

  #supervisorReport(report: SupervisorReport & { readonly supervisor: string }): void {
    const { supervisor, child } = report;
    switch (report.context) {
      case 'child_terminated':
        this.#childTerminated(supervisor, child.id, report.reason);
        break;
      case 'start_error':
        this.#childFailed(supervisor, child.id, 'start', report.reason);
        break;
      case 'shutdown_error':
        this.#childFailed(supervisor, child.id, 'shutdown', report.reason);
        break;
      case 'shutdown':
        this.#gaveUp(supervisor, report.reason, child.id);
        break;
    }
  }

  #processReport(report: ProcessReport): void {
    switch (report.type) {
      case 'mailbox_overflow': {
        const { path, mailboxCapacity } = report;
        this.#bus.publish('actor.mailbox_overflow', () => ({ path, mailboxCapacity }));
        break;
      }
      case 'kill_hook_failed': {
        const { path, error } = report;
        this.#bus.publish('actor.kill_hook_failed', () => ({ path, error: this.#bus.error(error) }));
        break;
      }
      case 'inspector_failed':
        // It concerns no actor, and whoever passed the inspector learns of it by `onReport`.
        break;
    }
  }

  #ended(path: string, reason: ExitReason): void {
    const span = this.#spans.get(path);
    if (span === undefined) return;
    this.#spans.delete(path);
    const orderly = orderlyReason(reason);
    if (orderly !== undefined) {
      this.#bus.publish('supervisor.stop', () => ({ ...span.closed(), path, reason: orderly }));
      return;
    }
    this.#bus.publish('supervisor.exception', () => ({
      ...span.closed(),
      path,
      error: this.#summary(reason),
    }));
  }

  #childTerminated(path: string, childId: string, reason: DownReason): void {
    const orderly = orderlyReason(reason);
    if (orderly === undefined) this.#childFailed(path, childId, 'run', reason);
    else this.#bus.publish('supervisor.child_ended', () => ({ path, childId, reason: orderly }));
  }

  #childFailed(
    path: string,
    childId: string,
    during: 'start' | 'run' | 'shutdown',
    reason: DownReason,
  ): void {
    this.#bus.publish('supervisor.child_failed', () => ({
      path,
      childId,
      during,
      error: this.#summary(reason),
    }));
  }

  #gaveUp(path: string, code: string, childId: string): void {
    const span = this.#spans.get(path) ?? this.#bus.span();
    this.#spans.delete(path);
    this.#bus.publish('supervisor.exception', () => ({
      ...span.closed(),
      path,
      error: { name: 'SupervisorShutdown', code, message: `child ${childId} failed too often` },
    }));
  }

  #summary(reason: DownReason): ErrorSummary {
    if (typeof reason === 'object' && 'error' in reason) return this.#bus.error(reason.error);
    const code = typeof reason === 'string' ? reason : 'shutdown';
    return { name: 'Exit', code, message: `ended with the exit reason ${code}` };
  }

  #forgetBeyondMax(): void {
    if (this.#spans.size <= supervisorsWatchedMax) return;
    for (const oldest of this.#spans.keys()) {
      this.#spans.delete(oldest);
      return;
    }
  }
}

function orderlyReason(reason: DownReason): OrderlyReason | undefined {
  if (reason === 'normal' || reason === 'shutdown') return reason;
  return typeof reason === 'object' && 'shutdown' in reason ? 'shutdown' : undefined;
}
