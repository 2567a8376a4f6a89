import type { ForkBounds } from './actors/thread-operations/history-operations.ts';
import { type QueuedTurn, ThreadQueue } from './actors/thread-operations/thread-queue.ts';
import { TurnCollector, type TurnResult } from './actors/turn-collector.ts';
import type { TurnEvent } from './actors/turn-event-queue.ts';
import type { TurnControl } from './actors/turn-sink.ts';
import { TurnStream } from './actors/turn-stream.ts';
import type { LiveTransportThread } from './actors/turn-transport.ts';
import type { WithAttachments } from './files/attachments/turn-attachments.ts';
import { InvalidOptionError } from './protocol/errors/call-errors.ts';
import { ThreadStateError } from './protocol/errors/thread-errors.ts';
import { checkId, checkReviewTarget, type ReviewTarget } from './protocol/operation-checks.ts';
import { checkThreadOptions, checkTurnOptions } from './protocol/option-checks.ts';
import { checkOptionNames, type OptionNames } from './protocol/option-names.ts';
import { type ThreadOptions, type TurnOptions, threadOptionNames } from './protocol/thread-options.ts';
import type { ThreadRecord } from './protocol/thread-records.ts';
import type { TurnTask } from './protocol/turn-task.ts';
import type { Input } from './protocol/user-input.ts';

/** Options of a compaction or a review. */
export interface TaskOptions {
  /** Interrupts it; the thread stays usable. */
  readonly signal?: AbortSignal;
}

/** How a review is streamed. */
export interface StreamedTaskOptions extends TaskOptions {
  /** Whether `item.delta` events come too. Defaults to false. */
  readonly includeDeltas?: boolean;
}

const taskOptionNames = { signal: 'own' } as const satisfies OptionNames<TaskOptions>;
const streamedTaskOptionNames = {
  ...taskOptionNames,
  includeDeltas: 'own',
} as const satisfies OptionNames<StreamedTaskOptions>;

/** Where a thread is forked, and what is other in the fork. Thread options that are left out are those of the source. */
export interface ForkOptions extends ForkBounds, ThreadOptions {}

/** Every option of `fork`. */
export const forkOptionNames = {
  ...threadOptionNames,
  lastTurnId: 'own',
  beforeTurnId: 'own',
} as const satisfies OptionNames<ForkOptions>;

/**
 * What can be done to a thread besides telling it something; `Thread` has these methods. What changes the thread is ordered with its turns:
 * it waits for those that were asked for before it, and those asked for later wait for it.
 *
 * All of it needs the app-server transport and rejects with `InvalidOptionError` on the other, with `ThreadClosedError` once the thread is
 * closed, with `QueueFullError` when too much waits.
 */
export abstract class OperableThread<Self> {
  /** @internal */
  protected abstract operable(): LiveTransportThread;
  /** @internal A turn of a task, for a reader. */
  protected abstract control(task: TurnTask): TurnControl;
  /** @internal A turn with an input, begun. */
  protected abstract queued(input: Input, options: TurnOptions & WithAttachments): QueuedTurn;
  /** @internal The face of another thread with the same surroundings. */
  protected abstract fellow(thread: LiveTransportThread): Self;

  /** The turns that wait: to be listed, added to, put into another order, taken out. */
  get queue(): ThreadQueue<TurnOptions & WithAttachments> {
    return new ThreadQueue(this.operable().waiting, (input, options) => this.queued(input, options ?? {}));
  }

  /**
   * Has the model sum the conversation up, and goes on from the summary: a turn of its own, without a final response. It costs one request.
   *
   * Rejects as `run` does.
   */
  async compact(options: TaskOptions = {}): Promise<TurnResult> {
    checkOptionNames('compact', options, taskOptionNames);
    return this.#task({ kind: 'compact' }, options);
  }

  /**
   * Has the model review changes: a turn of its own, whose final response is the review. It cannot be steered.
   *
   * Rejects as `run` does; with `InvalidOptionError` for a target that cannot be. A branch or commit that does not exist is for the model
   * to find out.
   *
   * @example const { finalResponse } = await thread.review({ type: 'baseBranch', branch: 'main' });
   */
  async review(target: ReviewTarget, options: TaskOptions = {}): Promise<TurnResult> {
    checkReviewTarget(target);
    checkOptionNames('review', options, taskOptionNames);
    return this.#task({ kind: 'review', target }, options);
  }

