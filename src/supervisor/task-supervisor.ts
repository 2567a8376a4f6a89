import { checkAddress, checkMessaging } from './address-check.ts';
import type { Address, Messaging, Pid } from './behaviour.ts';
import type { DynamicFlags } from './checked-spec.ts';
import { childSpec } from './child-spec.ts';
import type { Clock } from './clock.ts';
import { checkFunction, checkObject } from './invalid-option.ts';
import { unlink } from './link.ts';
import { Process } from './process.ts';
import type { RestartType, Shutdown } from './restart-decision.ts';
import type { ChildStart, TerminateChildResult } from './supervision.ts';
import { startChild, terminateChild, whichChildren } from './supervisor-client.ts';
import { type DynamicSupervisorOptions, dynamicSupervisor } from './supervisor-flags.ts';
import {
  Task,
  type TaskFunction,
  type TaskInput,
  type TaskOutcome,
  TaskStartError,
  taskBehaviour,
} from './task.ts';
import { streamTasks, type TaskStreamOptions } from './task-stream.ts';

/** How a task is run under its supervisor. */
export interface TaskOptions {
  /** Name in the task's path. Defaults to `task`. */
  readonly id?: string;
  /** Milliseconds, or how, when it is stopped. A task does not delay its stop, so this matters little. Defaults to 5,000. */
  readonly shutdown?: Shutdown;
}

/** A task that nobody waits for may be restarted. */
export interface DetachedTaskOptions extends TaskOptions {
  /** Defaults to `temporary`. */
  readonly restart?: RestartType;
}

/** The flags of a supervisor for tasks: a dynamic supervisor. Source: Elixir's `Task.Supervisor`. */
export function taskSupervisor(options: DynamicSupervisorOptions = {}): DynamicFlags {
  return dynamicSupervisor(options);
}

/** Who may start tasks: an application through its `ActorSystem`, or an actor through its context. */
export type TaskCaller = Messaging & { readonly clock: Clock } & { readonly self?: Pid };

/**
 * Runs functions as supervised actors: their crashes are contained and reported, and they stop with the tree.
 *
 * @example
 * const tasks = new TaskSupervisor(system, 'tasks');
 * const task = await tasks.asyncNolink((signal) => fetch(url, { signal }));
 * const response = await task.await(10_000);
 */
export class TaskSupervisor {
  readonly #caller: TaskCaller;
  readonly #address: Address;

  /** Speaks to the task supervisor at `address`, on behalf of `caller`. @throws InvalidOptionError when it is nobody's address. */
  constructor(caller: TaskCaller, address: Address) {
    checkMessaging('caller', caller);
    checkAddress(address);
    this.#caller = caller;
    this.#address = address;
  }

  /**
   * Starts a task that shares the fate of the calling actor: when one of them ends abnormally, so does the other (unless it traps exits).
   * Called from outside of the actors there is nobody to share with, and it is as `asyncNolink`.
   *
   * Rejects with `TaskStartError` when the supervisor is full, and with `CallError` when there is none.
   */
  async<Value>(run: TaskFunction<Value>, options: TaskOptions = {}): Promise<Task<Value>> {
    return this.#start(run, options, this.#caller.self);
  }

  /** Starts a task whose failure only shows in its outcome. Rejects as `async` does. */
  asyncNolink<Value>(run: TaskFunction<Value>, options: TaskOptions = {}): Promise<Task<Value>> {
    return this.#start(run, options, undefined);
  }

  /** Starts a task that nobody waits for. Results as those of `startChild`. */
  startChild(run: TaskFunction<unknown>, options: DetachedTaskOptions = {}): Promise<ChildStart<Pid>> {
    checkTask(run, options);
    const input: TaskInput<unknown> = { run, settle: () => {}, linkedTo: undefined };
    const { id = 'task', restart = 'temporary', shutdown } = options;
    return startChild(
      this.#caller,
      this.#address,
      childSpec({ id, restart, shutdown, actor: taskBehaviour<unknown>(), input }),
    );
  }

  /**
   * Runs `run` for each item, so many at a time, and yields the outcomes, by default in the order of the items. The tasks share the
   * fate of the calling actor, as with `async`. Leaving the loop ends those that run.
   *
   * With `onTimeout: 'exit'` (the default) a task that takes too long makes the loop throw `TaskError` `task_timeout`; with `kill_task`
   * it is ended, and its outcome is that error.
   */
  asyncStream<Item, Value>(
    items: Iterable<Item> | AsyncIterable<Item>,
    run: (item: Item, signal: AbortSignal) => Value | Promise<Value>,
    options: TaskStreamOptions = {},
  ): AsyncGenerator<TaskOutcome<Value>, void> {
    checkFunction('run', run);
    const start = (item: Item): Promise<Task<Value>> => this.async((signal) => run(item, signal));
    return streamTasks(items, start, (pid) => this.#endUnheard(pid), options);
  }

  /** As `asyncStream`, but a failure only shows in its outcome. */
  asyncStreamNolink<Item, Value>(
    items: Iterable<Item> | AsyncIterable<Item>,
    run: (item: Item, signal: AbortSignal) => Value | Promise<Value>,
    options: TaskStreamOptions = {},
  ): AsyncGenerator<TaskOutcome<Value>, void> {
    checkFunction('run', run);
    const start = (item: Item): Promise<Task<Value>> => this.asyncNolink((signal) => run(item, signal));
    return streamTasks(items, start, (pid) => this.terminateChild(pid), options);
  }

  /** The pids of the tasks that run. */
  async children(): Promise<readonly Pid[]> {
    const children = await whichChildren(this.#caller, this.#address);
    return children.flatMap(({ pid }) => (pid === undefined || pid === 'restarting' ? [] : [pid]));
  }

  /** Ends a task: its signal is aborted and its outcome is `shutdown`. `not_found` when it does not run. */
  terminateChild(pid: Pid): Promise<TerminateChildResult> {
    return terminateChild(this.#caller, this.#address, pid);
  }

  /** Ends a task that the caller gives up: it must not end the caller in turn. */
  #endUnheard(pid: Pid): Promise<TerminateChildResult> {
    const { self } = this.#caller;
    if (self instanceof Process && pid instanceof Process) unlink(self, pid);
    return this.terminateChild(pid);
  }

  async #start<Value>(
    run: TaskFunction<Value>,
    options: TaskOptions,
    linkedTo: Pid | undefined,
  ): Promise<Task<Value>> {
    checkTask(run, options);
    const { id = 'task', shutdown } = options;
    let settle: (outcome: TaskOutcome<Value>) => void = () => {};
    const outcome = new Promise<TaskOutcome<Value>>((resolve) => {
      settle = resolve;
    });
    const input: TaskInput<Value> = { run, settle, linkedTo };
    const spec = childSpec({ id, restart: 'temporary', shutdown, actor: taskBehaviour<Value>(), input });
    const started = await startChild(this.#caller, this.#address, spec);
    if (started.ok && started.pid !== undefined) return new Task(started.pid, outcome, this.#caller.clock);
    throw new TaskStartError(id, started.ok ? 'ignored' : started);
  }
}

function checkTask(run: unknown, options: unknown): void {
  checkFunction('run', run);
  checkObject('options', options, 'an object with the options of a task');
}
