import { CancelledError, LimitExceededError } from '../protocol/errors/call-errors.ts';
import type { TurnCompletedEvent, TurnFailedEvent, TurnRetryEvent } from '../protocol/exec-events.ts';
import { type TurnEvent, TurnEventQueue, unreadEventsMax } from './turn-event-queue.ts';
import type { ItemDelta } from './turn-request.ts';
import { retryEvent, type TurnRetry } from './turn-retry.ts';
import { type PushedEvent, SettlingSink, type TurnSinkOptions } from './turn-sink.ts';

export interface TurnStreamOptions extends TurnSinkOptions {
  /** Whether readers get `item.delta` and `turn.retry` events. */
  readonly includeDeltas: boolean;
}

interface Reader {
  resolve(result: IteratorResult<TurnEvent, undefined>): void;
  reject(error: Error): void;
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Reads a turn as a stream of events for one reader.
 *
 * It is cold: nothing runs until the first `next()`. Leaving the loop interrupts the turn and waits until nothing of it runs.
 * A failed turn yields `turn.failed` and ends; an aborted, interrupted or lost one throws. Memory is bounded, see `TurnEventQueue`.
 */
export class TurnStream extends SettlingSink implements AsyncGenerator<TurnEvent, undefined, undefined> {
  readonly wantsDeltas: boolean;
  readonly #queue = new TurnEventQueue();
  readonly #readers: Reader[] = [];
  readonly #whenSettled: (() => void)[] = [];
  #error: Error | null = null;
  #left = false;

  constructor(options: TurnStreamOptions) {
    super(options);
    this.wantsDeltas = options.includeDeltas;
  }

  /** Deltas that were dropped because the reader was too slow; their text is in the item's `item.completed`. */
  get droppedDeltas(): number {
    return this.#queue.droppedDeltas;
  }

  next(): Promise<IteratorResult<TurnEvent, undefined>> {
    if (!this.started && !this.#left) this.begin();
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.settled || this.#left) return this.#finish();
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
    });
  }

  async return(): Promise<IteratorResult<TurnEvent, undefined>> {
    await this.#leave();
    return done;
  }

  async throw(error: unknown): Promise<IteratorResult<TurnEvent, undefined>> {
    await this.#leave();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
  }

  protected accept(event: PushedEvent): void {
    this.#offer(event);
  }

  protected override acceptRetry(retry: TurnRetry): void {
    if (this.wantsDeltas) this.#offer(retryEvent(retry));
  }

  #offer(event: PushedEvent | TurnRetryEvent): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value: event });
    else if (!this.#queue.push(event)) {
      this.leave(new LimitExceededError('unreadEventsMax', unreadEventsMax, this.#queue.length + 1));
    }
  }

  protected acceptDelta(delta: ItemDelta): void {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#queue.pushDelta(delta);
      return;
    }
    const { itemId, kind } = delta;
    reader.resolve({ done: false, value: { type: 'item.delta', item_id: itemId, kind, delta: delta.delta } });
  }

  protected discard(): void {
    this.#queue.clear();
  }

  protected completed(event: TurnCompletedEvent): void {
    this.#end(event);
  }

  protected failed(event: TurnFailedEvent): void {
    this.#end(event);
  }

  protected ended(error: Error): void {
    this.#error = error;
    this.#wake();
  }

  #end(event: TurnCompletedEvent | TurnFailedEvent): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value: event });
    else this.#queue.push(event);
    this.#wake();
  }

  /** Nothing more will come: readers that still wait are told, and whoever waits for the end. */
  #wake(): void {
    for (const reader of this.#readers.splice(0)) this.#finish().then(reader.resolve, reader.reject);
    for (const tell of this.#whenSettled.splice(0)) tell();
  }

  /** As a generator does: an error is thrown once, after that the stream is simply over. */
  #finish(): Promise<IteratorResult<TurnEvent, undefined>> {
    const error = this.#error;
    this.#error = null;
    return error === null || this.#left ? Promise.resolve(done) : Promise.reject(error);
  }

  async #leave(): Promise<void> {
    this.#left = true;
    this.#queue.clear();
    if (this.settled) return;
    const settled = new Promise<void>((resolve) => this.#whenSettled.push(resolve));
    this.leave(new CancelledError());
    await settled;
  }
}
