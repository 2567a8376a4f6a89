import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { InvalidOptionError as InvalidCodexOptionError } from '../../src/protocol/errors/call-errors.ts';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { ActorContext } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { InvalidOptionError } from '../../src/supervisor/invalid-option.ts';
import { partition, partitionSupervisor } from '../../src/supervisor/partition-supervisor.ts';
import { Registry } from '../../src/supervisor/registry.ts';
import {
  countChildren,
  deleteChild,
  getChildSpec,
  restartChild,
  startChild,
  startTemplateChild,
  terminateChild,
  updateSpecs,
  whichChildren,
} from '../../src/supervisor/supervisor-client.ts';
import { dynamicSupervisor, simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { TaskSupervisor, taskSupervisor } from '../../src/supervisor/task-supervisor.ts';
import { Stage } from './stage.ts';

const actor = { init: () => ({ receive() {} }) };
const logic = createMachine({});
const spec = childSpec({ id: 'x', actor });
const partitions = partitionSupervisor({ child: spec, partitions: 2 });

/** Calls from a caller that the compiler does not check, and gives what is thrown or rejected. */
async function refusal(call: (...given: never[]) => unknown, given: readonly unknown[]): Promise<unknown> {
  try {
    await Reflect.apply(call, undefined, [...given]);
  } catch (error) {
    if (error instanceof InvalidOptionError)
      return error.accepted === '' ? 'says not what is accepted' : error.field;
    return error;
  }
  return 'nothing was refused';
}

type Row = readonly [field: string, call: (...given: never[]) => unknown, ...given: unknown[]];

function cases(rows: readonly Row[]) {
  return rows.map(([field, call, ...given]) => ({ field, call, given }));
}

const registry = (...given: unknown[]) => Reflect.construct(Registry, given);
const tasks = (...given: unknown[]) => Reflect.construct(TaskSupervisor, given);
const static_ = supervisor();
const dynamic = dynamicSupervisor();

describe('what cannot be is refused at the call, which names the field', () => {
  it.each(
    cases([
      ['options', ActorSystem.start, null],
      ['options', ActorSystem.start, 'system'],
      ['name', ActorSystem.start, { name: '' }],
      ['name', ActorSystem.start, { name: 'a/b' }],
      ['name', ActorSystem.start, { name: 5 }],
      ['clock', ActorSystem.start, { clock: Date }],
      ['clock', ActorSystem.start, { clock: { now: () => 0, setTimer: () => ({}) } }],
      ['onReport', ActorSystem.start, { onReport: {} }],
      ['inspect', ActorSystem.start, { inspect: true }],
      ['observer', ActorSystem.start, { observer: { starting() {}, started() {}, startFailed() {} } }],
      ['signal', ActorSystem.start, { signal: {} }],
      ['root', ActorSystem.start, { root: null }],
      ['root', ActorSystem.start, { root: { strategy: 'one_for_all' } }],
      ['strategy', ActorSystem.start, { strategy: 'all' }],
    ]),
  )('$field: ActorSystem.start #%#', async ({ field, call, given }) => {
    expect(await refusal(call, given)).toBe(field);
  });

  it.each(
    cases([
      ['options', childSpec],
      ['options', childSpec, null],
      ['id', childSpec, {}],
      ['supervisor', childSpec, { id: 'a', actor, supervisor: {} }],
      ['supervisor', childSpec, { id: 'a', supervisor: undefined }],
      ['supervisor', childSpec, { id: 'a', supervisor: { kind: 'other' } }],
      ['supervisor.maxRestarts', childSpec, { id: 'a', supervisor: { kind: 'static' } }],
      ['trapExit', childSpec, { id: 'a', actor, trapExit: 1 }],
      ['readyWhen', childSpec, { id: 'a', actor: logic, readyWhen: true }],
      ['stopEvent', childSpec, { id: 'a', actor: logic, stopEvent: 'stop' }],
      ['stopEvent', childSpec, { id: 'a', actor: logic, stopEvent: {} }],
      ['stopEvent', childSpec, { id: 'a', actor: logic, stopEvent: { type: 5 } }],
      ['exitReason', childSpec, { id: 'a', actor: logic, exitReason: 'normal' }],
      ['options', supervisor, null],
      ['options', dynamicSupervisor, null],
      ['options', taskSupervisor, 5],
      ['options', simpleOneForOne],
      ['options', partitionSupervisor],
      ['messaging', partition, undefined, 'p', partitions, 'key'],
      ['path', partition, { whereis: () => undefined }, 5, partitions, 'key'],
      ['flags', partition, { whereis: () => undefined }, 'p', null, 'key'],
      ['partitions', partition, { whereis: () => undefined }, 'p', {}, 'key'],
      ['key', partition, { whereis: () => undefined }, 'p', partitions, {}],
    ]),
  )('$field: what describes a tree #%#', async ({ field, call, given }) => {
    expect(await refusal(call, given)).toBe(field);
  });

  it.each([() => undefined, { next: () => undefined }])(
    'an inspector may be a function or an observer #%#',
    async (inspect) => {
      const system = await ActorSystem.start({ inspect });
      await system.stop();
    },
  );

  it('childSpec takes the options of a supervisor without an actor', () => {
    expect(childSpec({ id: 'a', supervisor: {}, ...{ actor: undefined } }).source.kind).toBe('supervisor');
  });
});

describe('what no call can carry is refused at the call, and nothing is sent', () => {
  const nobody = [undefined, null, 5, {}, { path: 5 }, { whereis: 'a' }];

  it.each(['cast', 'call', 'whereis', 'viewOf', 'monitor'] as const)('%s: an address', async (method) => {
    const stage = new Stage();
    const system = await stage.start({});
    const call = (address: never) => system[method](address, () => undefined);
    for (const address of nobody) expect(await refusal(call, [address])).toBe('address');
    for (const address of ['', 'nobody', { path: 'x' }, { name: 'x', whereis: () => undefined }]) {
      expect(await refusal(call, [address])).not.toBe('address');
    }
    await system.stop();
  });

  it.each([
    ['options', 5],
    ['options', null],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: -1 }],
    ['timeoutMs', { timeoutMs: '5' }],
    ['signal', { signal: {} }],
  ])('call: %s %j', async (field, options) => {
    const stage = new Stage();
    const seen: unknown[] = [];
    const deaf = { init: () => ({ receive: (message: unknown) => void seen.push(message) }) };
    const system = await stage.start({ children: [childSpec({ id: 'a', actor: deaf })] });
    const call = (given: never) => system.call('a', {}, given);
    expect(await refusal(call, [options])).toBe(field);
    await stage.clock.settle();
    expect(seen).toEqual([]);
    await system.stop();
  });

  it('monitor: what is to be called', async () => {
    const system = await new Stage().start({});
    expect(await refusal((onDown: never) => system.monitor('app', onDown), [undefined])).toBe('onDown');
    await system.stop();
  });

  it.each([
    ['reason', [{ timeoutMs: 5 }]],
    ['reason', ['stopped']],
    ['reason', [null]],
    ['options', ['shutdown', 5]],
    ['options', ['shutdown', null]],
    ['timeoutMs', ['shutdown', { timeoutMs: Number.NaN }]],
  ])('stop: %s %j, and the system runs on', async (field, given) => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    expect(await refusal((...args: never[]) => Reflect.apply(system.stop, system, args), given)).toBe(field);
    expect(await stage.children()).toBe('a');
    for (const reason of ['normal', 'killed', { shutdown: 1 }, { error: 1 }] as const) {
      const other = await new Stage().start({});
      expect(await other.stop(reason)).toEqual(reason);
    }
    await system.stop();
  });

  it.each([
    ['delayMs', (context: ActorContext<unknown>) => context.sendAfter(Number.NaN, {})],
    ['delayMs', (context: ActorContext<unknown>) => context.sendAfter(-1, {})],
    ['reason', (context: ActorContext<unknown>) => Reflect.apply(context.exit, context, ['bored'])],
    ['address', (context: ActorContext<unknown>) => Reflect.apply(context.monitor, context, [null])],
    ['address', (context: ActorContext<unknown>) => Reflect.apply(context.cast, context, [undefined, {}])],
  ])('%s, within an actor #%#', async (field, act) => {
    const stage = new Stage();
    let given: ActorContext<unknown> | undefined;
    const keeper = {
      init(context: ActorContext<unknown>) {
        given = context;
        return { receive() {} };
      },
    };
    const system = await stage.start({ children: [childSpec({ id: 'a', actor: keeper })] });
    expect(await refusal(() => given && act(given), [])).toBe(field);
    expect(await stage.children()).toBe('a');
    await system.stop();
  });
});

