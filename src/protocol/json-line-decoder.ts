import { type Garbage, parseWireMessage, type WireMessage } from './wire-message.ts';

/**
 * The longest line that is taken, in bytes: 256 MiB. Codex has no limit of its own; a command's output is cut at about 1 MiB, an item of
 * 8 MiB was seen. JavaScript's strings end at 512 MiB.
 */
export const lineBytesMaxDefault = 256 * 1024 * 1024;

/** Limits of a `JsonLineDecoder`. */
export interface JsonLineDecoderOptions {
  /** The longest line in bytes. A longer one is skipped to its end, and reported as garbage (`line_too_long`). */
  readonly lineBytesMax?: number;
}

const lineFeed = 0x0a;

/**
 * Cuts bytes into lines, and lines into messages: the receiving half of the app-server protocol.
 *
 * Takes chunks cut anywhere, also within a character. Ends of line are LF or CRLF; blank lines are nothing. Bytes that are not UTF-8
 * become U+FFFD. Holds at most `lineBytesMax` bytes, and copies only the line that lies across chunks.
 *
 * @example
 * const decoder = new JsonLineDecoder((message) => route(message));
 * stdout.on('data', (chunk) => decoder.push(chunk));
 * stdout.on('end', () => decoder.end());
 */
export class JsonLineDecoder {
  readonly #emit: (message: WireMessage) => void;
  readonly #lineBytesMax: number;
  /** The beginning of a line whose end has not come yet. */
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  /** Whether the line under way is too long, and being skipped. */
  #skipping = false;

  /** @param emit Called synchronously for each message, in order. What it throws, `push` throws, and the rest of the chunk is lost. */
  constructor(emit: (message: WireMessage) => void, options: JsonLineDecoderOptions = {}) {
    this.#emit = emit;
    this.#lineBytesMax = options.lineBytesMax ?? lineBytesMaxDefault;
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

  /** The stream has ended: half a line at its end is read as a line. The decoder can be used for another stream afterwards. */
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
    if (skipped) this.#emit(tooLong(lengthBytes));
    else this.#line(Buffer.concat(pieces, lengthBytes).toString('utf8'));
  }

  /** Lines from `start` up to the line feed at `last`: decoded in one go, for speed, where none of them can be too long. */
  #wholeLines(chunk: Buffer, start: number, last: number): void {
    const text = chunk.toString('utf8', start, last + 1);
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#line(text.slice(from, end));
      from = end + 1;
    }
  }

  #measuredLines(chunk: Buffer, start: number, last: number): void {
    let from = start;
    while (from <= last) {
      const end = chunk.indexOf(lineFeed, from);
      if (end - from > this.#lineBytesMax) this.#emit(tooLong(end - from));
      else this.#line(chunk.toString('utf8', from, end));
      from = end + 1;
    }
  }

  #line(line: string): void {
    const message = parseWireMessage(line);
    if (message.kind !== 'garbage' || line.trim() !== '') this.#emit(message);
  }
}

function tooLong(lengthBytes: number): Garbage {
  return { kind: 'garbage', reason: 'line_too_long', lengthBytes };
}
