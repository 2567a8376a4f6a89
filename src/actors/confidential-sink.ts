import { TurnFailedError } from '../protocol/errors/turn-errors.ts';
import type { TurnFailedEvent } from '../protocol/exec-events.ts';
import { ForwardingSink } from './forwarding-sink.ts';
import type { TurnSink } from './turn-request.ts';
import type { TurnRetry } from './turn-retry.ts';
import type { PushedEvent } from './turn-sink.ts';

/**
 * Stands before a turn's reader and takes what is secret out of errors: a model provider may quote the key that it refuses, and
 * errors are logged. Items are handed on as they are, since they are what the turn is about.
 */
export class ConfidentialSink extends ForwardingSink {
  readonly #withoutSecrets: (text: string) => string;

  constructor(sink: TurnSink, withoutSecrets: (text: string) => string) {
    super(sink);
    this.#withoutSecrets = withoutSecrets;
  }

  override push(event: PushedEvent): void {
    const isError = event.type === 'error';
    super.push(isError ? { ...event, message: this.#withoutSecrets(event.message) } : event);
  }

  override retried(retry: TurnRetry): void {
    super.retried({ ...retry, error: this.#cleaned(retry.error) });
  }

  override fail(event: TurnFailedEvent, error: Error): void {
    const message = this.#withoutSecrets(event.error.message);
    super.fail({ ...event, error: { ...event.error, message } }, this.#cleaned(error));
  }

  override abandon(error: Error): void {
    super.abandon(this.#cleaned(error));
  }

  /** In place, so that its class, its facts and its identity stay. */
  #cleaned<E extends Error>(error: E): E {
    error.message = this.#withoutSecrets(error.message);
    if (error.stack !== undefined) error.stack = this.#withoutSecrets(error.stack);
    if (error instanceof TurnFailedError && error.additionalDetails !== null) {
      Object.assign(error, { additionalDetails: this.#withoutSecrets(error.additionalDetails) });
    }
    return error;
  }
}
