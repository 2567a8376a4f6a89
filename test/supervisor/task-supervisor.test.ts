import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { ActorContext, Behaviour } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import type { DynamicSupervisorOptions } from '../../src/supervisor/supervisor-flags.ts';
import type { TaskOutcome } from '../../src/supervisor/task.ts';
import { TaskSupervisor, taskSupervisor } from '../../src/supervisor/task-supervisor.ts';
import { Stage } from './stage.ts';

interface Scene {
  readonly stage: Stage;
  readonly system: ActorSystem;
  readonly tasks: TaskSupervisor;
}

async function scene(options: DynamicSupervisorOptions = {}): Promise<Scene> {
  const stage = new Stage();
  const system = await stage.start({
    children: [childSpec({ id: 'tasks', supervisor: taskSupervisor(options) })],
  });
  return { stage, system, tasks: new TaskSupervisor(system, 'tasks') };
}

const never = (): Promise<never> => new Promise(() => {});
const boom = new Error('boom');
const failing = (): never => {
  throw boom;
};

/** An actor that does what it is sent, with its own context. */
type Deed = (context: ActorContext<Deed>) => unknown;
const doer: Behaviour<Deed> = {
  init: (context) => ({
    receive: (deed) => {
      if (typeof deed === 'function') void deed(context);
    },
  }),
};

