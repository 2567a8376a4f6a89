import { type RetryPolicy, retryDecision } from '../../machines/retry-policy.ts';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';

/** How a request is sent again that the server had no room for. Its own deadline holds besides. */
export const overloadPolicy: RetryPolicy = {
  maxAttempts: 8,
  initialDelayMs: 100,
  maxDelayMs: 5_000,
  factor: 2,
  retryAfterMaxMs: 5_000,
};

/** What of a request decides whether it may wait. */
export interface RefusedRequest {
  /** How often the server has had no room for it. */
  overloads: number;
  /** On the clock; infinite without a deadline. */
  readonly deadlineAtMs: number;
}

/** Requests that the server had no room for, each until it is to be sent again. */
export class OverloadBackoff<Refused extends RefusedRequest> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #waiting = new Map<Refused, TimerHandle>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Those that wait, oldest first. */
  get waiting(): readonly Refused[] {
    return [...this.#waiting.keys()];
  }

  /** Lets a request wait, and calls `again` then; false when it has no more tries, or not the time. */
  add(request: Refused, again: () => void): boolean {
    request.overloads += 1;
    const failed = { error: { retryable: true, retryAfterMs: undefined }, attempt: request.overloads };
    const decision = retryDecision(overloadPolicy, failed, this.#random);
    if (!decision.retry || this.#clock.now() + decision.delayMs >= request.deadlineAtMs) return false;
    const timer = this.#clock.setTimer(decision.delayMs, () => {
      this.#waiting.delete(request);
      again();
    });
    this.#waiting.set(request, timer);
    return true;
  }

  /** Gives a request up that may be waiting. */
  remove(request: Refused): void {
    const timer = this.#waiting.get(request);
    if (timer === undefined) return;
    this.#clock.cancelTimer(timer);
    this.#waiting.delete(request);
  }
}
