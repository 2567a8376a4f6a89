import { DropOldestQueue } from '../../telemetry/drop-oldest-queue.ts';

/** What was noted last, within a number of entries and of characters: for more, the oldest are forgotten. The newest is always kept. */
export class LatestEntries<T> {
  readonly #charsMax: number;
  readonly #entries: DropOldestQueue<{ readonly entry: T; readonly chars: number }>;
  readonly #countMax: number;
  #chars = 0;

  constructor(limits: { readonly countMax: number; readonly charsMax: number }) {
    this.#countMax = limits.countMax;
    this.#charsMax = limits.charsMax;
    this.#entries = new DropOldestQueue(limits.countMax);
  }

  /** Adds an entry; returns how many old ones were forgotten for it. */
  push(entry: T): number {
    const chars = textLengthOf(entry);
    let dropped = 0;
    while (this.#entries.length > 0 && this.#isFullFor(chars)) {
      this.#chars -= this.#entries.shift()?.chars ?? 0;
      dropped += 1;
    }
    this.#entries.push({ entry, chars });
    this.#chars += chars;
    return dropped;
  }

  /** Takes all entries, oldest first. */
  drain(): T[] {
    const drained: T[] = [];
    for (let next = this.#entries.shift(); next !== undefined; next = this.#entries.shift())
      drained.push(next.entry);
    this.#chars = 0;
    return drained;
  }

  #isFullFor(chars: number): boolean {
    return this.#entries.length >= this.#countMax || this.#chars + chars > this.#charsMax;
  }
}

/** Characters of all texts in a value, however deep: what makes an event large. */
function textLengthOf(value: unknown): number {
  const open: unknown[] = [value];
  let length = 0;
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') length += next.length;
    else if (typeof next === 'object' && next !== null)
      for (const part of Object.values(next)) open.push(part);
  }
  return length;
}
