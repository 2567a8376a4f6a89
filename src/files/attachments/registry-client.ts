import type { Messaging, Request } from '../../supervisor/behaviour.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { SupervisionError } from '../../supervisor/errors.ts';
import { FileError } from '../file-error.ts';
import type { RegistryMessage } from './registry-messages.ts';

/** Where the actors of a store run. */
export interface FilesHost {
  /** What its waits are measured by. */
  readonly clock: Clock;
  /** The running system; starts it if need be. */
  messaging(): Promise<Messaging>;
  /** Path of the file registry. */
  readonly registry: string;
  /** Stops what was started for this store alone; after `timeoutMs` by force. */
  close(timeoutMs: number): Promise<void>;
}

/** The way to the file registry. */
export class RegistryClient {
  readonly #host: FilesHost;
  #closing: Promise<void> | undefined = undefined;

  constructor(host: FilesHost) {
    this.#host = host;
  }

  get clock(): Clock {
    return this.#host.clock;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Asks, however long it takes. What the registry refuses is thrown as it is; its own end as a retryable `file_io_failed`. */
  async call<Reply>(request: Request<Reply> & RegistryMessage): Promise<Reply> {
    if (this.isClosed) throw storeClosed();
    const messaging = await this.#host.messaging();
    try {
      return await messaging.call(this.#host.registry, request, { timeoutMs: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (!SupervisionError.isInstance(error)) throw error;
      if (this.isClosed) throw storeClosed();
      if (error.code === 'overloaded') {
        throw new FileError(
          'file_queue_full',
          'Too much is asked of the file store at once. Wait, then try again.',
          {
            cause: error,
          },
        );
      }
      throw new FileError(
        'file_io_failed',
        'The file registry ended while it was asked; it starts again. Try once more.',
        { cause: error, retryable: true },
      );
    }
  }

  /** Tells. While the registry is down nothing happens: its next sweep finds what is to be done. */
  cast(message: RegistryMessage): void {
    if (this.isClosed) return;
    const sending = this.#host.messaging().then((messaging) => messaging.cast(this.#host.registry, message));
    // A tree that does not start says so to those who wait for it.
    sending.catch(() => undefined);
  }

  /** Stops the actors, by force after `timeoutMs`. */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#host.close(timeoutMs);
    return this.#closing;
  }
}

/** The error of a store that was closed. */
export function storeClosed(): FileError {
  return new FileError('file_connection_closed', 'This file store is closed. Open a new one.', {
    retryable: false,
  });
}
