/** A pending timer; only the clock that made it can read it. */
export type TimerHandle = { readonly cancelled: boolean };

/** Work that may still be under way at the present moment. */
export interface PendingWork {
  readonly idle: boolean;
}

/** Time as the actors see it: monotonic milliseconds and one-shot timers. Injected everywhere, so that tests own time. */
export interface Clock {
  /** Monotonic milliseconds; the zero point has no meaning. */
  now(): number;
  /** Runs `fire` once after `delayMs`. A timer never keeps the process alive. */
  setTimer(delayMs: number, fire: () => void): TimerHandle;
  /** Cancels a timer; cancelling twice, or after it fired, does nothing. */
  cancelTimer(timer: TimerHandle): void;
  /** Tells a clock that is moved by hand what must come to rest before it moves on. Real clocks have no use for it. */
  watch?(work: PendingWork): void;
}
