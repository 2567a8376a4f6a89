import { availableParallelism } from 'node:os';
import type { Pid } from './behaviour.ts';
import { checkObject, checkOneOf, checkTimeout, checkWhole, InvalidOptionError } from './invalid-option.ts';
import { type Task, TaskError, type TaskOutcome } from './task.ts';

/** How a stream of tasks runs. */
export interface TaskStreamOptions {
  /** Tasks that run at a time. Defaults to the number of processors. */
  readonly maxConcurrency?: number;
  /** Milliseconds each task may take; `Infinity` for no limit. Defaults to 5,000. */
  readonly timeoutMs?: number;
  /** What a task that takes longer does: make the loop throw, or be ended and yielded as failed. Defaults to `exit`. */
  readonly onTimeout?: 'exit' | 'kill_task';
  /** Whether outcomes come in the order of the items, or as they are ready. Defaults to true. */
  readonly ordered?: boolean;
}

/** Milliseconds each task of a stream may take unless told otherwise. */
const streamTimeoutMsDefault = 5_000;

/** A task of the stream, and what became of it in its time; undefined when it took too long. */
interface Running<Value> {
  readonly task: Task<Value>;
  readonly outcome: Promise<TaskOutcome<Value> | undefined>;
}

/** Starts a task for each item, at most `maxConcurrency` at a time, and yields their outcomes; ends those that are left. */
export function streamTasks<Item, Value>(
  items: Iterable<Item> | AsyncIterable<Item>,
  start: (item: Item) => Promise<Task<Value>>,
  end: (pid: Pid) => Promise<unknown>,
  options: TaskStreamOptions,
): AsyncGenerator<TaskOutcome<Value>, void> {
  checkItems(items);
  checkObject('options', options, 'an object with the options of a stream');
  const { maxConcurrency = availableParallelism(), timeoutMs = streamTimeoutMsDefault } = options;
  const { onTimeout = 'exit', ordered = true } = options;
  checkWhole('maxConcurrency', maxConcurrency, 1);
  checkTimeout('timeoutMs', timeoutMs);
  checkOneOf('onTimeout', onTimeout, ['exit', 'kill_task']);
  if (typeof ordered !== 'boolean') throw new InvalidOptionError('ordered', ordered, 'true or false');
  return new TaskStream({ start, end, maxConcurrency, timeoutMs, onTimeout, ordered }).run(items);
}

function checkItems(items: unknown): void {
  const accepted = 'an iterable or an async iterable';
  if (typeof items === 'string') return;
  checkObject('items', items, accepted);
  if (!(Symbol.iterator in items || Symbol.asyncIterator in items))
    throw new InvalidOptionError('items', items, accepted);
}

interface StreamPlan<Item, Value> extends Required<TaskStreamOptions> {
  readonly start: (item: Item) => Promise<Task<Value>>;
  readonly end: (pid: Pid) => Promise<unknown>;
}

class TaskStream<Item, Value> {
  readonly #plan: StreamPlan<Item, Value>;
  readonly #running: Running<Value>[] = [];

  constructor(plan: StreamPlan<Item, Value>) {
    this.#plan = plan;
  }

  async *run(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<TaskOutcome<Value>, void> {
    try {
      for await (const item of items) {
        await this.#start(item);
        if (this.#running.length >= this.#plan.maxConcurrency) yield await this.#next();
      }
      while (this.#running.length > 0) yield await this.#next();
    } finally {
      // A supervisor that has ended took its tasks with it.
      await Promise.allSettled(this.#running.map(({ task }) => this.#plan.end(task.pid)));
    }
  }

  async #start(item: Item): Promise<void> {
    const task = await this.#plan.start(item);
    this.#running.push({ task, outcome: this.#outcomeOf(task) });
  }

  /** What becomes of a task in its time. One that is out of time is ended then, however late the reader comes for it. */
  async #outcomeOf(task: Task<Value>): Promise<TaskOutcome<Value> | undefined> {
    const outcome = await task.yield(this.#plan.timeoutMs);
    // A supervisor that has ended took its tasks with it.
    if (outcome === undefined) await this.#plan.end(task.pid).catch(() => undefined);
    return outcome;
  }

  async #next(): Promise<TaskOutcome<Value>> {
    const next = await this.#choose();
    const outcome = await next.outcome;
    if (outcome === undefined) return this.#timedOut(next);
    this.#running.splice(this.#running.indexOf(next), 1);
    return outcome;
  }

  #choose(): Promise<Running<Value>> | Running<Value> {
    const [first] = this.#running;
    if (first === undefined) throw new RangeError('no task runs');
    if (this.#plan.ordered) return first;
    return Promise.race(this.#running.map(async (running) => running.outcome.then(() => running)));
  }

  #timedOut(late: Running<Value>): TaskOutcome<Value> {
    const error = new TaskError(late.task.pid.path, this.#plan.timeoutMs, undefined);
    if (this.#plan.onTimeout === 'exit') throw error;
    this.#running.splice(this.#running.indexOf(late), 1);
    return { ok: false, reason: { error } };
  }
}
