/** A bounded first-in first-out queue that makes room by forgetting its oldest entry: telemetry prefers the recent past. */
export class DropOldestQueue<T> {
  readonly #capacity: number;
  #entries: T[] = [];
  #head = 0;

  /** Throws a `RangeError` unless `capacity` is a whole number of at least 1. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`queueMax must be a whole number of at least 1, not ${capacity}`);
    }
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** Adds an entry; returns how many old ones were dropped for it (0 or 1). */
  push(entry: T): number {
    this.#entries.push(entry);
    if (this.length <= this.#capacity) return 0;
    this.#skipHead();
    return 1;
  }

  /** Takes the oldest entry, or undefined when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#entries[this.#head];
    this.#skipHead();
    return entry;
  }

  /** Forgets every entry; returns how many there were. */
  clear(): number {
    const count = this.length;
    this.#entries = [];
    this.#head = 0;
    return count;
  }

  #skipHead(): void {
    this.#head += 1;
    // The dead front is cut off when it is half of the array, so that a push costs constant time and memory stays below twice the capacity.
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}