  /** Reviews, and streams events as `runStreamed` does. */
  async reviewStreamed(
    target: ReviewTarget,
    options: StreamedTaskOptions = {},
  ): Promise<{ readonly events: AsyncGenerator<TurnEvent, undefined, undefined> }> {
    checkReviewTarget(target);
    checkOptionNames('reviewStreamed', options, streamedTaskOptionNames);
    const { includeDeltas = false } = options;
    return {
      events: new TurnStream({ ...this.#prepared({ kind: 'review', target }, options), includeDeltas }),
    };
  }

  /**
   * A new thread with the history of this one, up to its newest turn or where the options say; the two go on apart. Labels and metadata
   * are copied. With `lastTurnId` or `beforeTurnId` it does not wait for turns that run.
   *
   * Rejects with `ThreadStateError`: `thread_not_found` for a thread without a turn, `turn_not_found`, `thread_ephemeral`; with
   * `OutcomeUnknownError` when the process died: then there may be a fork that nobody knows.
   *
   * @example const attempt = await thread.fork(); await attempt.run('Try it the other way');
   */
  async fork(options: ForkOptions = {}): Promise<Self> {
    checkOptionNames('fork', options, forkOptionNames);
    checkThreadOptions(options);
    const { lastTurnId, beforeTurnId, ...threadOptions } = options;
    for (const [field, turnId] of Object.entries({ lastTurnId, beforeTurnId }))
      if (turnId !== undefined) checkId(field, turnId);
    if (lastTurnId !== undefined && beforeTurnId !== undefined)
      throw new InvalidOptionError('beforeTurnId', beforeTurnId, 'left out where lastTurnId is given');
    if (threadOptions.ephemeral !== undefined)
      throw new InvalidOptionError('ephemeral', threadOptions.ephemeral, 'left out of a fork, which is kept');
    const bounds = {
      ...(lastTurnId === undefined ? {} : { lastTurnId }),
      ...(beforeTurnId === undefined ? {} : { beforeTurnId }),
    };
    return this.fellow(await this.operable().fork(bounds, threadOptions));
  }

  /**
   * Takes a turn, and all after it, out of the thread's history: the model no longer knows of them. What they did to files stays. Turns that
   * run or wait when this is called come first.
   *
   * Rejects with `ThreadStateError`: `turn_not_found`, `thread_ephemeral`; with `OutcomeUnknownError` when Codex did not answer in time, and has
   * not done it yet. When the process dies, what became of it is read from the thread, and it is done on the next process where it was not.
   */
  async revert(beforeTurnId: string): Promise<void> {
    checkId('beforeTurnId', beforeTurnId);
    return this.operable().revert(beforeTurnId);
  }

  /** What Codex keeps of the thread; see `codex.threads.read`. Its turns: `codex.threads.turns(id)`. */
  async read(): Promise<ThreadRecord> {
    return this.operable().threads.read(this.#idFor('read'));
  }

  /** Names the thread; see `codex.threads.setName`. */
  async setName(name: string): Promise<void> {
    return this.operable().threads.setName(this.#idFor('setName'), name);
  }

  /** Puts the thread away and closes it; see `codex.threads.archive`. */
  async archive(): Promise<void> {
    return this.operable().threads.archive(this.#idFor('archive'));
  }

  /** Deletes the thread for ever and closes it; see `codex.threads.delete`. */
  async delete(): Promise<void> {
    return this.operable().threads.delete(this.#idFor('delete'));
  }

  #task(task: TurnTask, options: TaskOptions): Promise<TurnResult> {
    return new TurnCollector(this.#prepared(task, options)).run();
  }

  #prepared(task: TurnTask, options: TaskOptions) {
    const { signal } = options;
    checkTurnOptions(signal === undefined ? {} : { signal });
    // Checked here, since a transport without live threads would take it for a message.
    this.operable();
    return { control: this.control(task), signal };
  }

  #idFor(operation: string): string {
    const { id } = this.operable();
    if (id === null) throw new ThreadStateError('thread_not_found', { operation, threadId: null });
    return id;
  }
}
