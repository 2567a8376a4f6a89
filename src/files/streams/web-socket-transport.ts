import { FileError } from '../file-error.ts';
import { earlyMessagesMax, type MessageReceiver, type MessageTransport } from './message-transport.ts';

/** What a transport needs of a WebSocket: that of the package `ws` has it. */
export interface WebSocketLike {
  readonly readyState: number;
  send(message: string, sent: (error?: Error | null) => void): void;
  close(): void;
  terminate(): void;
  on(event: 'message', listener: (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const connecting = 0;
const open = 1;

/**
 * One message a text frame, over a WebSocket that the caller has opened or accepted; the transport owns it from then on.
 *
 * @example
 * webSocketServer.on('connection', (socket) => serveFiles(webSocketTransport(socket), { roots }));
 */
export function webSocketTransport(webSocket: WebSocketLike): MessageTransport {
  return new WebSocketTransport(webSocket);
}

class WebSocketTransport implements MessageTransport {
  readonly #webSocket: WebSocketLike;
  #receiver: MessageReceiver | undefined;
  #early: string[] = [];
  #error: Error | undefined;
  readonly #closed: Promise<void>;
  #isClosed = false;

  constructor(webSocket: WebSocketLike) {
    this.#webSocket = webSocket;
    this.#closed = new Promise((resolve) => {
      webSocket.on('close', () => {
        this.#isClosed = true;
        this.#receiver?.closed(this.#error);
        resolve();
      });
    });
    webSocket.on('error', (error) => {
      this.#error = error;
    });
    webSocket.on('message', (data, isBinary) => this.#take(data, isBinary));
  }

  send(message: string): Promise<void> {
    if (this.#webSocket.readyState !== open)
      return Promise.reject(new FileError('file_connection_closed', 'The connection is closed.'));
    return new Promise((resolve, reject) => {
      this.#webSocket.send(message, (error) => (error ? reject(error) : resolve()));
    });
  }

  onMessage(receiver: MessageReceiver): void {
    this.#receiver = receiver;
    for (const message of this.#early.splice(0)) receiver.message(message);
    if (this.#isClosed) receiver.closed(this.#error);
  }

  /** The closing handshake is not waited for: a far end that hangs must not make this one hang. */
  async close(): Promise<void> {
    if (this.#webSocket.readyState === connecting || this.#isClosed) this.#webSocket.terminate();
    else {
      this.#webSocket.close();
      this.#webSocket.terminate();
    }
    await this.#closed;
  }

  #take(data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): void {
    if (isBinary || !Buffer.isBuffer(data)) {
      this.#error = new Error('a frame arrived that is no text');
      this.#webSocket.terminate();
      return;
    }
    const text = data.toString('utf8');
    if (this.#receiver !== undefined) this.#receiver.message(text);
    else if (this.#early.push(text) > earlyMessagesMax) this.#webSocket.terminate();
  }
}
