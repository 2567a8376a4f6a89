import Emittery from 'emittery';
import { nanoid } from 'nanoid';
import type { Clock } from '../supervisor/clock.ts';
import { holdEventLoop } from '../supervisor/event-loop.ts';
import { InvalidOptionError } from '../supervisor/invalid-option.ts';
import { type ErrorSummary, summarizeError } from './error-summary.ts';
import { isTelemetryEventName, TELEMETRY_EVENT_NAMES, type TelemetryEventName } from './event-names.ts';
import type { TelemetryEnvelope, TelemetryEvent, TelemetryPayloads } from './events.ts';
import { Outbox } from './outbox.ts';
import { Span, type SpanContext } from './span.ts';
import {
  Subscription,
  type SubscriptionOptions,
  subscriberQueueMax,
  type TelemetryHandler,
  type TelemetrySubscription,
} from './subscription.ts';

/** How many subscribers one bus takes; one more is refused with a `RangeError`. */
export const subscribersMax = 64;

/** How long `close` waits for subscribers by default. */
export const telemetryCloseTimeoutMs = 1_000;

/** What a telemetry bus needs: time, and what to do with secrets and failures. */
export interface TelemetryBusOptions {
  /** Measures durations, and the patience of `close`. */
  readonly clock: Clock;
  /** Milliseconds since the Unix epoch, for `timestampMs`. Defaults to `Date.now`. */
  readonly wallClock?: () => number;
  /** Makes span ids. Defaults to `nanoid`. */
  readonly createId?: () => string;
  /** Removes secrets from error messages before they enter an event. Defaults to leaving them as they are. */
  readonly redact?: (text: string) => string;
  /** Told of each handler that threw or rejected. What it throws itself is ignored. Defaults to nothing: failures are counted. */
  readonly onSubscriberFailure?: (error: unknown, name: TelemetryEventName) => void;
}

/**
 * Tells subscribers what threads, turns, items, Codex processes and supervisors do. It is not a log and not a tracer: both are
 * subscribers that can be built on it.
 *
 * Publishing never waits, never throws because of a subscriber, and costs one table look-up while nobody subscribes to the name.
 * Each subscriber has its own bounded queue and gets events in the order they were published, after the publisher's code has run.
 *
 * ```ts
 * using subscription = bus.subscribe('turn.stop', (event) => {
 *   console.log(event.threadId, event.outcome, event.durationMs);
 * });
 * ```
 */
