/** Messages a mailbox holds unless the spec says otherwise. */
export const mailboxCapacityDefault = 100_000;
/** Slots of a fresh ring; it doubles when full. A power of two. */
const initialSlots = 4;
/**
 * A ring larger than this, of 64 KiB, is let go once it is empty, so that one burst does not hold memory for ever. Smaller ones are kept: grown
 * anew for each burst they would live just long enough to be moved among what is old, and cost a collection of that.
 */
const slotsKeptMax = 8_192;

/** The messages of one actor in order of arrival: a ring that grows, whose bound its owner enforces through `length`. */
export class Mailbox<T = unknown> {
  #ring: (T | undefined)[] = [];
  #mask = -1;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How many messages it has memory for at present. */
  get slots(): number {
    return this.#mask + 1;
  }

  push(message: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#ring[(this.#head + this.#length) & this.#mask] = message;
    this.#length += 1;
  }

  /** Removes the oldest message; undefined when empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const message = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length -= 1;
    if (this.#length === 0 && this.slots > slotsKeptMax) this.clear();
    return message;
  }

  /** Removes the oldest message that satisfies `matches` and keeps the others in order; undefined when none does. */
  take<Taken extends T>(matches: (message: T | undefined) => message is Taken): Taken | undefined {
    for (let i = 0; i < this.#length; i += 1) {
      const message = this.#ring[(this.#head + i) & this.#mask];
      if (!matches(message)) continue;
      for (let j = i; j < this.#length - 1; j += 1) {
        this.#ring[(this.#head + j) & this.#mask] = this.#ring[(this.#head + j + 1) & this.#mask];
      }
      this.#length -= 1;
      this.#ring[(this.#head + this.#length) & this.#mask] = undefined;
      return message;
    }
    return undefined;
  }

  clear(): void {
    this.#ring = [];
    this.#mask = -1;
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const slots = this.#mask < 0 ? initialSlots : (this.#mask + 1) * 2;
    const ring = new Array<T | undefined>(slots);
    for (let i = 0; i < this.#length; i += 1) ring[i] = this.#ring[(this.#head + i) & this.#mask];
    this.#ring = ring;
    this.#mask = slots - 1;
    this.#head = 0;
  }
}
