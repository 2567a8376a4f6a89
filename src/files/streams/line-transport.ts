import type { Readable, Writable } from 'node:stream';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { FileError } from '../file-error.ts';
import { type MessageReceiver, type MessageTransport, messageBytesMax } from './message-transport.ts';

const lineFeed = 0x0a;

/** What a line transport may be told about its streams. */
export interface LineTransportOptions {
  /** The longest line in bytes that is taken. Default 524,288. */
  readonly lineBytesMax?: number;
}

const lineTransportOptionNames = { lineBytesMax: 'own' } as const satisfies OptionNames<LineTransportOptions>;

/**
 * One message a line, over a pair of byte streams: a socket, a child's stdin and stdout, or the process's own.
 *
 * It owns the streams: closing it destroys both. A line longer than the limit ends the connection, since what
 * asks for it is no `serveFiles` and no `connectFiles`.
 *
 * @example
 * await serveFiles(lineTransport(process.stdin, process.stdout), { roots: ['/srv/data'] });
 */
export function lineTransport(
  readable: Readable,
  writable: Writable,
  options: LineTransportOptions = {},
): MessageTransport {
  checkOptionNames('lineTransport', options, lineTransportOptionNames);
  return new LineTransport(readable, writable, options.lineBytesMax ?? messageBytesMax);
}

class LineTransport implements MessageTransport {
  readonly #readable: Readable;
  readonly #writable: Writable;
  readonly #lineBytesMax: number;
  #receiver: MessageReceiver | undefined;
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(readable: Readable, writable: Writable, lineBytesMax: number) {
    this.#readable = readable;
    this.#writable = writable;
    this.#lineBytesMax = lineBytesMax;
    readable.once('close', () => this.#end());
    readable.once('end', () => this.#end());
    readable.once('error', (error) => this.#end(error));
    writable.once('close', () => this.#end());
    writable.once('error', (error) => this.#end(error));
  }

  /** Each message waits for its own end: 'drain' comes only when nothing is left, which may be never. */
  send(message: string): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#writable.write(`${message}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  onMessage(receiver: MessageReceiver): void {
    this.#receiver = receiver;
    if (this.#isClosed) receiver.closed();
    else this.#readable.on('data', (chunk: Buffer) => this.#push(chunk));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Nothing is waited for that depends on the far end: what it has not taken by now is lost. */
  async #close(): Promise<void> {
    this.#end();
    const closed = [closeOf(this.#readable), closeOf(this.#writable)];
    this.#readable.destroy();
    this.#writable.destroy();
    await Promise.all(closed);
  }

  #push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#takeLine();
      if (this.#isClosed) return;
      if (line !== '') this.#receiver?.message(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes <= this.#lineBytesMax) return;
    this.#end(new FileError('file_connection_closed', `A line of over ${this.#lineBytesMax} bytes arrived.`));
    this.#readable.destroy();
    this.#writable.destroy();
  }

  #takeLine(): string {
    const [first] = this.#pieces;
    const line = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#pendingBytes);
    this.#pieces = [];
    this.#pendingBytes = 0;
    return line?.toString('utf8') ?? '';
  }

  #end(cause?: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pieces = [];
    this.#receiver?.closed(cause);
  }
}

function closeOf(stream: Readable | Writable): Promise<void> {
  return stream.closed ? Promise.resolve() : new Promise((resolve) => stream.once('close', resolve));
}

function closedError(): FileError {
  return new FileError('file_connection_closed', 'The connection is closed.');
}
