import { describe, expect, it } from 'vitest';
import { createMachine, fromCallback, sendTo, setup } from 'xstate';
import { logicBehaviour } from '../../src/supervisor/xstate-adapter.ts';
import { boom, expectNothingUncaught, light, startLogic, throwing } from './small-logic.ts';
import { endOf, SmallWorld } from './small-world.ts';

expectNothingUncaught();

describe('a view of XState logic', () => {
  it('tells its observer of each snapshot and of the end', async () => {
    const world = new SmallWorld();
    const machine = startLogic(world, { logic: light });
    const told: unknown[] = [];
    const view = world.runtime.viewOf(machine);
    view?.subscribe({
      next: (snapshot) => told.push(Object(snapshot).value),
      complete: () => told.push('complete'),
    });
    view?.subscribe({});
    world.runtime.cast(machine, { type: 'next' });
    world.runtime.cast(machine, { type: 'off' });
    await world.settle();
    expect(told).toEqual(['green', 'off', 'complete']);
  });

  it('tells its observer of an error', async () => {
    const world = new SmallWorld();
    const machine = startLogic(world, { logic: light });
    const told: unknown[] = [];
    world.runtime.viewOf(machine)?.subscribe({ error: (error) => told.push(error) });
    world.runtime.viewOf(machine)?.subscribe({});
    world.runtime.cast(machine, { type: 'next' });
    world.runtime.cast(machine, { type: 'fail' });
    await world.settle();
    expect(told).toEqual([boom]);
  });
});

describe('XState logic', () => {
  it.each([undefined, null, 5, 'text', {}, { type: 5 }])(
    'that is sent %j, which is no event, ends and says what it takes',
    async (message) => {
      const world = new SmallWorld();
      const process = startLogic(world, { logic: light });
      const end = endOf(process);
      world.runtime.cast(process, message);
      await world.settle();
      expect(end.reason).toMatchObject({
        error: new TypeError(
          'XState logic takes events: objects with a string `type`. It was sent something else.',
        ),
      });
    },
  );

  it('whose exitReason throws ends with what it threw', async () => {
    const world = new SmallWorld();
    const process = startLogic(world, { logic: light, exitReason: throwing });
    const end = endOf(process);
    world.runtime.cast(process, { type: 'off' });
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
  });

  it('whose exitReason names no reason ends with the error that says so', async () => {
    const world = new SmallWorld();
    const process = startLogic(world, { logic: light, exitReason: () => JSON.parse('"done"') });
    const end = endOf(process);
    world.runtime.cast(process, { type: 'off' });
    await world.settle();
    expect(end.reason).toMatchObject({ error: { code: 'invalid_option', field: 'reason' } });
  });

  it('whose readyWhen throws at a later snapshot has not started, and is stopped', async () => {
    const world = new SmallWorld();
    let stopped = 0;
    const held = fromCallback(() => () => {
      stopped += 1;
    });
    const logic = setup({ actors: { held } }).createMachine({
      initial: 'cold',
      invoke: { src: 'held' },
      states: { cold: { after: { 10: 'hot' } }, hot: {} },
    });
    const readyWhen = (snapshot: unknown): boolean => Object(snapshot).value === 'hot' && throwing();
    const starting = world.runtime.spawn({
      path: 'app/a',
      behaviour: logicBehaviour({ logic, readyWhen }),
      input: undefined,
    });
    await world.clock.advance(10);
    expect(await starting).toEqual({ error: { error: boom } });
    expect([stopped, world.runtime.size]).toEqual([1, 0]);
  });

  it('that became ready is not asked again', async () => {
    const world = new SmallWorld();
    let asked = 0;
    const starting = world.runtime.spawn({
      path: 'app/a',
      behaviour: logicBehaviour({
        logic: createMachine({
          initial: 'cold',
          states: { cold: { after: { 5: 'hot' } }, hot: { on: { next: 'cold' } } },
        }),
        readyWhen: (snapshot) => {
          asked += 1;
          return Object(snapshot).value === 'hot';
        },
      }),
      input: undefined,
    });
    await world.clock.advance(5);
    await starting;
    const before = asked;
    world.runtime.cast('app/a', { type: 'next' });
    await world.clock.advance(5);
    expect(asked).toBe(before);
  });

  it('that throws deep inside of it takes all that it has invoked with it', async () => {
    const world = new SmallWorld();
    const stopped: string[] = [];
    const held = (name: string) => fromCallback(() => () => void stopped.push(name));
    const inner = setup({ actors: { held: held('inner') } }).createMachine({
      invoke: { src: 'held' },
      on: { fail: { actions: throwing } },
    });
    const outer = setup({ actors: { inner, held: held('outer') } }).createMachine({
      invoke: [
        { src: 'inner', id: 'inner' },
        { src: 'held', id: 'held' },
      ],
      on: { fail: { actions: sendTo('inner', { type: 'fail' }) } },
    });
    const process = startLogic(world, { logic: outer });
    const end = endOf(process);
    world.runtime.cast(process, { type: 'fail' });
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
    expect(stopped.toSorted()).toEqual(['inner', 'outer']);
  });

  it('asked to stop keeps the reason of the stop where it names none', async () => {
    const world = new SmallWorld();
    const process = startLogic(world, { logic: light, stopEvent: { type: 'off' } });
    const end = endOf(process);
    process.requestStop({ shutdown: 'deploy' });
    await world.settle();
    expect(end.reason).toEqual({ shutdown: 'deploy' });
  });
});
