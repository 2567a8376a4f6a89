import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Standard output or standard error, written at the reader's pace. A reader that goes away (`| head`) is no error:
 * `readerGone` fires, once, and what is written afterwards is dropped.
 */
export class Output {
  readonly #stream: Writable;
  readonly #gone = new AbortController();

  constructor(stream: Writable) {
    this.#stream = stream;
    // Stays for the whole process: a stream without a listener for its error would end the process instead.
    stream.on('error', () => this.#gone.abort());
  }

  /** Aborted once nobody reads this output any more. */
  get readerGone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Writes and waits until the stream takes more. Never rejects. */
  async write(text: string): Promise<void> {
    if (this.#gone.signal.aborted || text === '') return;
    if (this.#stream.write(text)) return;
    await once(this.#stream, 'drain', { signal: this.#gone.signal }).catch(() => undefined);
  }

  /** Resolves when all that was written has left the process, or its reader has gone. */
  async flushed(): Promise<void> {
    if (this.#gone.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#gone.signal.addEventListener('abort', () => resolve(), { once: true });
      this.#stream.write('', () => resolve());
    });
  }
}

/** Where a command writes. */
export interface CommandOutputs {
  readonly stdout: Output;
  readonly stderr: Output;
}
