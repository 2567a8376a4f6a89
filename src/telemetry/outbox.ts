import { setImmediate as nextEventLoopTurn } from 'node:timers/promises';
import { DropOldestQueue } from './drop-oldest-queue.ts';
import { deliveryBurstMax } from './subscription.ts';

/** How many events may be published in one go, before any is handed on; further ones push out the oldest. */
export const outboxMax = 10_000;

/** Hands events on one at a time, so that exactly one emission is in flight however fast events are published. */
export class Outbox<E> {
  readonly #emit: (event: E) => Promise<void>;
  readonly #queue = new DropOldestQueue<E>(outboxMax);
  #dropped = 0;
  #draining: Promise<void> | undefined;

  /** `emit` must not reject. */
  constructor(emit: (event: E) => Promise<void>) {
    this.#emit = emit;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(event: E): void {
    this.#dropped += this.#queue.push(event);
    this.#draining ??= this.#drain();
  }

  /** Resolves once everything published has been handed on. */
  async whenIdle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    // A draining promise must exist before it can be cleared, also when `emit` is done at once.
    await undefined;
    let burst = 0;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      await this.#emit(event);
      burst += 1;
      if (burst % deliveryBurstMax === 0) await nextEventLoopTurn();
    }
    this.#draining = undefined;
  }
}