describe('a supervisor is not harmed by what it is asked', () => {
  const flagsRefused: readonly (readonly [field: string, kind: 'static' | 'dynamic', flags: unknown])[] = [
    ['flags', 'static', null],
    ['flags', 'static', undefined],
    ['flags', 'static', { children: [] }],
    ['flags', 'dynamic', 'dynamic'],
    ['flags.maxRestarts', 'static', { kind: 'static' }],
    ['flags.windowMs', 'static', { ...static_, windowMs: Number.NaN }],
    ['flags.autoShutdown', 'static', { ...static_, autoShutdown: 'x' }],
    ['flags.strategy', 'static', { ...static_, strategy: 'x' }],
    ['flags.children', 'static', { ...static_, children: undefined }],
    ['flags.children[0]', 'static', { ...static_, children: [null] }],
    ['flags.children[1].id', 'static', { ...static_, children: [spec, spec] }],
    ['flags.maxChildren', 'dynamic', { ...dynamic, maxChildren: undefined }],
    ['flags.template', 'dynamic', { ...dynamic, template: null }],
  ];

  it.each(flagsRefused)('%s: new flags for a %s one #%#', async (field, kind, flags) => {
    const stage = new Stage();
    const system = await stage.start({ root: kind === 'static' ? static_ : dynamic });
    await system.startChild(stage.child('a'));
    const update = (given: never) => updateSpecs(system, 'app', given);
    expect(await refusal(update, [flags])).toBe(field);
    expect(await countChildren(system, 'app')).toMatchObject({ active: 1 });
    expect(stage.takeLog()).toBe('+a');
    await system.stop();
  });

  it.each([null, undefined, 5, 'supervisor.stop', { type: 'exit' }, { type: 'exit', from: 5 }])(
    'a message %j',
    async (message) => {
      const stage = new Stage();
      const system = await stage.start({ children: [stage.child('a')] });
      system.cast('app', message);
      const call = (request: never) => system.call('app', request);
      expect(await refusal(call, [message])).toBe('message');
      expect(await stage.children()).toBe('a');
      expect(stage.takeLog()).toBe('+a');
      await system.stop();
    },
  );

  it('an exit of its child that nobody but the runtime may tell of', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    system.cast('app', { type: 'exit', from: system.whereis('a'), reason: { error: 'rumour' } });
    expect(await stage.children()).toBe('a');
    expect(stage.takeLog()).toBe('+a');
    await system.stop();
  });

  it.each([
    ['startChild', startChild],
    ['startTemplateChild', startTemplateChild],
    ['terminateChild', terminateChild],
    ['restartChild', restartChild],
    ['deleteChild', deleteChild],
    ['whichChildren', whichChildren],
    ['countChildren', countChildren],
    ['getChildSpec', getChildSpec],
    ['updateSpecs', updateSpecs],
  ])('%s without anybody to ask', async (_name, call) => {
    const system = await new Stage().start({});
    expect(await refusal(call, [null, 'app'])).toBe('messaging');
    for (const nobody of [{}, { call: 5 }, 'system'])
      expect(await refusal(call, [nobody, 'app'])).toBe('messaging');
    expect(await refusal(call, [system, undefined])).toBe('supervisor');
    await system.stop();
  });
});

