import type { Clock, TimerHandle } from '../../../src/supervisor/clock.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';

/** Real time, but the next timer of one duration throws once it is told to: a fault in the middle of a chart. */
export class FaultyClock implements Clock {
  armed = false;
  readonly #faultyDelayMs: number;
  readonly #clock = new SystemClock();
  readonly #open = new Map<TimerHandle, number>();

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
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#open.delete(timer);
      fire();
    });
    this.#open.set(timer, delayMs);
    return timer;
  }

  /** Timers of that duration that have neither fired nor been cancelled. */
  timersOf(delayMs: number): number {
    return [...this.#open.values()].filter((open) => open === delayMs).length;
  }

  cancelTimer(timer: TimerHandle): void {
    this.#open.delete(timer);
    this.#clock.cancelTimer(timer);
  }
}
