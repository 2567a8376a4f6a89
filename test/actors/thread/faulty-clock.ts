import type { Clock, TimerHandle } from '../../../src/supervisor/clock.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';

/** Real time, but the next timer of one duration throws once it is told to: a fault in the middle of a chart. */
export class FaultyClock implements Clock {
  armed = false;
  readonly #faultyDelayMs: number;
  readonly #clock = new SystemClock();

  constructor(faultyDelayMs: number) {
    this.#faultyDelayMs = faultyDelayMs;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(delayMs: number, fire: () => void): TimerHandle {
    if (this.armed && delayMs === this.#faultyDelayMs) {
      this.armed = false;
      throw new Error('a fault in the chart');
    }
    return this.#clock.setTimer(delayMs, fire);
  }

  cancelTimer(timer: TimerHandle): void {
    this.#clock.cancelTimer(timer);
  }
}
