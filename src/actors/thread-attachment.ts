import type { SteerResult, ThreadStatus } from '../machines/thread-machine.ts';
import { TurnInterruptedError } from '../protocol/errors/turn-errors.ts';
import { turnFailure } from '../protocol/errors/turn-failure.ts';
import type { Input } from '../protocol/user-input.ts';
import type { ThreadActorEmitted } from './thread-actor-events.ts';
import type { TurnEvent } from './turn-event-queue.ts';

/** The part of a `Thread` that an attachment works with. */
export interface AttachableThread {
  readonly id: string | null;
  /** Whether it takes no more turns. */
  readonly closed: boolean;
  runStreamed(
    input: Input,
    options: { readonly includeDeltas: boolean; readonly outputSchema?: unknown },
  ): Promise<{ readonly events: AsyncGenerator<TurnEvent, undefined, undefined> }>;
  steer(input: Input): Promise<SteerResult>;
  interrupt(): void;
  watch(changed: (status: ThreadStatus) => void): () => void;
  close(): Promise<void>;
}

/** What an attachment tells its actor. */
export interface AttachmentListener {
  emit(event: ThreadActorEmitted): void;
  changed(status: ThreadStatus): void;
  ended(): void;
}

/** Ties one `ThreadActor` to the thread it shows: runs its turns, emits what happens in them, mirrors the thread's state. */
export class ThreadAttachment {
  readonly #thread: AttachableThread;
  /** Whether the actor started the thread, and so closes it. */
  readonly #isOwn: boolean;
  readonly #listener: AttachmentListener;
  #unwatch: () => void = () => undefined;
  #turns = 0;
  /** Turns of this actor whose events have not all been emitted. */
  readonly #followed = new Map<number, Promise<void>>();
  /** That the thread rests or is closed: told once its turns' last events have been emitted. */
  #held: ThreadStatus | null = null;
  #closing = false;
  #detached = false;
  #last: Pick<ThreadStatus, 'value' | 'recoveries'> = { value: 'idle', recoveries: 0 };

  constructor(thread: AttachableThread, isOwn: boolean, listener: AttachmentListener) {
    this.#thread = thread;
    this.#isOwn = isOwn;
    this.#listener = listener;
  }

  attach(): void {
    this.#unwatch = this.#thread.watch((status) => this.#changed(status));
  }

  /** Follows the thread no longer; one that this actor started is closed. Turns of a foreign thread go on. */
  detach(): void {
    this.#detached = true;
    this.#held = null;
    this.#unwatch();
    if (this.#isOwn) this.close();
  }

  run(input: Input, outputSchema: Readonly<Record<string, unknown>> | undefined): void {
    this.#turns += 1;
    const turn = this.#turns;
    const followed = this.#follow(turn, input, outputSchema).catch((error: Error) =>
      this.#failed(turn, error),
    );
    this.#followed.set(turn, followed);
  }

  steer(input: Input): void {
    this.#thread.steer(input).then(
      (result) => this.#listener.emit({ type: 'turn.steered', result }),
      (error: Error) => this.#listener.emit({ type: 'turn.steerFailed', error }),
    );
  }

  interrupt(): void {
    this.#thread.interrupt();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#close().then(
      () => this.#ended(),
      () => this.#ended(),
    );
  }

  async #close(): Promise<void> {
    await this.#thread.close();
    await Promise.all(this.#followed.values());
  }

  #ended(): void {
    this.#unwatch();
    if (!this.#detached) this.#listener.ended();
  }

  async #follow(
    turn: number,
    input: Input,
    outputSchema: Readonly<Record<string, unknown>> | undefined,
  ): Promise<void> {
    const options = outputSchema === undefined ? {} : { outputSchema };
    const { events } = await this.#thread.runStreamed(input, { includeDeltas: true, ...options });
    let finalResponse = '';
    for await (const event of events) {
      if (event.type === 'item.completed' && event.item.type === 'agent_message')
        finalResponse = event.item.text;
      this.#emit(turn, event, finalResponse);
    }
  }

  #emit(turn: number, event: TurnEvent, finalResponse: string): void {
    const { emit } = this.#listener;
    switch (event.type) {
      case 'thread.started':
        if (turn === 1) emit({ type: 'thread.started', threadId: event.thread_id });
        break;
      case 'turn.started':
      case 'item.started':
      case 'item.updated':
      case 'item.completed':
        emit({ ...event, turn });
        break;
      case 'item.delta':
        emit({ type: 'item.delta', itemId: event.item_id, kind: event.kind, delta: event.delta, turn });
        break;
      case 'error':
        emit({ type: 'turn.error', message: event.message, turn });
        break;
      case 'turn.retry': {
        const { by, attempt, attempts_max: attemptsMax, delay_ms: delayMs, code } = event;
        emit({ type: 'turn.retry', by, attempt, attemptsMax, delayMs, code, turn });
        break;
      }
      case 'turn.completed':
        emit({ type: 'turn.completed', usage: event.usage, finalResponse, turn });
        this.#over(turn);
        break;
      case 'turn.failed':
        emit({ type: 'turn.failed', error: turnFailure(event.error, null), turn });
        this.#over(turn);
        break;
    }
  }

  #failed(turn: number, error: Error): void {
    const type = TurnInterruptedError.isInstance(error) ? 'turn.interrupted' : 'turn.failed';
    this.#listener.emit({ type, error, turn });
    this.#over(turn);
  }

  /** The last event of a turn has been emitted. */
  #over(turn: number): void {
    this.#followed.delete(turn);
    if (this.#held !== null) this.#tell(this.#held);
  }

  #changed(status: ThreadStatus): void {
    const { emit } = this.#listener;
    if (status.value === 'recovering' && this.#last.value !== 'recovering')
      emit({ type: 'thread.recovering' });
    if (status.recoveries > this.#last.recoveries) emit({ type: 'thread.resumed' });
    this.#last = status;
    if (status.value === 'closed') this.#actorEnded(status);
    else this.#tell(status);
  }

  /** A thread that let go for want of use is opened by its next turn: to its users it is idle. */
  #actorEnded(status: ThreadStatus): void {
    if (this.#thread.closed) {
      this.#tell(status);
      this.close();
    } else this.#tell({ ...status, value: 'idle', tags: new Set(['idle']) });
  }

  #tell(status: ThreadStatus): void {
    const isAtRest = status.tags.has('idle') || status.tags.has('closed');
    this.#held = null;
    if (isAtRest && this.#followed.size > 0) this.#held = status;
    else this.#listener.changed(status);
  }
}
