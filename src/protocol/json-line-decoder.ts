import { LineCutter } from './line-cutter.ts';
import { parseWireMessage, type WireMessage } from './wire-message.ts';

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

/**
 * Cuts bytes into lines, and lines into messages: the receiving half of the app-server protocol.
 *
 * Takes chunks cut anywhere, also within a character. Ends of line are LF or CRLF; blank lines are nothing. Bytes that are not UTF-8
 * become U+FFFD. Holds at most `lineBytesMax` bytes.
 *
 * @example
 * const decoder = new JsonLineDecoder((message) => route(message));
 * stdout.on('data', (chunk) => decoder.push(chunk));
 * stdout.on('end', () => decoder.end());
 */
export class JsonLineDecoder {
  readonly #lines: LineCutter;

  /** @param emit Called synchronously for each message, in order. What it throws, `push` throws, and the rest of the chunk is lost. */
  constructor(emit: (message: WireMessage) => void, options: JsonLineDecoderOptions = {}) {
    this.#lines = new LineCutter(
      {
        line: (text) => emit(parseWireMessage(text)),
        tooLong: (lengthBytes) => emit({ kind: 'garbage', reason: 'line_too_long', lengthBytes }),
      },
      options.lineBytesMax ?? lineBytesMaxDefault,
    );
  }

  /** Bytes held of the line under way; none once it is too long. */
  get heldBytes(): number {
    return this.#lines.heldBytes;
  }

  /** Takes the next chunk. It must not be written to afterwards. */
  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  /** The stream has ended: half a line at its end is read as a line. The decoder can be used for another stream afterwards. */
  end(): void {
    this.#lines.end();
  }
}
