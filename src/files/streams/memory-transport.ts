import { FileError } from '../file-error.ts';
import { earlyMessagesMax, type MessageReceiver, type MessageTransport } from './message-transport.ts';

/**
 * Two transports that are each other's far end, within one process: for tests, and for a service without a wire.
 *
 * @example
 * const [here, there] = memoryTransports();
 * await serveFiles(there, { roots: ['/srv/data'] });
 * await using files = connectFiles(here);
 */
export function memoryTransports(): readonly [MessageTransport, MessageTransport] {
  const left = new MemoryTransport();
  const right = new MemoryTransport();
  left.join(right);
  right.join(left);
  return [left, right];
}

class MemoryTransport implements MessageTransport {
  #peer: MemoryTransport | undefined;
  #receiver: MessageReceiver | undefined;
  #early: string[] = [];
  #isClosed = false;

  join(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  async send(message: string): Promise<void> {
    if (this.#isClosed) throw new FileError('file_connection_closed', 'The connection is closed.');
    // As over a wire, nothing arrives within the sender's own call.
    await Promise.resolve();
    this.#peer?.deliver(message);
  }

  onMessage(receiver: MessageReceiver): void {
    this.#receiver = receiver;
    for (const message of this.#early.splice(0)) receiver.message(message);
    if (this.#isClosed) receiver.closed();
  }

  async close(): Promise<void> {
    this.end();
    this.#peer?.end();
  }

  deliver(message: string): void {
    if (this.#isClosed) return;
    if (this.#receiver !== undefined) this.#receiver.message(message);
    else if (this.#early.push(message) > earlyMessagesMax) void this.close();
  }

  end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#receiver?.closed();
  }
}
