import { setImmediate as nextEventLoopTurn } from 'node:timers/promises';
import { DropOldestQueue } from './drop-oldest-queue.ts';

/** How many events a subscriber may have waiting by default; further ones push out the oldest. */
export const subscriberQueueMax = 1_000;

/** How many events are handled in a row before I/O gets a turn. */
export const deliveryBurstMax = 256;

/** Takes events, one at a time and in order; while a returned promise is pending, later events wait. */
export type TelemetryHandler<E> = (event: E) => unknown;

/** A subscriber's end of the bus. */
export interface TelemetrySubscription {
  /** Events handed to the handler so far. */
  readonly delivered: number;
  /** Events the handler never saw, because its queue was full or the bus closed. */
  readonly dropped: number;
  /** Deliveries that threw or rejected. */
  readonly failed: number;
  /** Ends the subscription: what is still queued is not delivered. Doing it twice does nothing. */
  unsubscribe(): void;
  [Symbol.dispose](): void;
}

/** How one subscription behaves. */
export interface SubscriptionOptions {
  /** Events that may wait for this subscriber. Defaults to `subscriberQueueMax` (1,000); at the limit the oldest is dropped and counted. */
  readonly queueMax?: number;
  /** Ends the subscription when aborted. */
  readonly signal?: AbortSignal;
}

/** One subscriber's bounded queue and the loop that empties it. It keeps a slow or throwing handler away from everyone else. */
export class Subscription<E> implements TelemetrySubscription {
  readonly #handler: TelemetryHandler<E>;
  readonly #onEnd: () => void;
  readonly #onFailure: (error: unknown, event: E) => void;
  readonly #queue: DropOldestQueue<E>;
  #delivered = 0;
  #dropped = 0;
  #failed = 0;
  #ended = false;
  #draining: Promise<void> | undefined;

  constructor(
    handler: TelemetryHandler<E>,
    queueMax: number,
    onEnd: () => void,
    onFailure: (error: unknown, event: E) => void,
  ) {
    this.#handler = handler;
    this.#queue = new DropOldestQueue(queueMax);
    this.#onEnd = onEnd;
    this.#onFailure = onFailure;
  }

  get delivered(): number {
    return this.#delivered;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Queues an event; never throws and never waits. An idle handler is called at once: call it from no stack that must not see it. */
  push(event: E): void {
    if (this.#ended) return;
    this.#dropped += this.#queue.push(event);
    this.#draining ??= this.#drain();
  }

  /** Resolves once the queue is empty and the handler idle. Never rejects; waits as long as the handler does. */
  async whenIdle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  unsubscribe(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#dropped += this.#queue.clear();
    this.#onEnd();
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  async #drain(): Promise<void> {
    let burst = 0;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      await this.#deliver(event);
      burst += 1;
      if (burst % deliveryBurstMax === 0) await nextEventLoopTurn();
    }
    this.#draining = undefined;
  }

  async #deliver(event: E): Promise<void> {
    this.#delivered += 1;
    try {
      await this.#handler(event);
    } catch (error) {
      this.#failed += 1;
      this.#onFailure(error, event);
    }
  }
}
