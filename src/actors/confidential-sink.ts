import { TurnFailedError } from '../protocol/errors/turn-errors.ts';
import type { ThreadEvent, TurnCompletedEvent, TurnFailedEvent, Usage } from '../protocol/exec-events.ts';
import type { TurnRetry } from './turn-retry.ts';
import type { ItemDelta, TurnSink } from './turn-transport.ts';

/**
 * Stands before a turn's reader and takes what is secret out of errors: a model provider may quote the key that it refuses, and
 * errors are logged. Items are handed on as they are, since they are what the turn is about.
 */
export class ConfidentialSink implements TurnSink {
  readonly #sink: TurnSink;
  readonly #withoutSecrets: (text: string) => string;

  constructor(sink: TurnSink, withoutSecrets: (text: string) => string) {
    this.#sink = sink;
    this.#withoutSecrets = withoutSecrets;
  }

  get settled(): boolean {
    return this.#sink.settled;
  }

  get wantsDeltas(): boolean {
    return this.#sink.wantsDeltas;
  }

  threadStarted(threadId: string, isNew: boolean): void {
    this.#sink.threadStarted(threadId, isNew);
  }

  push(event: Exclude<ThreadEvent, TurnCompletedEvent | TurnFailedEvent>): void {
    const isError = event.type === 'error';
    this.#sink.push(isError ? { ...event, message: this.#withoutSecrets(event.message) } : event);
  }

  pushDelta(delta: ItemDelta): void {
    this.#sink.pushDelta(delta);
  }

  usageReported(usage: Usage): void {
    this.#sink.usageReported?.(usage);
  }

  retried(retry: TurnRetry): void {
    this.#sink.retried?.({ ...retry, error: this.#cleaned(retry.error) });
  }

  complete(event: TurnCompletedEvent): void {
    this.#sink.complete(event);
  }

  fail(event: TurnFailedEvent, error: Error): void {
    const message = this.#withoutSecrets(event.error.message);
    this.#sink.fail({ ...event, error: { ...event.error, message } }, this.#cleaned(error));
  }

  abandon(error: Error): void {
    this.#sink.abandon(this.#cleaned(error));
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
