import { describe, expect, test } from 'vitest';
import { createMachine, fromCallback, fromPromise, setup } from 'xstate';
import { type LogicOptions, logicBehaviour } from '../../src/supervisor/xstate-adapter.ts';
import { boom, expectNothingUncaught, light, startLogic, throwing } from './small-logic.ts';
import { endOf, SmallWorld } from './small-world.ts';

expectNothingUncaught();

describe('the start of XState logic', () => {
  const slow = setup({
    types: { input: Object.assign({}, { delayMs: 0 }) },
    delays: { warm: ({ context }) => context.delayMs },
  }).createMachine({
    context: ({ input }) => input,
    initial: 'cold',
    states: { cold: { after: { warm: 'hot' }, on: { fail: { actions: throwing } } }, hot: {} },
  });
  const readyWhen = (snapshot: unknown) => Object(snapshot).value === 'hot';

  test('is acknowledged when readyWhen is satisfied, and messages wait until then', async () => {
    const world = new SmallWorld();
    const starting = world.runtime.spawn({
      path: 'app/slow',
      behaviour: logicBehaviour({ logic: slow, input: { delayMs: 50 }, readyWhen }),
      input: undefined,
    });
    const outcomes: unknown[] = [];
    void Promise.resolve(starting).then((outcome) => outcomes.push(outcome));
    world.runtime.cast('app/slow', { type: 'fail' });
    await world.clock.advance(49);
    expect(outcomes).toEqual([]);
    await world.clock.advance(1);
    expect(outcomes).toMatchObject([{ ok: { path: 'app/slow' } }]);
    expect(world.runtime.snapshotOf('app/slow')).toMatchObject({ value: 'hot' });
  });

  test('fails when the logic throws in its first step or readyWhen throws', () => {
    const world = new SmallWorld();
    const failing = createMachine({ entry: throwing });
    const start = (options: LogicOptions) =>
      world.runtime.spawn({ path: 'app/x', behaviour: logicBehaviour(options), input: undefined });
    expect(start({ logic: failing })).toEqual({ error: { error: boom } });
    expect(start({ logic: light, readyWhen: throwing })).toEqual({ error: { error: boom } });
    expect(world.runtime.size).toBe(0);
  });

  test('fails with the reason of the end when the logic ends before it is ready', async () => {
    const world = new SmallWorld();
    const outcome = world.runtime.spawn({
      path: 'app/x',
      behaviour: logicBehaviour({ logic: fromPromise(() => Promise.resolve()), readyWhen: () => false }),
      input: undefined,
    });
    expect(await outcome).toEqual({ error: 'normal' });
    const atOnce = createMachine({ initial: 'done', states: { done: { type: 'final' } } });
    const behaviour = logicBehaviour({ logic: atOnce, readyWhen: () => false });
    expect(world.runtime.spawn({ path: 'app/y', behaviour, input: undefined })).toEqual({ error: 'normal' });
  });

  test('logic that is done at once has started before it ends', async () => {
    const world = new SmallWorld();
    const end = endOf(
      startLogic(world, { logic: createMachine({ initial: 'a', states: { a: { type: 'final' } } }) }),
    );
    expect(end.reason).toBeUndefined();
    await world.settle();
    expect(end.reason).toBe('normal');
  });

  test('an actor that is killed or times out while it starts leaves no XState actor running', async () => {
    const world = new SmallWorld();
    let running = 0;
    const logic = fromCallback(() => {
      running += 1;
      return () => {
        running -= 1;
      };
    });
    const behaviour = logicBehaviour({ logic, readyWhen: () => false });
    const killed = world.runtime.spawn({ path: 'app/killed', behaviour, input: undefined });
    const late = world.runtime.spawn({ path: 'app/late', behaviour, input: undefined, startTimeoutMs: 10 });
    expect(running).toBe(2);
    const process = world.runtime.resolve('app/killed');
    if (process !== undefined) world.runtime.kill(process);
    await world.clock.advance(10);
    expect(await killed).toEqual({ error: 'killed' });
    expect(await late).toMatchObject({ error: { error: { code: 'start_timeout' } } });
    expect(running).toBe(0);
  });

  test('input may be computed from the context of the actor', () => {
    const world = new SmallWorld();
    const logic = createMachine({ context: ({ input }) => ({ input }) });
    startLogic(world, { logic, input: (context: { self: { path: string } }) => context.self.path });
    expect(world.runtime.snapshotOf('app/logic')).toMatchObject({ context: { input: 'app/logic' } });
  });
});

