import type { DownReason, ExitReason } from './exit-reason.ts';
import type { RestartType, Shutdown } from './restart-decision.ts';

/** What a report says of the child it is about. */
export interface ReportedChild {
  readonly id: string;
  readonly restart: RestartType;
  readonly shutdown: Shutdown;
  readonly type: 'worker' | 'supervisor';
}

/**
 * What a supervisor has to say about its children, in the contexts of OTP:
 *
 * - `child_terminated`: a child ended by itself; not told of orderly ends of `transient` and `temporary` children.
 * - `start_error`: a child could not be started or restarted.
 * - `shutdown_error`: a child that was stopped ended otherwise than asked. `count` tells how many dynamic children did so.
 * - `shutdown`: the supervisor gives up, its restart limit being exceeded by this child.
 */
export type SupervisorReport =
  | { readonly context: 'child_terminated'; readonly child: ReportedChild; readonly reason: ExitReason }
  | { readonly context: 'start_error'; readonly child: ReportedChild; readonly reason: ExitReason }
  | {
      readonly context: 'shutdown_error';
      readonly child: ReportedChild;
      readonly reason: DownReason;
      readonly count?: number;
    }
  | {
      readonly context: 'shutdown';
      readonly child: ReportedChild;
      readonly reason: 'reached_max_restart_intensity';
    };
