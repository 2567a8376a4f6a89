import type { Clock, PendingWork, TimerHandle } from '../supervisor/clock.ts';

/** Turns of the event loop that are given to promises between two timers before work that never rests is left alone. */
const settleTurnsMax = 10_000;

class SimulatedTimer implements TimerHandle {
  readonly dueAt: number;
  readonly fire: () => void;
  cancelled = false;

  constructor(dueAt: number, fire: () => void) {
    this.dueAt = dueAt;
    this.fire = fire;
  }
}

/**
 * Time that moves only when a test moves it.
 *
 * It goes from timer to timer: a timer that is started by a timer counts from that timer's time, and timers of the same
 * time fire in the order in which they were made.
 *
 * @example
 * const clock = new SimulatedClock();
 * const system = await ActorSystem.start({ clock, children });
 * await clock.advance(5_000); // every timer of the next five seconds, each with all that follows from it
 */
export class SimulatedClock implements Clock {
  #now: number;
  /** Sorted by time, then by creation. */
  readonly #timers: SimulatedTimer[] = [];
  readonly #work = new Set<PendingWork>();

  /** Starts at `now` milliseconds, by default 0. */
  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** How many timers wait, so that a test can show that none is left. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  setTimer(delayMs: number, fire: () => void): TimerHandle {
    // As Node does, what is no delay counts as none.
    const timer = new SimulatedTimer(this.#now + Math.max(delayMs, 0), fire);
    this.#timers.splice(this.#indexAfter(timer.dueAt), 0, timer);
    return timer;
  }

  cancelTimer(timer: TimerHandle): void {
    if (!(timer instanceof SimulatedTimer) || timer.cancelled) return;
    timer.cancelled = true;
    const index = this.#timers.indexOf(timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  watch(work: PendingWork): void {
    this.#work.add(work);
  }

  /**
   * Moves time on by `durationMs` and fires what falls due, also at its very end. Before, between and after the timers it waits
   * until messages are handled and promises have settled.
   */
  async advance(durationMs: number): Promise<void> {
    const end = this.#now + checkDuration(durationMs);
    await this.settle();
    for (let timer = this.#takeDue(end); timer !== undefined; timer = this.#takeDue(end)) {
      timer.fire();
      await this.settle();
    }
    this.#now = end;
  }

  /**
   * Moves time on to the next timer, however far it is, and fires that one alone, with all that follows from it. False, and the time stays,
   * when none waits.
   */
  async advanceToNextTimer(): Promise<boolean> {
    await this.settle();
    const timer = this.#takeDue(Number.POSITIVE_INFINITY);
    if (timer === undefined) return false;
    timer.fire();
    await this.settle();
    return true;
  }

  /** As `advance`, without waiting in between: what the timers set off runs after the call. */
  advanceSync(durationMs: number): void {
    const end = this.#now + checkDuration(durationMs);
    for (let timer = this.#takeDue(end); timer !== undefined; timer = this.#takeDue(end)) timer.fire();
    this.#now = end;
  }

  /** Waits until messages are handled and promises have settled, at the present time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < settleTurnsMax; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#allIdle()) return;
    }
  }

  #allIdle(): boolean {
    for (const work of this.#work) if (!work.idle) return false;
    return true;
  }

  /** Takes the next timer up to `end` and makes its time the present. */
  #takeDue(end: number): SimulatedTimer | undefined {
    const first = this.#timers[0];
    if (first === undefined || first.dueAt > end) return undefined;
    this.#timers.shift();
    this.#now = first.dueAt;
    return first;
  }

  /** Where a timer for `dueAt` belongs: behind all that fall due no later. */
  #indexAfter(dueAt: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle]?.dueAt ?? 0) <= dueAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function checkDuration(durationMs: number): number {
  if (durationMs >= 0 && Number.isFinite(durationMs)) return durationMs;
  throw new RangeError(`durationMs must be a finite number of milliseconds from 0; got ${durationMs}.`);
}
