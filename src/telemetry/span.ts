import type { Clock } from '../supervisor/clock.ts';

/** Names one span and its place in a trace. Ids are opaque strings; an exporter maps them to its own. */
export interface SpanContext {
  /** Shared by every span below one root, such as all turns and items of one thread. */
  readonly traceId: string;
  /** Shared by the `start` and the `stop` or `exception` of one span. */
  readonly spanId: string;
  /** The span this one happened in; absent at the root of a trace. */
  readonly parentSpanId?: string;
}

/** The field of a `start` event that ties it to its end. */
export interface SpanOpened {
  readonly span: SpanContext;
}

/** The fields of a `stop` or `exception` event that tie it to its start. */
export interface SpanClosed extends SpanOpened {
  /** Milliseconds since the span began, from the monotonic clock. */
  readonly durationMs: number;
}

/**
 * The time and the ids of something that takes a while: a thread, a turn, a request.
 *
 * Making one costs a clock reading and one object, whether or not anybody subscribes; ids are made when an event first carries them,
 * so that a subscriber who comes late still gets the end of what began before.
 *
 * ```ts
 * const span = bus.span();
 * bus.publish('turn.start', () => ({ ...span.opened(), path, threadId, turnId: null }));
 * bus.publish('turn.stop', () => ({ ...span.closed(), path, threadId, turnId, outcome: 'completed', usage }));
 * ```
 */
export class Span {
  readonly #clock: Clock;
  readonly #createId: () => string;
  readonly #parent: Span | SpanContext | undefined;
  readonly #startedAtMs: number;
  #context: SpanContext | undefined;

  constructor(clock: Clock, createId: () => string, parent?: Span | SpanContext) {
    this.#clock = clock;
    this.#createId = createId;
    this.#parent = parent;
    this.#startedAtMs = clock.now();
  }

  /** The ids of this span, the same at every call. */
  get context(): SpanContext {
    this.#context ??= this.#createContext();
    return this.#context;
  }

  /** Milliseconds since the span began, on the monotonic clock. */
  get durationMs(): number {
    return this.#clock.now() - this.#startedAtMs;
  }

  /** A span that begins now, inside this one. */
  child(): Span {
    return new Span(this.#clock, this.#createId, this);
  }

  /** What a `start` event carries of its span. */
  opened(): SpanOpened {
    return { span: this.context };
  }

  /** What a `stop` or `exception` event carries of its span: the same ids, and how long it took until now. */
  closed(): SpanClosed {
    return { span: this.context, durationMs: this.durationMs };
  }

  #createContext(): SpanContext {
    const parent = this.#parent instanceof Span ? this.#parent.context : this.#parent;
    const spanId = this.#createId();
    return parent === undefined
      ? { traceId: spanId, spanId }
      : { traceId: parent.traceId, spanId, parentSpanId: parent.spanId };
  }
}
