import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import type { Input } from '../../protocol/user-input.ts';
import type { TurnResult } from '../turn-collector.ts';

/** Something that waits for the turns before it. */
export interface WaitingTurn {
  readonly id: string;
  readonly kind: 'message' | 'goal' | 'compact' | 'review' | 'fork' | 'revert';
  /** What a message says, with the texts of its attachments; null for the others. */
  readonly input: Input | null;
  readonly waitedMs: number;
}

/** A turn that was added to a queue. */
export interface QueuedTurn {
  readonly id: string;
  /** As `run` settles. It may be left alone: a rejection that nobody awaits does no harm. */
  readonly result: Promise<TurnResult>;
}

/** What waits on one thread, as its transport keeps it. */
export interface WaitingTurns {
  /** In the order they are to run. */
  list(): readonly WaitingTurn[];
  /** Puts them into this order; ids that no longer wait are passed over. */
  reorder(ids: readonly string[]): void;
  /** Ends one as if interrupted. */
  remove(id: string): void;
}

/**
 * The turns of a thread that wait behind the running one, with what is done between turns. It is kept in this process, and goes on by
 * itself: also after a turn that failed or was interrupted, and after a crash of the Codex process.
 *
 * @example
 * const { id, result } = await thread.queue.add('Then run the linter');
 * thread.queue.start(id);
 * console.log((await result).finalResponse);
 */
export class ThreadQueue<Options> {
  readonly #waiting: WaitingTurns;
  readonly #begin: (input: Input, options: Options | undefined) => QueuedTurn;

  /** @internal */
  constructor(waiting: WaitingTurns, begin: (input: Input, options: Options | undefined) => QueuedTurn) {
    this.#waiting = waiting;
    this.#begin = begin;
  }

  /** What waits, in the order it is to run. The running turn is not among it. */
  list(): readonly WaitingTurn[] {
    return this.#waiting.list();
  }

  /**
   * Adds a turn, which runs when its time comes: on an idle thread at once.
   *
   * Rejects with `InvalidOptionError` or `InputTooLargeError` for bad input, `QueueFullError` when too many wait, `ThreadClosedError`.
   */
  async add(input: Input, options?: Options): Promise<QueuedTurn> {
    const turn = this.#begin(input, options);
    turn.result.catch(() => undefined);
    // What was refused waits nowhere, and its result says why.
    if (!this.#waits(turn.id)) await turn.result;
    return turn;
  }

  /**
   * Puts what waits into another order.
   *
   * @throws InvalidOptionError unless `ids` names all that waits, each once: what has begun since `list` no longer waits.
   */
  reorder(ids: readonly string[]): void {
    const waiting = this.list();
    const isWhole =
      Array.isArray(ids) && ids.length === waiting.length && waiting.every(({ id }) => ids.includes(id));
    if (!isWhole)
      throw new InvalidOptionError('ids', ids, 'the id of each waiting turn, each once; see list()');
    this.#waiting.reorder(ids);
  }

  /** Lets one that waits run next, before all others. False when it no longer waits. */
  start(id: string): boolean {
    if (!this.#waits(id)) return false;
    const others = this.list().flatMap((turn) => (turn.id === id ? [] : [turn.id]));
    this.#waiting.reorder([id, ...others]);
    return true;
  }

  /** Takes one out: its caller is told with `TurnInterruptedError`. False when it no longer waits. */
  remove(id: string): boolean {
    if (!this.#waits(id)) return false;
    this.#waiting.remove(id);
    return true;
  }

  #waits(id: string): boolean {
    return this.list().some((turn) => turn.id === id);
  }
}
