import { withoutTerminalEscapes } from '../../protocol/errors/terminal-escapes.ts';

/** Keeps the newest bytes of a stream in bounded memory, whatever arrives. */
export class OutputTail {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #bytesKept = 0;
  #bytesSeen = 0;

  /** @param bytesMax Bytes that `text` returns at most; up to twice as many are held in between. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** All bytes pushed so far, kept or not. */
  get bytesSeen(): number {
    return this.#bytesSeen;
  }

  push(chunk: Buffer): void {
    this.#bytesSeen += chunk.length;
    // A copy of its own: a slice would keep the whole read buffer alive.
    const kept = Buffer.from(chunk.length > this.#bytesMax ? chunk.subarray(-this.#bytesMax) : chunk);
    this.#chunks.push(kept);
    this.#bytesKept += kept.length;
    if (this.#bytesKept > 2 * this.#bytesMax) this.#chunks = [this.#compact()];
  }

  /** The tail as text without terminal escapes, whole lines only when older output was cut off. */
  text(): string {
    const tail = this.#compact();
    this.#chunks = [tail];
    const text = withoutTerminalEscapes(tail.toString('utf8'));
    if (this.#bytesSeen <= this.#bytesMax) return text;
    const lineStart = text.indexOf('\n') + 1;
    return `… ${lineStart < text.length ? text.slice(lineStart) : text}`;
  }

  #compact(): Buffer {
    const tail = Buffer.from(Buffer.concat(this.#chunks).subarray(-this.#bytesMax));
    this.#bytesKept = tail.length;
    return tail;
  }
}
