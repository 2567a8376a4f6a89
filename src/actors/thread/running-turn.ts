import type { CodexTurnStatus } from '../../machines/turn-machine.ts';
import type { Usage } from '../../protocol/exec-events.ts';
import { type TurnOutput, TurnTranslation } from '../../protocol/turn-translation.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import type { TurnRequest, TurnSink } from '../turn-transport.ts';
import type { ItemTelemetry } from './item-telemetry.ts';

/** How Codex said that a turn ended. */
export interface TurnEnd {
  readonly turnId: string;
  readonly status: CodexTurnStatus;
}

type FinalOutput = Extract<TurnOutput, { kind: 'completed' | 'failed' | 'interrupted' }>;

/**
 * The data plane of one turn: what Codex says of it goes from the port's route through the translation straight into its sink. Only
 * its end is held back, for the chart to decide on.
 */
export class RunningTurn {
  readonly messageId: string;
  /** Whether anything that the model produced has arrived. */
  modelOutputSeen = false;
  readonly #sink: TurnSink;
  readonly #translation = new TurnTranslation();
  readonly #items: ItemTelemetry | undefined;
  #final: FinalOutput | null = null;

  constructor(turn: { readonly request: TurnRequest; readonly sink: TurnSink }, items?: ItemTelemetry) {
    this.messageId = turn.request.messageId;
    this.#sink = turn.sink;
    this.#items = items;
  }

  /** Codex's id of the turn; null until it has started. */
  get turnId(): string | null {
    return this.#translation.turnId;
  }

  /** Takes a notification of the thread; returns the turn's end when it is that. */
  accept({ method, params }: PortNotification): TurnEnd | undefined {
    if (!isRecord(params) || this.#isEarly(method, params)) return undefined;
    if (method.endsWith('/delta') || method.endsWith('Delta')) {
      this.modelOutputSeen = true;
      if (!this.#sink.wantsDeltas) return undefined;
    } else if (method.startsWith('item/')) this.#noteItem(method, params.item);
    for (const output of this.#translation.translate({ method, params })) this.#give(output);
    if (method === 'thread/tokenUsage/updated') this.#sink.usageReported?.(this.#translation.usage);
    return this.#end();
  }

  /** Takes a turn as it was read from the resumed thread: what had not arrived before the crash, and its end. */
  deliver(turn: unknown): void {
    for (const output of this.#translation.conclude(turn)) this.#give(output);
  }

  /** What the caller gets as a result; null while the turn has none, and when it was interrupted. */
  get result(): { readonly usage: Usage | null; readonly error: Error | null } | null {
    const final = this.#final;
    if (final === null || final.kind === 'interrupted') return null;
    return final.kind === 'completed'
      ? { usage: final.event.usage, error: null }
      : { usage: null, error: final.error };
  }

  /** Tells the caller the result. */
  settle(): void {
    const final = this.#final;
    if (final?.kind === 'completed') this.#sink.complete(final.event);
    else if (final?.kind === 'failed') this.#sink.fail(final.event, final.error);
  }

  /** What an earlier turn left behind may still arrive before this one has begun. */
  #isEarly(method: string, params: Readonly<Record<string, unknown>>): boolean {
    return this.turnId === null && method !== 'turn/started' && ('turnId' in params || 'turn' in params);
  }

  #noteItem(method: string, item: unknown): void {
    if (!isRecord(item)) return;
    if (item.type !== 'userMessage') this.modelOutputSeen = true;
    this.#items?.noted(method, item);
  }

  #give(output: TurnOutput): void {
    switch (output.kind) {
      case 'event':
        this.#sink.push(output.event);
        break;
      case 'delta':
        this.#sink.pushDelta(output.delta);
        break;
      case 'completed':
      case 'failed':
      case 'interrupted':
        this.#final = output;
        break;
    }
  }

  #end(): TurnEnd | undefined {
    const { turnId } = this;
    return this.#final === null || turnId === null ? undefined : { turnId, status: this.#final.kind };
  }
}