describe('the stop of XState logic', () => {
  const polite = createMachine({
    initial: 'working',
    states: {
      working: { on: { stop: 'cleaning' } },
      cleaning: { after: { 100: 'done' }, on: { fail: { actions: throwing } } },
      done: { type: 'final' },
    },
    output: 'tidy',
  });

  test('is a conversation when there is a stopEvent: the machine ends by itself', async () => {
    const world = new SmallWorld();
    const machine = startLogic(world, { logic: polite, stopEvent: { type: 'stop' } });
    const end = endOf(machine);
    machine.requestStop('shutdown');
    await world.clock.advance(99);
    expect(end.reason).toBeUndefined();
    await world.clock.advance(1);
    expect(end.reason).toBe('shutdown');
  });

  test('gives the reason that exitReason names, or the error that the machine throws meanwhile', async () => {
    const world = new SmallWorld();
    const stopEvent = { type: 'stop' };
    const named = startLogic(
      world,
      { logic: polite, stopEvent, exitReason: (output) => ({ shutdown: output }) },
      'app/named',
    );
    const fails = fromCallback<{ type: string }>(({ receive }) => receive(throwing));
    const failing = startLogic(world, { logic: fails, stopEvent }, 'app/failing');
    const ends = [endOf(named), endOf(failing)];
    named.requestStop('shutdown');
    failing.requestStop('shutdown');
    await world.clock.advance(100);
    expect(ends).toEqual([{ reason: { shutdown: 'tidy' } }, { reason: { error: boom } }]);
  });

  test('is no conversation with a machine that has ended by itself', async () => {
    const world = new SmallWorld();
    const end = endOf(startLogic(world, { logic: light, stopEvent: { type: 'next' } }));
    world.runtime.cast('app/logic', { type: 'off' });
    await world.settle();
    expect(end.reason).toBe('normal');
  });

  test('does not ask for the reason of an end that is not the machine’s own', () => {
    const world = new SmallWorld();
    const machine = startLogic(world, { logic: light, exitReason: throwing });
    const end = endOf(machine);
    machine.requestStop('shutdown');
    expect(end.reason).toBe('shutdown');
  });

  test('what a killed one throws as it cleans up is reported, and its reason stays the kill', () => {
    const world = new SmallWorld();
    const process = startLogic(world, { logic: fromCallback(() => throwing) });
    const end = endOf(process);
    world.runtime.kill(process);
    expect(end.reason).toBe('killed');
    expect(world.reports).toEqual([{ type: 'kill_hook_failed', path: 'app/logic', error: boom }]);
  });

  test('what it has failed of by itself before a kill is no failure of the kill', async () => {
    const world = new SmallWorld();
    const failing = createMachine({
      on: {
        fail: {
          actions: () => {
            process.suspend();
            throw boom;
          },
        },
      },
    });
    const process = startLogic(world, { logic: failing });
    const end = endOf(process);
    world.runtime.cast(process, { type: 'fail' });
    await world.settle();
    world.runtime.kill(process);
    expect(end.reason).toBe('killed');
    expect(world.reports).toEqual([]);
  });

  test('a kill ends it in the middle of the conversation, with its timers', async () => {
    const world = new SmallWorld();
    const machine = startLogic(world, { logic: polite, stopEvent: { type: 'stop' } });
    const end = endOf(machine);
    machine.requestStop('shutdown');
    await world.clock.advance(10);
    world.runtime.kill(machine);
    expect(end.reason).toBe('killed');
    expect(world.clock.pendingTimers).toBe(0);
  });
});
