import { ProtocolError } from '../../protocol/errors/port-errors.ts';
import type { RpcErrorFacts } from '../../protocol/errors/rpc-errors.ts';
import type { WireMessage } from '../../protocol/wire-message.ts';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';
import { FileError, type FileNames } from '../file-error.ts';
import { parseFileMessage } from './chunk-answer.ts';
import type { MessageTransport } from './message-transport.ts';

/** Requests of one connection that may be without an answer at a time. */
export const requestsInFlightMax = 128;

/** How long a request may be without an answer, unless the connection is told otherwise. */
export const requestTimeoutMsDefault = 60_000;

export interface RequestConnectionOptions {
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** Turns the refusal of a request into the error that its caller gets. */
  errorOf(method: string, refusal: RpcErrorFacts, names: FileNames): Error;
  /** Called once when the connection has ended, before its requests fail. */
  onClosed(error: FileError): void;
}

interface PendingRequest {
  readonly method: string;
  readonly names: FileNames;
  readonly timer: TimerHandle;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The asking half of a connection: requests with ids, deadlines, and an end that every waiter hears of. */
export class RequestConnection {
  readonly #transport: MessageTransport;
  readonly #options: RequestConnectionOptions;
  readonly #pending = new Map<number, PendingRequest>();
  #nextId = 1;
  #closed: FileError | undefined;

  constructor(transport: MessageTransport, options: RequestConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    transport.onMessage({
      message: (text) => this.#receive(parseFileMessage(text)),
      closed: (cause) => this.#end(cause),
    });
  }

  /** Why the connection has ended; undefined while it is open. */
  get closedError(): FileError | undefined {
    return this.#closed;
  }

  /**
   * Sends a request and waits for its answer. `params` is JSON text, so that a chunk is not walked through once more to be quoted.
   * Fails with `file_connection_closed`, `file_request_timeout`, `file_queue_full`, or what `errorOf` made of the refusal.
   */
  request(method: string, params: string, names: FileNames = {}): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#pending.size >= requestsInFlightMax) return Promise.reject(tooMany());
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.setTimer(this.#options.requestTimeoutMs, () => this.#timeOut(id));
      this.#pending.set(id, { method, names, timer, resolve, reject });
      this.#send(`{"id":${id},"method":"${method}","params":${params}}`);
    });
  }

  /** Sends what needs no answer. */
  notify(method: string): void {
    this.#send(`{"method":"${method}"}`);
  }

  close(): Promise<void> {
    this.#end();
    return this.#transport.close();
  }

  /** A message that cannot be sent means that the connection is gone, and `closed` will say so. */
  #send(message: string): void {
    this.#transport.send(message).catch((error: unknown) => this.#end(error));
  }

  #receive(message: WireMessage): void {
    switch (message.kind) {
      case 'response':
        this.#take(message.id)?.resolve(message.result);
        return;
      case 'error': {
        const request = this.#take(message.id);
        request?.reject(this.#options.errorOf(request.method, message.error, request.names));
        return;
      }
      case 'garbage':
        this.#end(new ProtocolError('a message', `is no JSON-RPC (${message.reason})`));
        this.#transport.close().catch(() => undefined);
        return;
      case 'notification':
      case 'request':
        // Neither server asks or tells anything that files depend on.
        return;
    }
  }

  /** The request that waits for this answer; undefined when it is late, or nobody asked. */
  #take(id: unknown): PendingRequest | undefined {
    if (typeof id !== 'number') return undefined;
    const request = this.#pending.get(id);
    if (request === undefined) return undefined;
    this.#pending.delete(id);
    this.#options.clock.cancelTimer(request.timer);
    return request;
  }

  #timeOut(id: number): void {
    const request = this.#take(id);
    const message = `${request?.method} was not answered within ${this.#options.requestTimeoutMs} ms. What it asked for may have happened.`;
    request?.reject(new FileError('file_request_timeout', message, request?.names));
  }

  #end(cause?: unknown): void {
    if (this.#closed !== undefined) return;
    this.#closed = new FileError(
      'file_connection_closed',
      'The connection to the files has ended. Connect again.',
      {
        ...(cause === undefined ? {} : { cause }),
      },
    );
    this.#options.onClosed(this.#closed);
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(this.#closed);
  }
}

function tooMany(): FileError {
  const message = `${requestsInFlightMax} requests of this connection wait for an answer already. Wait for one before you send another.`;
  return new FileError('file_queue_full', message);
}
