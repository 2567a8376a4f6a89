import type { TurnCompletedEvent, TurnFailedEvent, Usage } from '../protocol/exec-events.ts';
import type { ItemDelta, TurnSink } from './turn-request.ts';
import type { TurnRetry } from './turn-retry.ts';
import type { PushedEvent } from './turn-sink.ts';

/** Stands before a turn's reader and hands everything on; whoever extends it changes or watches what it names, and nothing is forgotten. */
export abstract class ForwardingSink implements TurnSink {
  readonly #sink: TurnSink;

  constructor(sink: TurnSink) {
    this.#sink = sink;
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

  push(event: PushedEvent): void {
    this.#sink.push(event);
  }

  pushDelta(delta: ItemDelta): void {
    this.#sink.pushDelta(delta);
  }

  usageReported(usage: Usage): void {
    this.#sink.usageReported?.(usage);
  }

  retried(retry: TurnRetry): void {
    this.#sink.retried?.(retry);
  }

  complete(event: TurnCompletedEvent): void {
    this.#sink.complete(event);
  }

  fail(event: TurnFailedEvent, error: Error): void {
    this.#sink.fail(event, error);
  }

  abandon(error: Error): void {
    this.#sink.abandon(error);
  }
}
