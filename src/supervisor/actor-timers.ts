import type { Clock, TimerHandle } from './clock.ts';
import { SupervisionError } from './errors.ts';

/** Timers that one actor may have pending; one more throws in the actor that wants it. */
export const timersPerActorMax = 10_000;

/** The timers of one actor, which end with it. */
export class ActorTimers {
  readonly #clock: Clock;
  readonly #pending = new Set<TimerHandle>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the cancellation. @throws SupervisionError `too_many_timers` at the limit. */
  start(delayMs: number, fire: () => void): () => void {
    if (this.#pending.size >= timersPerActorMax) {
      throw new SupervisionError(
        'too_many_timers',
        `The actor has ${timersPerActorMax} timers pending. Cancel those it no longer needs.`,
      );
    }
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#pending.delete(timer);
      fire();
    });
    this.#pending.add(timer);
    return () => {
      this.#pending.delete(timer);
      this.#clock.cancelTimer(timer);
    };
  }

  cancelAll(): void {
    for (const timer of this.#pending) this.#clock.cancelTimer(timer);
    this.#pending.clear();
  }
}
