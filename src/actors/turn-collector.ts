import { LimitExceededError } from '../protocol/errors/call-errors.ts';
import type { TurnCompletedEvent, TurnFailedEvent, Usage } from '../protocol/exec-events.ts';
import type { ThreadItem } from '../protocol/exec-items.ts';
import { type PushedEvent, SettlingSink, type TurnSinkOptions } from './turn-sink.ts';

/** A finished turn: what `run()` resolves to. */
export interface TurnResult {
  /** Every item that completed, in the order they did. */
  readonly items: ThreadItem[];
  /** The text of the last agent message; empty when there was none. */
  readonly finalResponse: string;
  /** Tokens used by the turn; null when Codex did not say. */
  readonly usage: Usage | null;
}

/** Items one turn may complete under `run()`; at the next the turn is interrupted with `LimitExceededError`. */
export const turnItemsMax = 100_000;

/** Reads a turn for `run()`: keeps its completed items and settles one promise, without a queue or a generator. */
export class TurnCollector extends SettlingSink {
  readonly wantsDeltas = false;
  readonly #items: ThreadItem[] = [];
  #finalResponse = '';
  #resolve: (result: TurnResult) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(options: TurnSinkOptions) {
    super(options);
  }

  /** Starts the turn and resolves with its result; rejects when it failed, was interrupted or lost. Call it once. */
  run(): Promise<TurnResult> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.begin();
    });
  }

  protected accept(event: PushedEvent): void {
    if (event.type !== 'item.completed') return;
    if (this.#items.length >= turnItemsMax) {
      this.leave(new LimitExceededError('turnItemsMax', turnItemsMax, this.#items.length + 1));
      return;
    }
    if (event.item.type === 'agent_message') this.#finalResponse = event.item.text;
    this.#items.push(event.item);
  }

  protected acceptDelta(): void {}

  protected discard(): void {
    this.#items.length = 0;
  }

  protected completed(event: TurnCompletedEvent): void {
    this.#resolve({ items: this.#items, finalResponse: this.#finalResponse, usage: event.usage ?? null });
  }

  protected failed(_event: TurnFailedEvent, error: Error): void {
    this.#reject(error);
  }

  protected ended(error: Error): void {
    this.#reject(error);
  }
}
