import { isRecord, stringOr } from '../../protocol/unread.ts';
import type { ItemFields } from '../../telemetry/events.ts';
import type { Span } from '../../telemetry/span.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';

/** Items of one turn that may be open at a time for their spans to be told. */
export const openItemSpansMax = 10_000;

interface OpenItem {
  readonly span: Span;
  readonly itemType: string;
}

/** Which turn the items belong to, asked when an event is published. */
export type ItemsOf = () => Omit<ItemFields, 'itemId' | 'itemType'>;

/** Publishes the items of one turn as spans inside the turn's. Nothing is kept while nobody subscribes. */
export class ItemTelemetry {
  readonly #bus: TelemetryBus;
  readonly #turn: Span;
  readonly #itemsOf: ItemsOf;
  readonly #open = new Map<string, OpenItem>();

  constructor(bus: TelemetryBus, turn: Span, itemsOf: ItemsOf) {
    this.#bus = bus;
    this.#turn = turn;
    this.#itemsOf = itemsOf;
  }

  /** Takes the item of an `item/started` or `item/completed` notification. */
  noted(method: string, item: unknown): void {
    if (!isRecord(item) || typeof item.id !== 'string') return;
    if (method === 'item/started') this.#started(item.id, stringOr(item.type, 'unknown'));
    else if (method === 'item/completed') this.#completed(item.id, item);
  }

  /** The turn is over, by `error` if by any: what Codex left open ends without an end of its own. */
  turnEnded(error: Error | null): void {
    if (this.#open.size === 0) return;
    // Made only when it is told: each costs the stack it was made on.
    const cause = error ?? new Error('the turn ended before the item did');
    for (const [itemId, { span, itemType }] of this.#open) {
      this.#bus.publish('item.exception', () => ({
        ...span.closed(),
        ...this.#itemsOf(),
        itemId,
        itemType,
        error: this.#bus.error(cause),
      }));
    }
    this.#open.clear();
  }

  #started(itemId: string, itemType: string): OpenItem | undefined {
    const bus = this.#bus;
    const heard = bus.has('item.start') || bus.has('item.stop') || bus.has('item.exception');
    if (!heard || this.#open.size >= openItemSpansMax) return undefined;
    const item = { span: bus.span(this.#turn), itemType };
    this.#open.set(itemId, item);
    bus.publish('item.start', () => ({ ...item.span.opened(), ...this.#itemsOf(), itemId, itemType }));
    return item;
  }

  #completed(itemId: string, facts: Readonly<Record<string, unknown>>): void {
    const item = this.#open.get(itemId) ?? this.#started(itemId, stringOr(facts.type, 'unknown'));
    if (item === undefined) return;
    this.#open.delete(itemId);
    const { exitCode } = facts;
    this.#bus.publish('item.stop', () => ({
      ...item.span.closed(),
      ...this.#itemsOf(),
      itemId,
      itemType: item.itemType,
      status: stringOr(facts.status, null),
      ...(typeof exitCode === 'number' ? { exitCode } : {}),
    }));
  }
}