export class TelemetryBus {
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #createId: () => string;
  readonly #redact: (text: string) => string;
  readonly #onSubscriberFailure: (error: unknown, name: TelemetryEventName) => void;
  // emittery prints every event to the console when DEBUG is `*`; a logger that does nothing keeps it quiet.
  readonly #emitter = new Emittery<Record<TelemetryEventName, TelemetryEnvelope>>({
    debug: { name: 'telemetry', logger: () => undefined },
  });
  readonly #outbox = new Outbox<TelemetryEnvelope>((event) => this.#emitter.emit(event.name, event));
  readonly #listenerCounts = new Map<TelemetryEventName, number>();
  readonly #subscriptions = new Set<Pick<Subscription<never>, 'whenIdle' | 'unsubscribe'>>();
  #closed = false;

  constructor(options: TelemetryBusOptions) {
    this.#clock = options.clock;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#createId = options.createId ?? nanoid;
    this.#redact = options.redact ?? ((text) => text);
    this.#onSubscriberFailure = options.onSubscriberFailure ?? (() => undefined);
  }

  /** Whether anyone would get an event of this name: the guard for call sites too hot even for a closure. */
  has(name: TelemetryEventName): boolean {
    return this.#listenerCounts.has(name);
  }

  /** Events that no subscriber saw because too many were published at once, before any could be handed on. */
  get dropped(): number {
    return this.#outbox.dropped;
  }

  /**
   * Publishes one event. `build` makes the payload and runs at once, but only when someone subscribes to `name`; it must not throw.
   * After `close` nothing happens.
   */
  publish<N extends TelemetryEventName>(name: N, build: () => TelemetryPayloads[N]): void {
    if (!this.#listenerCounts.has(name)) return;
    this.#outbox.push({ name, timestampMs: this.#wallClock(), ...build() });
  }

  /** A span that begins now. `parent` may come from elsewhere, such as the application's own trace. */
  span(parent?: Span | SpanContext): Span {
    return new Span(this.#clock, this.#createId, parent);
  }

  /** What an event may say of an error: class, code and a redacted message of bounded length. */
  error(error: unknown): ErrorSummary {
    return summarizeError(error, this.#redact);
  }

  /**
   * Calls `handler` for every event with one of the names, or for all with `'*'`.
   *
   * Throws an `InvalidOptionError` for names that there are not or a handler that cannot be, a `RangeError` for a bad `queueMax` or for
   * more than `subscribersMax` subscribers.
   * On a closed bus, or with an aborted signal, the subscription has ended before it began.
   */
  subscribe<N extends TelemetryEventName = TelemetryEventName>(
    names: '*' | N | readonly N[],
    handler: TelemetryHandler<TelemetryEvent<N>>,
    options: SubscriptionOptions = {},
  ): TelemetrySubscription {
    const wanted = selectNames(names);
    if (typeof handler !== 'function') throw new InvalidOptionError('handler', handler, 'a function');
    if (this.#subscriptions.size >= subscribersMax) {
      throw new RangeError(
        `A telemetry bus takes at most ${subscribersMax} subscribers; unsubscribe one that is done.`,
      );
    }
    let detach = (): void => undefined;
    const subscription = new Subscription<TelemetryEvent<N>>(
      handler,
      options.queueMax ?? subscriberQueueMax,
      () => detach(),
      (error, event) => this.#reportFailure(error, event.name),
    );
    if (this.#closed || options.signal?.aborted === true) {
      subscription.unsubscribe();
      return subscription;
    }
    detach = this.#attach(subscription, wanted, options.signal);
    return subscription;
  }

  /** Resolves once every event published so far has been handled. Waits as long as the slowest handler does. */
  async flush(): Promise<void> {
    await this.#outbox.whenIdle();
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.whenIdle()));
  }

  /**
   * Takes no more events, waits until subscribers have handled what was published, at most `timeoutMs` (default
   * `telemetryCloseTimeoutMs`, 1,000), then ends every subscription; what is left is dropped and counted. Never rejects. The host's event loop
   * stays alive as long.
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed = true;
    this.#listenerCounts.clear();
    const handled = new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(options.timeoutMs ?? telemetryCloseTimeoutMs, resolve);
      void this.flush().then(() => {
        this.#clock.cancelTimer(timer);
        resolve();
      });
    });
    await holdEventLoop(handled);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #attach<N extends TelemetryEventName>(
    subscription: Subscription<TelemetryEvent<N>>,
    wanted: ReadonlySet<TelemetryEventName>,
    signal: AbortSignal | undefined,
  ): () => void {
    const names = [...wanted];
    const off = this.#emitter.on(names, ({ data }) => {
      if (isOneOf<N>(data, wanted)) subscription.push(data);
    });
    const onAbort = (): void => subscription.unsubscribe();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#subscriptions.add(subscription);
    this.#count(names, 1);
    return () => {
      off();
      signal?.removeEventListener('abort', onAbort);
      this.#subscriptions.delete(subscription);
      if (!this.#closed) this.#count(names, -1);
    };
  }

  #count(names: readonly TelemetryEventName[], change: 1 | -1): void {
    for (const name of names) {
      const count = (this.#listenerCounts.get(name) ?? 0) + change;
      // A name without listeners is absent, so that the guard in `publish` is a single look-up.
      if (count === 0) this.#listenerCounts.delete(name);
      else this.#listenerCounts.set(name, count);
    }
  }

  #reportFailure(error: unknown, name: TelemetryEventName): void {
    try {
      this.#onSubscriberFailure(error, name);
    } catch {
      // Whoever listens to failures must not become one.
    }
  }
}

function selectNames(names: string | readonly string[]): ReadonlySet<TelemetryEventName> {
  if (names === '*') return new Set(TELEMETRY_EVENT_NAMES);
  if (typeof names !== 'string' && !Array.isArray(names))
    throw new InvalidOptionError('names', names, "a name, an array of names, or '*' for all");
  const selected = new Set<TelemetryEventName>();
  for (const name of typeof names === 'string' ? [names] : names) {
    if (!isTelemetryEventName(name)) {
      throw new InvalidOptionError(
        'names',
        name,
        `'*' for all, or some of ${TELEMETRY_EVENT_NAMES.join(', ')}`,
      );
    }
    selected.add(name);
  }
  return selected;
}

function isOneOf<N extends TelemetryEventName>(
  event: TelemetryEnvelope,
  wanted: ReadonlySet<TelemetryEventName>,
): event is TelemetryEvent<N> {
  return wanted.has(event.name);
}
