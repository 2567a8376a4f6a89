import type { Clock, TimerHandle } from './clock.ts';

/** The clock as XState wants it. */
export interface XStateClock {
  setTimeout(fire: () => void, delayMs: number): TimerHandle;
  clearTimeout(timer: TimerHandle): void;
}

const clocks = new WeakMap<Clock, XStateClock>();

/** Lets XState's delays (`after`, `sendTo` with a delay) run on our clock. One for all actors of a clock. */
export function xstateClock(clock: Clock): XStateClock {
  let adapted = clocks.get(clock);
  if (adapted === undefined) {
    adapted = {
      setTimeout: (fire, delayMs) => clock.setTimer(delayMs, fire),
      clearTimeout: (timer) => clock.cancelTimer(timer),
    };
    clocks.set(clock, adapted);
  }
  return adapted;
}
