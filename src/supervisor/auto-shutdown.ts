/**
 * Whether a supervisor ends by itself, with `shutdown`, when `significant` children have ended by themselves: never, with the
 * first of them, or when none of them has a process any more.
 */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant';

/**
 * Decides whether the end of a child ends its supervisor too. Asked only for children that ended by themselves and are not
 * restarted; `othersRunning` tells whether another significant child runs or waits for its restart.
 *
 * Source: `do_auto_shutdown/2` of OTP's supervisor.
 */
export function shutsDown(mode: AutoShutdown, significant: boolean, othersRunning: () => boolean): boolean {
  if (!significant) return false;
  switch (mode) {
    case 'never':
      return false;
    case 'any_significant':
      return true;
    case 'all_significant':
      return !othersRunning();
  }
}
