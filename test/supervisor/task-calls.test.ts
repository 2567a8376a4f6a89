import { describe, expect, it } from 'vitest';
import type { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Behaviour, Messaging } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { TaskError, type TaskOutcome, TaskStartError } from '../../src/supervisor/task.ts';
import { type TaskCaller, TaskSupervisor, taskSupervisor } from '../../src/supervisor/task-supervisor.ts';
import { Stage } from './stage.ts';

async function scene(): Promise<{ stage: Stage; system: ActorSystem; tasks: TaskSupervisor }> {
  const stage = new Stage();
  const system = await stage.start({
    children: [childSpec({ id: 'tasks', supervisor: taskSupervisor({ maxRestarts: 100 }) })],
  });
  return { stage, system, tasks: new TaskSupervisor(system, 'tasks') };
}

const boom = new Error('boom');
const never = (): Promise<never> => new Promise(() => {});

async function collected<Value>(stream: AsyncGenerator<TaskOutcome<Value>>): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for await (const outcome of stream) outcomes.push(outcome);
  return outcomes;
}

describe('a stream of linked tasks', () => {
  it('gives the value of each item in order', async () => {
    const { system, tasks } = await scene();
    const stream = tasks.asyncStream([1, 2, 3], (item) => item * 2, { maxConcurrency: 2 });
    expect(await collected(stream)).toEqual([2, 4, 6].map((value) => ({ ok: true, value })));
    await system.stop();
  });

  it('ends with the actor that reads it, and ends that actor when a task fails', async () => {
    const { stage, system } = await scene();
    const aborted: number[] = [];
    const reader: Behaviour<'read' | 'fail'> = {
      init: (context) => ({
        receive: (message) => {
          const tasks = new TaskSupervisor(context, 'tasks');
          const run = (item: number, signal: AbortSignal): Promise<never> => {
            signal.addEventListener('abort', () => aborted.push(item));
            return message === 'fail' ? Promise.reject(boom) : never();
          };
          collected(tasks.asyncStream([1, 2], run, { maxConcurrency: 3 })).catch(() => undefined);
        },
      }),
    };
    for (const id of ['reader', 'failing'])
      await system.startChild(
        childSpec({ id, actor: reader, restart: 'temporary', shutdown: 'brutal_kill' }),
      );
    system.cast('reader', 'read');
    await stage.clock.settle();
    system.call('reader', {}).catch(() => undefined);
    expect(aborted).toEqual([]);
    await system.call('app', { type: 'supervisor.terminateChild', target: 'reader' });
    await stage.clock.settle();
    expect(aborted.toSorted()).toEqual([1, 2]);
    system.cast('failing', 'fail');
    await stage.clock.settle();
    expect(system.whereis('failing')).toBeUndefined();
    await system.stop();
  });

  it('ends what still runs when the loop is left', async () => {
    const { stage, system, tasks } = await scene();
    const aborted: number[] = [];
    const run = (item: number, signal: AbortSignal): Promise<number> | number => {
      signal.addEventListener('abort', () => aborted.push(item));
      return item === 1 ? item : never();
    };
    for await (const outcome of tasks.asyncStream([1, 2], run, { maxConcurrency: 2 })) {
      expect(outcome).toEqual({ ok: true, value: 1 });
      break;
    }
    await stage.clock.settle();
    expect(aborted).toContain(2);
    expect(await tasks.children()).toEqual([]);
    await system.stop();
  });

  it.each([
    ['a loop that is left', { maxConcurrency: 2 }],
    ['a task that is out of time', { maxConcurrency: 1, timeoutMs: 10, onTimeout: 'kill_task' }],
  ] as const)('ends its tasks, not their reader, after %s', async (_, options) => {
    const { stage, system } = await scene();
    const outcomes: boolean[] = [];
    const reader: Behaviour<'read'> = {
      init: (context) => ({
        async receive() {
          const stream = new TaskSupervisor(context, 'tasks').asyncStream(
            [1, 2],
            (item) => (item === 1 && options.maxConcurrency === 2 ? item : never()),
            options,
          );
          for await (const { ok } of stream) {
            outcomes.push(ok);
            break;
          }
        },
      }),
    };
    await system.startChild(childSpec({ id: 'reader', actor: reader, restart: 'temporary' }));
    system.cast('reader', 'read');
    await stage.clock.advance(10);
    expect(outcomes).toEqual([options.maxConcurrency === 2]);
    expect(await new TaskSupervisor(system, 'tasks').children()).toEqual([]);
    expect(system.whereis('reader')).toBeDefined();
    await system.stop();
  });

  it('ends a task when its time is over, however late the reader comes for it', async () => {
    const { stage, system, tasks } = await scene();
    const options = { timeoutMs: 100, onTimeout: 'kill_task', maxConcurrency: 2 } as const;
    const stream = tasks.asyncStreamNolink([1, 2, 3], (item) => (item === 2 ? never() : item), options);
    expect(await stream.next()).toMatchObject({ value: { ok: true, value: 1 } });
    expect(await tasks.children()).toHaveLength(1);
    await stage.clock.advance(100);
    expect(await tasks.children()).toEqual([]);
    expect(await collected(stream)).toMatchObject([
      { reason: { error: { code: 'task_timeout' } } },
      { ok: true, value: 3 },
    ]);
    await system.stop();
  });

  it('waits for ever when it is told to', async () => {
    const { stage, system, tasks } = await scene();
    const reading = collected(
      tasks.asyncStreamNolink([1], () => never(), { timeoutMs: Number.POSITIVE_INFINITY }),
    ).catch(() => 'ended');
    await stage.clock.advance(1_000_000);
    expect(stage.clock.pendingTimers).toBe(0);
    await system.stop();
    expect(await reading).toEqual([{ ok: false, reason: 'shutdown' }]);
  });

  it.each([
    ['maxConcurrency', { maxConcurrency: 0 }],
    ['timeoutMs', { timeoutMs: -1 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['onTimeout', { onTimeout: 'wait' }],
  ])('names its wrong option: %s', async (field, options) => {
    const { system, tasks } = await scene();
    const stream = (): unknown =>
      Reflect.apply(tasks.asyncStream, tasks, [[1], (item: number) => item, options]);
    expect(stream).toThrow(expect.objectContaining({ code: 'invalid_option', field }));
    await system.stop();
  });
});

describe('a task', () => {
  it('waits for ever when await is told to, without a timer', async () => {
    const { stage, system, tasks } = await scene();
    let finish: (value: number) => void = () => {};
    const task = await tasks.asyncNolink(() => new Promise<number>((resolve) => (finish = resolve)));
    const value = task.await(Number.POSITIVE_INFINITY);
    expect(stage.clock.pendingTimers).toBe(0);
    await stage.clock.advance(1_000_000);
    finish(7);
    expect(await value).toBe(7);
    await system.stop();
  });

  it('ends normal when its function is done', async () => {
    const { stage, system, tasks } = await scene();
    const downs: unknown[] = [];
    let finish: () => void = () => {};
    const task = await tasks.asyncNolink(() => new Promise<void>((resolve) => (finish = resolve)));
    system.monitor(task.pid, ({ reason }) => downs.push(reason));
    finish();
    await stage.clock.settle();
    expect([downs, stage.takeReports()]).toEqual([['normal'], '']);
    await system.stop();
  });

  it('that is killed has that as its outcome', async () => {
    const { stage, system, tasks } = await scene();
    const task = await tasks.asyncNolink(never, { shutdown: 'brutal_kill' });
    expect(await tasks.terminateChild(task.pid)).toEqual({ ok: true });
    expect(await task.yield()).toEqual({ ok: false, reason: 'killed' });
    expect(stage.clock.pendingTimers).toBe(0);
    await system.stop();
  });

  it('that is not started says what was wrong', async () => {
    const { system, tasks } = await scene();
    for (const start of [tasks.async, tasks.asyncNolink, tasks.startChild]) {
      const call = async (): Promise<unknown> => Reflect.apply(start, tasks, [5]);
      await expect(call()).rejects.toMatchObject({ field: 'run', accepted: 'a function' });
    }
    const told = new TaskStartError('t', 'ignored');
    expect(told.message).toBe(
      'The task "t" was not started; see reason, and maxChildren if its supervisor is full.',
    );
    await system.stop();
  });

  it('that is given up or has failed says so', () => {
    expect(new TaskError('app/t', 5, undefined)).toMatchObject({
      code: 'task_timeout',
      message: expect.stringContaining(
        'The task "app/t" did not end within 5 ms. Give await a longer timeoutMs',
      ),
    });
    expect(new TaskError('app/t', 5, 'killed')).toMatchObject({
      code: 'task_exit',
      message: 'The task "app/t" ended without a value; see reason.',
    });
  });

  it('that nobody waits for is temporary unless it is told otherwise, and no child while it waits for its restart', async () => {
    const { stage, system, tasks } = await scene();
    let runs = 0;
    const fails = (): never => {
      runs += 1;
      throw boom;
    };
    await tasks.startChild(fails);
    await stage.clock.settle();
    expect([runs, await tasks.children()]).toEqual([1, []]);
    const rows = [{ pid: undefined }, { pid: 'restarting' }, { pid: system.whereis('tasks') }];
    const caller: TaskCaller = { ...callerOf(system), call: () => Promise.resolve(Object(rows)) };
    expect(await new TaskSupervisor(caller, 'tasks').children()).toEqual([system.whereis('tasks')]);
    await system.stop();
  });

  it('whose supervisor says that it was ignored was not started', async () => {
    const { system } = await scene();
    const caller: TaskCaller = {
      ...callerOf(system),
      call: () => Promise.resolve(Object({ ok: true, pid: undefined })),
    };
    const tasks = new TaskSupervisor(caller, 'tasks');
    await expect(tasks.asyncNolink(() => 1)).rejects.toMatchObject({
      code: 'task_not_started',
      reason: 'ignored',
    });
    await system.stop();
  });
});

/** The system as a caller whose single calls a test may answer itself. */
function callerOf(system: ActorSystem): TaskCaller {
  const messaging: Messaging = {
    cast: (to, message) => system.cast(to, message),
    call: (to, request, options) => system.call(to, request, options),
    whereis: (address) => system.whereis(address),
  };
  return { ...messaging, clock: system.clock };
}