describe('what serves actors refuses at once what it could not do later', () => {
  const system = { cast() {}, call() {}, whereis() {} };

  it.each(
    cases([
      ['messaging', registry, undefined, { name: 'r', keys: 'unique' }],
      ['messaging', registry, { cast() {} }, { name: 'r', keys: 'unique' }],
      ['options', registry, system],
      ['options', registry, system, 'rooms'],
      ['name', registry, system, {}],
      ['name', registry, system, { name: '', keys: 'unique' }],
      ['keys', registry, system, { name: 'r' }],
      ['keys', registry, system, { name: 'r', keys: 'many' }],
      ['listeners', registry, system, { name: 'r', keys: 'unique', listeners: 'a' }],
      ['listeners[1]', registry, system, { name: 'r', keys: 'unique', listeners: ['a', null] }],
      ['entriesMax', registry, system, { name: 'r', keys: 'unique', entriesMax: Number.NaN }],
      ['entriesMax', registry, system, { name: 'r', keys: 'unique', entriesMax: -1 }],
      ['caller', tasks, null, 'tasks'],
      ['caller', tasks, {}, 'tasks'],
      ['address', tasks, system, undefined],
    ]),
  )('$field: made by new #%#', async ({ field, call, given }) => {
    expect(await refusal(call, given)).toBe(field);
  });

  const run = () => 1;
  it.each([
    ['run', 'async', [undefined]],
    ['options', 'async', [run, null]],
    ['id', 'async', [run, { id: '' }]],
    ['shutdown', 'asyncNolink', [run, { shutdown: -1 }]],
    ['options', 'startChild', [run, 5]],
    ['restart', 'startChild', [run, { restart: 'x' }]],
    ['items', 'asyncStream', [5, run]],
    ['items', 'asyncStream', [undefined, run]],
    ['items', 'asyncStreamNolink', [{}, run]],
    ['run', 'asyncStream', [[], null]],
    ['run', 'asyncStreamNolink', [[], null]],
    ['options', 'asyncStream', [[], run, null]],
    ['maxConcurrency', 'asyncStream', [[], run, { maxConcurrency: 0 }]],
    ['timeoutMs', 'asyncStream', [[], run, { timeoutMs: Number.NaN }]],
    ['onTimeout', 'asyncStream', [[], run, { onTimeout: 'x' }]],
    ['ordered', 'asyncStream', [[], run, { ordered: 1 }]],
  ] as const)('%s: a task by %s #%#', async (field, method, given) => {
    const stage = new Stage();
    const running = await stage.start({
      children: [childSpec({ id: 'tasks', supervisor: taskSupervisor() })],
    });
    const supervised = new TaskSupervisor(running, 'tasks');
    expect(
      await refusal((...args: never[]) => Reflect.apply(supervised[method], supervised, args), given),
    ).toBe(field);
    expect(await supervised.children()).toEqual([]);
    await running.stop();
  });

  it.each(['await', 'yield'] as const)('timeoutMs: %s of a task', async (method) => {
    const stage = new Stage();
    const running = await stage.start({
      children: [childSpec({ id: 'tasks', supervisor: taskSupervisor() })],
    });
    const task = await new TaskSupervisor(running, 'tasks').async(() => 1);
    for (const timeoutMs of [Number.NaN, -1, '5', null]) {
      const wait = (given: never) => task[method](given);
      expect(await refusal(wait, [timeoutMs])).toBe('timeoutMs');
    }
    await running.stop();
  });
});

it('a pid is printed with its path, its number and whether it has ended', async () => {
  const stage = new Stage();
  const system = await stage.start({ children: [stage.child('a')] });
  const pid = system.whereis('a');
  expect(inspect({ pid })).toBe('{ pid: Pid(app/a #1) }');
  await stage.end('a');
  expect(inspect(pid)).toBe('Pid(app/a #1, ended)');
  expect(inspect(system.whereis('a'))).toBe('Pid(app/a #2)');
  await system.stop();
});

it.each(['word', 'x'.repeat(41), { secret: 1 }, [1], () => 1, null, 5])(
  'an invalid option is told in the same words by both layers: %j',
  (value) => {
    const told = ({
      name,
      code,
      field,
      accepted,
      message,
    }: InvalidOptionError | InvalidCodexOptionError) => ({
      name,
      code,
      field,
      accepted,
      message,
    });
    expect(told(new InvalidOptionError('field', value, 'other'))).toEqual(
      told(new InvalidCodexOptionError('field', value, 'other')),
    );
  },
);
