import { Mailbox } from './mailbox.ts';

/** Messages an actor may handle before the next ready actor has its turn. */
export const messagesPerActorMax = 64;
/** Messages handled before the queue lets the event loop do I/O and timers. */
export const messagesPerTurnMax = 1_024;

/** Something with messages to handle. */
export interface Runnable {
  /** Handles at most `messagesMax` messages; returns how many it handled. It schedules itself again if some are left. */
  run(messagesMax: number): number;
}

/**
 * Lets actors run in turn, on a microtask, never nested in a sender's stack.
 *
 * Fair between actors (`messagesPerActorMax`) and towards the event loop (`messagesPerTurnMax`, then `setImmediate`). It holds
 * the event loop only while messages are waiting.
 */
export class RunQueue {
  readonly #ready = new Mailbox<Runnable>();
  readonly #drain = (): void => this.#run();
  #handled = 0;
  #armed = false;

  /** Whether nothing waits to run. */
  get idle(): boolean {
    return !this.#armed;
  }

  schedule(runnable: Runnable): void {
    this.#ready.push(runnable);
    if (this.#armed) return;
    this.#armed = true;
    queueMicrotask(this.#drain);
  }

  #run(): void {
    for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
      // A run that handles nothing counts as one message, so that actors that only wake each other still yield.
      this.#handled += Math.max(1, next.run(messagesPerActorMax));
      if (this.#handled < messagesPerTurnMax) continue;
      this.#handled = 0;
      setImmediate(this.#drain);
      return;
    }
    this.#armed = false;
  }
}
