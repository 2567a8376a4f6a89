import { performance } from 'node:perf_hooks';
import type { Clock, TimerHandle } from './clock.ts';

/** Node holds at most this many milliseconds in one timer; longer ones are laid end to end. */
export const timeoutMsMax = 2_147_483_647;

class SystemTimer implements TimerHandle {
  cancelled = false;
  timeout: NodeJS.Timeout | undefined = undefined;
}

/** Real, monotonic time. Its timers never keep the process alive. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  setTimer(delayMs: number, fire: () => void): TimerHandle {
    const timer = new SystemTimer();
    arm(timer, delayMs, fire);
    return timer;
  }

  cancelTimer(timer: TimerHandle): void {
    if (!(timer instanceof SystemTimer)) return;
    timer.cancelled = true;
    clearTimeout(timer.timeout);
  }
}

function arm(timer: SystemTimer, delayMs: number, fire: () => void): void {
  const rest = delayMs - timeoutMsMax;
  // Node may fire a fraction of a millisecond early; a deadline that is checked against `now()` must not be.
  timer.timeout =
    rest > 0 ? setTimeout(() => arm(timer, rest, fire), timeoutMsMax) : setTimeout(fire, Math.ceil(delayMs));
  timer.timeout.unref();
}

/** The clock of systems that are not given another. */
export const systemClock: Clock = new SystemClock();
