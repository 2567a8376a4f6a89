import { CancelledError } from '../protocol/errors/call-errors.ts';
import type { ThreadEvent, TurnCompletedEvent, TurnFailedEvent } from '../protocol/exec-events.ts';
import type { ItemDelta, TurnSink } from './turn-request.ts';
import type { TurnRetry } from './turn-retry.ts';

/** Events a transport may push: all but the two that settle the turn. */
export type PushedEvent = Exclude<ThreadEvent, TurnCompletedEvent | TurnFailedEvent>;

/** Runs the turn for a sink, and ends it before its time. */
export interface TurnControl {
  /** Submits the turn; may throw, which settles it. */
  start(sink: TurnSink): void;
  /** Asks for the end of a started turn; the transport then settles the sink. */
  interrupt(): void;
}

export interface TurnSinkOptions {
  readonly control: TurnControl;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What both readers of a turn share: it starts at most once, settles exactly once, and ends as aborted when its signal or its
 * reader asked for the end, even if the turn happened to finish in the meantime.
 */
export abstract class SettlingSink implements TurnSink {
  abstract readonly wantsDeltas: boolean;
  readonly #control: TurnControl;
  readonly #signal: AbortSignal | undefined;
  #started = false;
  #settled = false;
  #threadId: string | null = null;
  #abortedWith: Error | null = null;

  constructor(options: TurnSinkOptions) {
    this.#control = options.control;
    this.#signal = options.signal;
  }

  get settled(): boolean {
    return this.#settled;
  }

  protected get started(): boolean {
    return this.#started;
  }

  /** Submits the turn, unless it has been already; an aborted signal or a throw of the transport settles it instead. */
  protected begin(): void {
    if (this.#started) return;
    this.#started = true;
    if (this.#signal?.aborted === true) {
      this.abandon(new CancelledError({ cause: this.#signal.reason }));
      return;
    }
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    try {
      this.#control.start(this);
    } catch (error) {
      this.abandon(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Settles a turn that never started, or asks the transport for the end of one that did. */
  protected leave(error: Error): void {
    if (this.#settled || this.#abortedWith !== null) return;
    this.#abortedWith = error;
    if (!this.#started) {
      this.#started = true;
      this.abandon(error);
      return;
    }
    this.discard();
    this.#control.interrupt();
  }

  threadStarted(threadId: string, isNew: boolean): void {
    if (this.#settled || this.#threadId === threadId) return;
    this.#threadId = threadId;
    if (isNew) this.push({ type: 'thread.started', thread_id: threadId });
  }

  push(event: PushedEvent): void {
    if (!this.#settled && this.#abortedWith === null) this.accept(event);
  }

  pushDelta(delta: ItemDelta): void {
    if (this.wantsDeltas && !this.#settled && this.#abortedWith === null) this.acceptDelta(delta);
  }

  retried(retry: TurnRetry): void {
    if (!this.#settled && this.#abortedWith === null) this.acceptRetry(retry);
  }

  complete(event: TurnCompletedEvent): void {
    this.#settle(() => this.completed(event));
  }

  fail(event: TurnFailedEvent, error: Error): void {
    this.#settle(() => this.failed(event, error));
  }

  abandon(error: Error): void {
    this.#settle(() => this.ended(error));
  }

  /** Takes one event. */
  protected abstract accept(event: PushedEvent): void;
  /** Takes one delta; only called where `wantsDeltas`. */
  protected abstract acceptDelta(delta: ItemDelta): void;
  /** Takes what is known of a retry. By default nobody wants it. */
  protected acceptRetry(_retry: TurnRetry): void {}
  protected abstract completed(event: TurnCompletedEvent): void;
  protected abstract failed(event: TurnFailedEvent, error: Error): void;
  /** The turn ended without a verdict of Codex. */
  protected abstract ended(error: Error): void;
  /** The reader is gone or gave up: what is held for it may go. */
  protected abstract discard(): void;

  #settle(tell: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#abortedWith === null) tell();
    else this.ended(this.#abortedWith);
  }

  readonly #onAbort = (): void => this.leave(new CancelledError({ cause: this.#signal?.reason }));
}
