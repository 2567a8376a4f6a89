import type { ItemDelta, TurnSink } from '../../../src/actors/turn-request.ts';
import type { ThreadEvent, TurnCompletedEvent, TurnFailedEvent } from '../../../src/protocol/exec-events.ts';

/** How a turn was settled. */
export type Outcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'completed'; readonly event: TurnCompletedEvent }
  | { readonly kind: 'failed'; readonly event: TurnFailedEvent; readonly error: Error }
  | { readonly kind: 'abandoned'; readonly error: Error };

/** A sink that keeps what a transport puts into it, and lets a test wait for it. */
export class RecordingSink implements TurnSink {
  readonly wantsDeltas = true;
  readonly events: ThreadEvent[] = [];
  readonly deltas: ItemDelta[] = [];
  outcome: Outcome = { kind: 'open' };
  /** How often it was settled; once is right. */
  settlements = 0;
  #tellSettled: (outcome: Outcome) => void = () => {};
  /** Resolves with the outcome once there is one. */
  readonly whenSettled = new Promise<Outcome>((resolve) => {
    this.#tellSettled = resolve;
  });
  readonly #watchers = new Set<{ readonly type: string; readonly resolve: (event: ThreadEvent) => void }>();

  get settled(): boolean {
    return this.settlements > 0;
  }

  /** The texts of the agent's messages so far. */
  get messages(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'item.completed' && event.item.type === 'agent_message' ? [event.item.text] : [],
    );
  }

  /** Resolves with the first event of that type, also one that came already. */
  async event(type: ThreadEvent['type']): Promise<ThreadEvent> {
    const known = this.events.find((event) => event.type === type);
    if (known !== undefined) return known;
    return new Promise((resolve) => this.#watchers.add({ type, resolve }));
  }

  threadStarted(threadId: string, isNew: boolean): void {
    if (isNew) this.push({ type: 'thread.started', thread_id: threadId });
  }

  push(event: ThreadEvent): void {
    this.events.push(event);
    for (const watcher of this.#watchers) {
      if (watcher.type !== event.type) continue;
      this.#watchers.delete(watcher);
      watcher.resolve(event);
    }
  }

  pushDelta(delta: ItemDelta): void {
    this.deltas.push(delta);
  }

  complete(event: TurnCompletedEvent): void {
    this.#settle({ kind: 'completed', event });
  }

  fail(event: TurnFailedEvent, error: Error): void {
    this.#settle({ kind: 'failed', event, error });
  }

  abandon(error: Error): void {
    this.#settle({ kind: 'abandoned', error });
  }

  #settle(outcome: Outcome): void {
    this.settlements += 1;
    this.outcome = outcome;
    this.#tellSettled(outcome);
  }
}