describe('tasks', () => {
  it('asyncNolink gives the value to await [ex-task-async]', async () => {
    const { system, tasks } = await scene();
    const task = await tasks.asyncNolink(() => 42);
    expect(await task.await()).toBe(42);
    expect(await tasks.children()).toEqual([]);
    await system.stop();
  });

  it('a crash shows as the outcome, is reported, and harms nobody [ex-task-async-nolink]', async () => {
    const { stage, system, tasks } = await scene();
    const task = await tasks.asyncNolink(failing);
    expect(await task.yield()).toEqual({ ok: false, reason: { error: boom } });
    await expect(task.await()).rejects.toMatchObject({ code: 'task_exit', cause: boom });
    await stage.clock.settle();
    expect(stage.takeReports()).toBe('child_terminated(task,Error: boom)');
    await system.stop();
  });

  it("async shares the fate of the calling actor: its crash is the caller's [ex-task-linked]", async () => {
    const { stage, system } = await scene();
    await system.startChild(childSpec({ id: 'caller', restart: 'temporary', actor: doer }));
    const downs: unknown[] = [];
    system.monitor('caller', ({ reason }) => downs.push(reason));
    system.cast<Deed>('caller', (context) => new TaskSupervisor(context, 'tasks').async(failing));
    await stage.clock.settle();
    expect(downs).toEqual([{ error: boom }]);
    await system.stop();
  });

  it("async shares the fate of the calling actor: the caller's crash ends the task [ex-task-linked]", async () => {
    const { stage, system, tasks } = await scene();
    await system.startChild(childSpec({ id: 'caller', restart: 'temporary', actor: doer }));
    system.cast<Deed>('caller', (context) => new TaskSupervisor(context, 'tasks').async(never));
    await stage.clock.settle();
    expect(await tasks.children()).toHaveLength(1);
    system.cast<Deed>('caller', failing);
    await stage.clock.settle();
    expect(await tasks.children()).toEqual([]);
    await system.stop();
  });

  it('a caller with asyncNolink survives its task [ex-task-async-nolink]', async () => {
    const { stage, system } = await scene();
    await system.startChild(childSpec({ id: 'caller', actor: doer }));
    const caller = system.whereis('caller');
    system.cast<Deed>('caller', (context) => new TaskSupervisor(context, 'tasks').asyncNolink(failing));
    await stage.clock.settle();
    expect(system.whereis('caller')).toBe(caller);
    await system.stop();
  });

  it('await gives up after its timeout, 5 seconds unless told otherwise, and the task runs on [ex-task-await-timeout]', async () => {
    const { stage, system, tasks } = await scene();
    const task = await tasks.asyncNolink(never);
    const failed = expect(task.await()).rejects.toMatchObject({ code: 'task_timeout' });
    await stage.clock.advance(5_000);
    await failed;
    expect(await tasks.children()).toEqual([task.pid]);
    await system.stop();
  });

  it('yield gives undefined when it takes longer, and can be asked again [ex-task-yield]', async () => {
    const { stage, system, tasks } = await scene();
    let finish = (_value: string): void => {};
    const task = await tasks.asyncNolink(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    const first = task.yield(10);
    await stage.clock.advance(10);
    expect(await first).toBeUndefined();
    finish('late');
    expect(await task.yield(10)).toEqual({ ok: true, value: 'late' });
    expect(stage.clock.pendingTimers).toBe(0);
    await system.stop();
  });

  it('terminateChild aborts the signal and does not wait for the function [ex-task-shutdown]', async () => {
    const { system, tasks } = await scene();
    let aborted = false;
    const task = await tasks.asyncNolink((signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return never();
    });
    expect(await tasks.terminateChild(task.pid)).toEqual({ ok: true });
    expect(await task.outcome).toEqual({ ok: false, reason: 'shutdown' });
    expect(aborted).toBe(true);
    await system.stop();
  });

  it('a task is temporary, stops with the tree, and never outlives it [ex-task-supervisor-defaults]', async () => {
    const { system, tasks } = await scene();
    const task = await tasks.asyncNolink(never);
    await system.stop();
    expect(await task.outcome).toEqual({ ok: false, reason: 'shutdown' });
  });

  it('startChild runs a task nobody waits for; a transient one that keeps crashing ends the supervisor [ex-task-start-child]', async () => {
    const { stage, system, tasks } = await scene();
    let runs = 0;
    const result = await tasks.startChild(
      () => {
        runs += 1;
        throw boom;
      },
      { restart: 'transient' },
    );
    expect(result.ok).toBe(true);
    await stage.clock.settle();
    expect(runs).toBe(4);
    expect(stage.reports.at(-1)).toBe('child_terminated(tasks,shutdown)');
    await system.stop();
  });

  it('a full supervisor refuses with task_not_started [ex-task-max-children]', async () => {
    const { system, tasks } = await scene({ maxChildren: 1 });
    await tasks.asyncNolink(never);
    await expect(tasks.asyncNolink(never)).rejects.toMatchObject({ code: 'task_not_started' });
    await system.stop();
  });
});

describe('a stream of tasks', () => {
  async function collect<Value>(stream: AsyncIterable<TaskOutcome<Value>>): Promise<unknown[]> {
    const seen = [];
    for await (const outcome of stream) seen.push(outcome.ok ? outcome.value : outcome.reason);
    return seen;
  }

  it('runs at most maxConcurrency at a time and yields in the order of the items [ex-task-stream-ordered]', async () => {
    const { system, tasks } = await scene();
    let running = 0;
    let most = 0;
    const double = async (item: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = item; turn < 10; turn += 1) await nextTurn();
      running -= 1;
      return item * 2;
    };
    const stream = tasks.asyncStreamNolink([1, 2, 3, 4, 5, 6, 7], double, { maxConcurrency: 3 });
    expect(await collect(stream)).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(most).toBe(3);
    await system.stop();
  });

  it('yields as they are ready when the order does not matter', async () => {
    const { system, tasks } = await scene();
    const gates = new Map<number, () => void>();
    const wait = (item: number): Promise<number> =>
      new Promise((resolve) => {
        gates.set(item, () => resolve(item));
        if (item === 3) gates.get(2)?.();
      });
    const stream = tasks.asyncStreamNolink([1, 2, 3], wait, { maxConcurrency: 3, ordered: false });
    expect(await stream.next()).toMatchObject({ value: { value: 2 } });
    gates.get(3)?.();
    expect(await stream.next()).toMatchObject({ value: { value: 3 } });
    gates.get(1)?.();
    expect(await collect(stream)).toEqual([1]);
    await system.stop();
  });

  it('yields a failure and goes on [ex-task-stream-nolink]', async () => {
    const { system, tasks } = await scene();
    const odd = (item: number): number => (item === 2 ? failing() : item);
    expect(await collect(tasks.asyncStreamNolink([1, 2, 3], odd))).toEqual([1, { error: boom }, 3]);
    await system.stop();
  });

  it('kill_task ends a task that takes too long, and goes on [ex-task-stream-timeout]', async () => {
    const { stage, system, tasks } = await scene();
    const hang = (item: number): number | Promise<number> => (item === 1 ? never() : item);
    const options = { timeoutMs: 100, onTimeout: 'kill_task', maxConcurrency: 2 } as const;
    const collecting = collect(tasks.asyncStreamNolink([1, 2], hang, options));
    await stage.clock.settle();
    await stage.clock.advance(100);
    expect(await collecting).toMatchObject([{ error: { code: 'task_timeout' } }, 2]);
    expect(await tasks.children()).toEqual([]);
    await system.stop();
  });

  it('exit makes the loop throw when a task takes too long, and ends the others [ex-task-stream-timeout]', async () => {
    const { stage, system, tasks } = await scene();
    const collecting = collect(
      tasks.asyncStreamNolink([1, 2, 3], never, { timeoutMs: 100, maxConcurrency: 3 }),
    );
    const failed = expect(collecting).rejects.toMatchObject({ code: 'task_timeout' });
    await stage.clock.settle();
    await stage.clock.advance(100);
    await failed;
    expect(await tasks.children()).toEqual([]);
    await system.stop();
  });

  it('ends its tasks when the loop is left', async () => {
    const { system, tasks } = await scene();
    const first = (item: number): number | Promise<number> => (item === 1 ? item : never());
    for await (const outcome of tasks.asyncStreamNolink([1, 2, 3], first, { maxConcurrency: 3 })) {
      expect(outcome).toEqual({ ok: true, value: 1 });
      break;
    }
    expect(await tasks.children()).toEqual([]);
    await system.stop();
  });
});
