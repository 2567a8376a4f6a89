import type { Clock, TimerHandle } from '../../src/supervisor/clock.ts';

class HastyTimer implements TimerHandle {
  cancelled = false;
}

/** A clock for work that does real input and output: every timer fires as soon as `before` has settled, and how long it was meant to be is kept. */
export class HastyClock implements Clock {
  readonly delaysMs: number[] = [];
  readonly #before: () => Promise<void>;

  constructor(before: () => Promise<void> = async () => undefined) {
    this.#before = before;
  }

  now(): number {
    return 0;
  }

  setTimer(delayMs: number, fire: () => void): TimerHandle {
    this.delaysMs.push(delayMs);
    const timer = new HastyTimer();
    void this.#before().then(() => {
      if (!timer.cancelled) fire();
    });
    return timer;
  }

  cancelTimer(timer: TimerHandle): void {
    if (timer instanceof HastyTimer) timer.cancelled = true;
  }
}
