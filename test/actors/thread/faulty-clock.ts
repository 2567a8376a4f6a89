import type { Clock, TimerHandle } from '../../../src/supervisor/clock.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';

/** Real time, but a timer of one duration throws once it is told to: a fault in the middle of a chart. */
export class FaultyClock implements Clock {
  /** How many of the next timers of that duration throw. */
  faults = 0;
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
    if (this.faults > 0 && delayMs === this.#faultyDelayMs) {
      this.faults -= 1;
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
