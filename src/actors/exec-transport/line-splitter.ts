/** What a splitter reports, synchronously as bytes arrive. */
export interface LineListener {
  /** One line without its line end. Blank lines are not reported. */
  line(text: string): void;
  /** A line longer than the limit has been skipped; `bytes` is how long it was. */
  tooLong(bytes: number): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts a byte stream into lines, at LF or CRLF, in memory bounded by the longest line that is taken: what is longer is skipped
 * and reported, and costs nobody but itself. UTF-8 may be cut anywhere, since lines are decoded whole.
 */
export class LineSplitter {
  readonly #listener: LineListener;
  readonly #bytesMax: number;
  #pending: Buffer[] = [];
  #bytes = 0;

  constructor(listener: LineListener, bytesMax: number) {
    this.#listener = listener;
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#add(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
  }

  /** The stream is over: what came after the last line feed is a line too. */
  end(): void {
    this.#finish();
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > this.#bytesMax) this.#pending = [];
    else this.#pending.push(part);
  }

  #finish(): void {
    const bytes = this.#bytes;
    const pending = this.#pending;
    this.#bytes = 0;
    this.#pending = [];
    if (bytes > this.#bytesMax) {
      this.#listener.tooLong(bytes);
      return;
    }
    const [first] = pending;
    if (first === undefined) return;
    const line = pending.length === 1 ? first : Buffer.concat(pending, bytes);
    const text = line.toString('utf8', 0, line.at(-1) === carriageReturn ? bytes - 1 : bytes);
    if (text.trim() !== '') this.#listener.line(text);
  }
}
