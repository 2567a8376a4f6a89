import type { DownReason, ExitReason } from './exit-reason.ts';
import { isOrderlyExit } from './exit-reason.ts';

/**
 * When a child is started again after it ended by itself: `permanent` always, `transient` after an abnormal end only,
 * `temporary` never.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/**
 * How a child is stopped: killed at once, asked and given so many milliseconds, or asked and waited for without limit.
 */
export type Shutdown = 'brutal_kill' | 'infinity' | number;

/** What becomes of a child that ended by itself, and whether the end is reported as `child_terminated`. */
export interface RestartDecision {
  readonly restart: boolean;
  readonly report: boolean;
}

/** Decides what follows when a child ends by itself. Source: `do_restart/3` of OTP's supervisor. */
export function decideRestart(restart: RestartType, reason: ExitReason): RestartDecision {
  const orderly = isOrderlyExit(reason);
  switch (restart) {
    case 'permanent':
      return { restart: true, report: true };
    case 'transient':
      return { restart: !orderly, report: !orderly };
    case 'temporary':
      return { restart: false, report: !orderly };
  }
}

/**
 * Whether a child that its supervisor stopped ended in the way that was asked for; if not, `shutdown_error` is reported.
 *
 * Wanted is `killed` after `brutal_kill` and `shutdown` otherwise. A child that need not run for ever may also end in
 * another orderly way. Source: `shutdown/1` of OTP's supervisor.
 */
export function isExpectedStop(restart: RestartType, shutdown: Shutdown, reason: DownReason): boolean {
  if (reason === (shutdown === 'brutal_kill' ? 'killed' : 'shutdown')) return true;
  return restart !== 'permanent' && isOrderlyExit(reason);
}
