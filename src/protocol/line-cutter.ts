/** What a cutter reports, synchronously as bytes arrive. What it throws, `push` throws, and the rest of the chunk is lost. */
export interface LineListener {
  /** One line without its end. Blank lines are not reported. */
  line(text: string): void;
  /** A line longer than the limit has been skipped; `bytes` is how long it was, without its line feed. */
  tooLong(bytes: number): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/**
 * Cuts a byte stream into lines, at LF or CRLF, in memory bounded by the longest line that is taken: what is longer is skipped and
 * reported, and costs nobody but itself.
 *
 * Takes chunks cut anywhere, also within a character. Bytes that are not UTF-8 become U+FFFD. Copies only the line that lies across
 * chunks; the others of a chunk are decoded in one go.
 *
 * @example
 * const lines = new LineCutter({ line: (text) => read(text), tooLong: (bytes) => warn(bytes) }, 1_000_000);
 * stdout.on('data', (chunk) => lines.push(chunk));
 * stdout.on('end', () => lines.end());
 */
export class LineCutter {
  readonly #listener: LineListener;
  readonly #lineBytesMax: number;
  /** The beginning of a line whose end has not come yet. */
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  /** Whether the line under way is too long, and being skipped. */
  #skipping = false;

  /** @param lineBytesMax The longest line in bytes that is taken. */
  constructor(listener: LineListener, lineBytesMax: number) {
    this.#listener = listener;
    this.#lineBytesMax = lineBytesMax;
  }

  /** Bytes held of the line under way; none once it is too long. */
  get heldBytes(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /** Takes the next chunk. It must not be written to afterwards. */
  push(chunk: Buffer): void {
    const last = chunk.lastIndexOf(lineFeed);
    let start = 0;
    if (this.#pendingBytes > 0 && last !== -1) {
      const end = chunk.indexOf(lineFeed);
      this.#endPendingLine(chunk.subarray(0, end));
      start = end + 1;
    }
    if (start <= last && last - start > this.#lineBytesMax) this.#measuredLines(chunk, start, last);
    else if (start <= last) this.#wholeLines(chunk, start, last);
    if (last + 1 < chunk.length) this.#keep(last === -1 ? chunk : chunk.subarray(last + 1));
  }

  /** The stream has ended: half a line at its end is a line. The cutter can be used for another stream afterwards. */
  end(): void {
    if (this.#pendingBytes > 0) this.#endPendingLine(Buffer.alloc(0));
  }

  #keep(piece: Buffer): void {
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes > this.#lineBytesMax) {
      this.#skipping = true;
      this.#pieces = [];
    }
    if (!this.#skipping) this.#pieces.push(piece);
  }

  #endPendingLine(last: Buffer): void {
    if (last.length > 0) this.#keep(last);
    const pieces = this.#pieces;
    const lengthBytes = this.#pendingBytes;
    const skipped = this.#skipping;
    this.#pieces = [];
    this.#pendingBytes = 0;
    this.#skipping = false;
    if (skipped) this.#listener.tooLong(lengthBytes);
    else this.#line(Buffer.concat(pieces, lengthBytes).toString('utf8'));
  }

  /** Lines from `start` up to the line feed at `last`, where none of them can be too long. */
  #wholeLines(chunk: Buffer, start: number, last: number): void {
    const text = chunk.toString('utf8', start, last);
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#line(text.slice(from, end));
      from = end + 1;
    }
    this.#line(from === 0 ? text : text.slice(from));
  }

  #measuredLines(chunk: Buffer, start: number, last: number): void {
    let from = start;
    while (from <= last) {
      const end = chunk.indexOf(lineFeed, from);
      if (end - from > this.#lineBytesMax) this.#listener.tooLong(end - from);
      else this.#line(chunk.toString('utf8', from, end));
      from = end + 1;
    }
  }

  #line(text: string): void {
    const line = text.charCodeAt(text.length - 1) === carriageReturn ? text.slice(0, -1) : text;
    // Only a line that begins with white space, or with nothing, can be blank.
    if (line.charCodeAt(0) > space || line.trim() !== '') this.#listener.line(line);
  }
}
