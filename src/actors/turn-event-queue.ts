import type { ItemDeltaEvent, ThreadEvent, TurnRetryEvent } from '../protocol/exec-events.ts';
import type { ItemDelta } from './turn-request.ts';

/** What a streamed turn is made of; `item.delta` and `turn.retry` only where deltas were asked for. */
export type TurnEvent = ThreadEvent | ItemDeltaEvent | TurnRetryEvent;

/** Events that wait unread before adjacent deltas of one item are joined. Below it, a reader sees each delta on its own. */
export const coalesceAfterEvents = 64;
/** Characters of unread deltas; the next delta is dropped and counted, its text comes whole with `item.completed`. */
export const unreadDeltaCharsMax = 1_048_576;
/** Unread events other than deltas; at the next the turn is interrupted with `LimitExceededError`. */
export const unreadEventsMax = 10_000;

/**
 * The events a reader has not read yet: bounded, without ever dropping what ends an item or a turn.
 *
 * Under pressure adjacent deltas of one item are joined, a superseded `item.updated` is replaced, and deltas beyond
 * `unreadDeltaCharsMax` are dropped. Anything else makes `push` refuse at `unreadEventsMax`.
 */
export class TurnEventQueue {
  #events: (TurnEvent | undefined)[] = [];
  #head = 0;
  #deltaChars = 0;
  #deltaCount = 0;
  /** Deltas dropped so far because nobody read. */
  droppedDeltas = 0;

  get length(): number {
    return this.#events.length - this.#head;
  }

  /** Adds an event. Returns false, without adding it, when too many wait. */
  push(event: ThreadEvent | TurnRetryEvent): boolean {
    if (this.#replacesUpdate(event)) return true;
    if (this.length - this.#deltaCount >= unreadEventsMax && !endsTurn(event)) return false;
    this.#events.push(event);
    return true;
  }

  /** Adds a delta, joins it to the last one, or drops it. */
  pushDelta(delta: ItemDelta): void {
    if (this.#deltaChars + delta.delta.length > unreadDeltaCharsMax) {
      this.droppedDeltas += 1;
      return;
    }
    this.#deltaChars += delta.delta.length;
    const last = this.#events.at(-1);
    if (
      this.length >= coalesceAfterEvents &&
      last?.type === 'item.delta' &&
      last.item_id === delta.itemId &&
      last.kind === delta.kind
    ) {
      this.#events[this.#events.length - 1] = { ...last, delta: last.delta + delta.delta };
      return;
    }
    this.#deltaCount += 1;
    this.#events.push({ type: 'item.delta', item_id: delta.itemId, kind: delta.kind, delta: delta.delta });
  }

  /** Takes the oldest event. */
  shift(): TurnEvent | undefined {
    const event = this.#events[this.#head];
    if (event === undefined) return undefined;
    this.#events[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#events.length) this.#reset();
    else if (this.#head >= 1_024 && this.#head * 2 >= this.#events.length) this.#compact();
    if (event.type === 'item.delta') {
      this.#deltaCount -= 1;
      this.#deltaChars -= event.delta.length;
    }
    return event;
  }

  clear(): void {
    this.#reset();
    this.#deltaChars = 0;
    this.#deltaCount = 0;
  }

  #replacesUpdate(event: ThreadEvent | TurnRetryEvent): boolean {
    const last = this.#events.at(-1);
    if (event.type !== 'item.updated' || last?.type !== 'item.updated') return false;
    if (last.item.id !== event.item.id) return false;
    this.#events[this.#events.length - 1] = event;
    return true;
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }

  #reset(): void {
    this.#events = [];
    this.#head = 0;
  }
}

function endsTurn(event: ThreadEvent | TurnRetryEvent): boolean {
  return event.type === 'turn.completed' || event.type === 'turn.failed';
}
