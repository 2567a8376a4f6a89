import { describe, expect, test } from 'vitest';
import {
  assign,
  createMachine,
  emit,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  type Observer,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { ReplyTo } from '../../src/supervisor/behaviour.ts';
import { boom, expectNothingUncaught, light, startLogic, throwing } from './small-logic.ts';
import { endOf, recorder, SmallWorld } from './small-world.ts';

expectNothingUncaught();

describe('each kind of logic', () => {
  test('a machine takes messages as events and ends normal in its final state', async () => {
    const world = new SmallWorld();
    const machine = startLogic(world, { logic: light });
    const end = endOf(machine);
    world.runtime.cast(machine, { type: 'next' });
    await world.settle();
    expect(world.runtime.snapshotOf(machine)).toMatchObject({ value: 'green' });
    world.runtime.cast(machine, { type: 'off' });
    await world.settle();
    expect(end.reason).toBe('normal');
  });

  test('a machine names its own reason through exitReason(output)', async () => {
    const world = new SmallWorld();
    const end = endOf(startLogic(world, { logic: light, exitReason: (output) => ({ shutdown: output }) }));
    world.runtime.cast('app/logic', { type: 'off' });
    await world.settle();
    expect(end.reason).toEqual({ shutdown: { lamp: 'dark' } });
  });

  test('a throw in an action ends the machine with the error', async () => {
    const world = new SmallWorld();
    const end = endOf(startLogic(world, { logic: light }));
    world.runtime.cast('app/logic', { type: 'next' });
    world.runtime.cast('app/logic', { type: 'fail' });
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
  });

  test('transition logic answers calls through replyTo', async () => {
    const world = new SmallWorld();
    const counter = fromTransition((count: number, event: { type: 'add'; replyTo?: ReplyTo }) => {
      event.replyTo?.reply(count + 1);
      return count + 1;
    }, 0);
    startLogic(world, { logic: counter });
    world.runtime.cast('app/logic', { type: 'add' });
    expect(await world.runtime.call('app/logic', { type: 'add' })).toBe(2);
  });

  test('callback logic is cleaned up on a stop, and an error of its cleanup is its reason', async () => {
    const world = new SmallWorld();
    const seen: string[] = [];
    const callback = fromCallback<{ type: string }>(({ receive }) => {
      receive(({ type }) => {
        if (type === 'throw') throw boom;
        seen.push(type);
      });
      return () => {
        seen.push('cleaned up');
        throw boom;
      };
    });
    const stopped = startLogic(world, { logic: callback }, 'app/stopped');
    const thrown = endOf(startLogic(world, { logic: callback }, 'app/thrown'));
    world.runtime.cast(stopped, { type: 'hello' });
    world.runtime.cast('app/thrown', { type: 'throw' });
    await world.settle();
    expect(thrown.reason).toEqual({ error: boom });
    const end = endOf(stopped);
    stopped.requestStop('shutdown');
    expect(end.reason).toEqual({ error: boom });
    expect(seen).toContain('hello');
    expect(seen).toContain('cleaned up');
  });

  test('promise logic ends normal when it resolves, with the error when it rejects, and is aborted by a kill', async () => {
    const world = new SmallWorld();
    let aborted = false;
    const ends = [
      endOf(startLogic(world, { logic: fromPromise(() => Promise.resolve(1)) }, 'app/resolves')),
      endOf(startLogic(world, { logic: fromPromise(() => Promise.reject(boom)) }, 'app/rejects')),
    ];
    const hanging = startLogic(
      world,
      {
        logic: fromPromise(({ signal }) => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          return new Promise(() => {});
        }),
      },
      'app/hangs',
    );
    await world.settle();
    expect(ends).toEqual([{ reason: 'normal' }, { reason: { error: boom } }]);
    world.runtime.kill(hanging);
    expect(aborted).toBe(true);
  });

  test('observable logic ends when its observable completes or fails, and is unsubscribed by a stop', async () => {
    const world = new SmallWorld();
    let unsubscribed = 0;
    const observable = (then: 'complete' | 'error' | 'hang') =>
      fromObservable(() => ({
        subscribe(observer: Observer<number> | ((value: number) => void)) {
          if (typeof observer === 'function') throw new TypeError('XState subscribes with observers');
          void Promise.resolve().then(() => {
            observer.next?.(1);
            if (then === 'complete') observer.complete?.();
            if (then === 'error') observer.error?.(boom);
          });
          return {
            unsubscribe: () => {
              unsubscribed += 1;
            },
          };
        },
      }));
    const ends = [
      endOf(startLogic(world, { logic: observable('complete') }, 'app/completes')),
      endOf(startLogic(world, { logic: observable('error') }, 'app/fails')),
    ];
    const hanging = startLogic(world, { logic: observable('hang') }, 'app/hangs');
    await world.settle();
    expect(ends).toEqual([{ reason: 'normal' }, { reason: { error: boom } }]);
    expect(world.runtime.snapshotOf(hanging)).toMatchObject({ context: 1 });
    hanging.requestStop('shutdown');
    expect(unsubscribed).toBe(1);
  });
});

describe('what XState leaves behind', () => {
  test('the children of a machine that throws are stopped too', async () => {
    const world = new SmallWorld();
    const alive = new Set<string>();
    const child = fromCallback<{ type: string }, { name: string }>(({ input }) => {
      alive.add(input.name);
      return () => void alive.delete(input.name);
    });
    const parent = setup({ actors: { child } }).createMachine({
      invoke: { src: 'child', input: { name: 'invoked' } },
      entry: spawnChild('child', { id: 'spawned', input: { name: 'spawned' } }),
      on: { fail: { actions: throwing } },
    });
    const end = endOf(startLogic(world, { logic: parent }));
    expect([...alive].toSorted()).toEqual(['invoked', 'spawned']);
    world.runtime.cast('app/logic', { type: 'fail' });
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
    expect([...alive]).toEqual([]);
  });

  test('a child that throws unhandled ends its machine, and the siblings with it', async () => {
    const world = new SmallWorld();
    let siblings = 0;
    const sibling = fromCallback(() => {
      siblings += 1;
      return () => {
        siblings -= 1;
      };
    });
    const failing = fromCallback<{ type: string }>(({ receive }) => receive(throwing));
    const parent = setup({ actors: { sibling, failing } }).createMachine({
      invoke: [{ src: 'sibling' }, { id: 'failing', src: 'failing' }],
      on: { fail: { actions: sendTo('failing', { type: 'now' }) } },
    });
    const end = endOf(startLogic(world, { logic: parent }));
    expect(siblings).toBe(1);
    world.runtime.cast('app/logic', { type: 'fail' });
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
    expect(siblings).toBe(0);
  });

  test('the grandchildren of a machine whose child fails two levels down are stopped too', async () => {
    const world = new SmallWorld();
    const alive = new Set<string>();
    const leaf = fromCallback<{ type: string }, string>(({ input }) => {
      alive.add(input);
      return () => void alive.delete(input);
    });
    const inner = setup({ actors: { leaf } }).createMachine({
      invoke: { src: 'leaf', input: 'below the failing' },
      on: { fail: { actions: throwing } },
    });
    const middle = setup({ actors: { leaf, inner } }).createMachine({
      invoke: [
        { id: 'inner', src: 'inner' },
        { src: 'leaf', input: 'beside the failing' },
      ],
      on: { fail: { actions: sendTo('inner', { type: 'fail' }) } },
    });
    const outer = setup({ actors: { leaf, middle } }).createMachine({
      invoke: [
        { id: 'middle', src: 'middle' },
        { src: 'leaf', input: 'beside its parent' },
      ],
      on: { fail: { actions: sendTo('middle', { type: 'fail' }) } },
    });
    const end = endOf(startLogic(world, { logic: outer }));
    expect(alive.size).toBe(3);
    world.runtime.cast('app/logic', { type: 'fail' });
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
    expect([...alive]).toEqual([]);
  });

  test('a child that fails takes its children with it, also where its parent handles the failure and goes on', async () => {
    const world = new SmallWorld();
    let leaves = 0;
    const leaf = fromCallback(() => {
      leaves += 1;
      return () => {
        leaves -= 1;
      };
    });
    const failing = setup({ actors: { leaf } }).createMachine({
      invoke: { src: 'leaf' },
      on: { fail: { actions: throwing } },
    });
    const tolerant = setup({ actors: { failing } }).createMachine({
      initial: 'working',
      states: {
        working: {
          invoke: { id: 'failing', src: 'failing', onError: 'resting' },
          on: { fail: { actions: sendTo('failing', { type: 'fail' }) } },
        },
        resting: {},
      },
    });
    const machine = startLogic(world, { logic: tolerant });
    world.runtime.cast(machine, { type: 'fail' });
    await world.settle();
    expect(world.runtime.snapshotOf(machine)).toMatchObject({ value: 'resting' });
    expect(leaves).toBe(0);
    expect(machine.isDead).toBe(false);
  });

  test('a child that was about to be stopped as its parent threw is stopped', async () => {
    const world = new SmallWorld();
    let children = 0;
    const child = fromCallback(() => {
      children += 1;
      return () => {
        children -= 1;
      };
    });
    const parent = setup({ actors: { child } }).createMachine({
      invoke: { id: 'child', src: 'child' },
      on: { fail: { actions: [stopChild('child'), throwing] } },
    });
    startLogic(world, { logic: parent });
    world.runtime.cast('app/logic', { type: 'fail' });
    await world.settle();
    expect(children).toBe(0);
  });

  test('a child that is stopped before it starts harms nobody', async () => {
    const world = new SmallWorld();
    const child = fromCallback(() => {});
    const parent = setup({ actors: { child } }).createMachine({
      entry: [spawnChild('child', { id: 'child' }), stopChild('child')],
    });
    const end = endOf(startLogic(world, { logic: parent }));
    await world.settle();
    expect(end.reason).toBeUndefined();
  });

  test('the name of a child within the XState system is free once the child has ended', async () => {
    const world = new SmallWorld();
    const child = fromCallback(() => {});
    const parent = setup({ actors: { child } }).createMachine({
      initial: 'first',
      states: {
        first: { invoke: { src: 'child', systemId: 'only one' }, on: { next: 'pause' } },
        pause: { on: { next: 'second' } },
        second: { invoke: { src: 'child', systemId: 'only one' } },
      },
    });
    const machine = startLogic(world, { logic: parent });
    for (let i = 0; i < 2; i += 1) world.runtime.cast(machine, { type: 'next' });
    await world.settle();
    expect(world.runtime.snapshotOf(machine)).toMatchObject({ status: 'active', value: 'second' });
  });

  test('a child that has stopped is not stopped again when its parent throws', async () => {
    const warn = console.warn;
    const warnings: unknown[] = [];
    console.warn = (warning: unknown) => warnings.push(warning);
    try {
      const world = new SmallWorld();
      const counter = fromTransition((count: number) => count + 1, 0);
      const parent = setup({ actors: { counter } }).createMachine({
        initial: 'counting',
        states: { counting: { invoke: { src: 'counter' }, on: { next: 'idle' } }, idle: {} },
        on: { fail: { actions: throwing } },
      });
      startLogic(world, { logic: parent });
      world.runtime.cast('app/logic', { type: 'next' });
      world.runtime.cast('app/logic', { type: 'fail' });
      await world.settle();
    } finally {
      console.warn = warn;
    }
    expect(warnings).toEqual([]);
  });

  test('observers and listeners that throw, or have no error handler, harm nobody', async () => {
    const world = new SmallWorld();
    const emitting = setup({ types: { emitted: Object.assign({}, { type: 'rang' }) } }).createMachine({
      on: { ring: { actions: emit({ type: 'rang' }) }, fail: { actions: throwing } },
    });
    const machine = startLogic(world, { logic: emitting });
    const view = world.runtime.viewOf(machine);
    const rang: unknown[] = [];
    view?.subscribe({ next: throwing, error: throwing, complete: throwing });
    view?.subscribe({ next: (snapshot) => rang.push(Object(snapshot).status) });
    view?.on('rang', throwing);
    view?.on('*', (emitted) => rang.push(emitted));
    const end = endOf(machine);
    world.runtime.cast(machine, { type: 'ring' });
    world.runtime.cast(machine, { type: 'fail' });
    await world.settle();
    expect(rang).toEqual([{ type: 'rang' }, 'active']);
    expect(end.reason).toEqual({ error: boom });
  });

  test('a message that is no event ends the actor with an error that says so', async () => {
    const world = new SmallWorld();
    const end = endOf(startLogic(world, { logic: light }));
    world.runtime.cast('app/logic', 'hello');
    await world.settle();
    expect(end.reason).toMatchObject({ error: expect.any(TypeError) });
  });

  test('delays of machines run on the clock of the system', async () => {
    const world = new SmallWorld();
    const ticking = createMachine({
      context: { ticks: 0 },
      initial: 'tick',
      states: {
        tick: {
          after: {
            10: {
              target: 'tick',
              reenter: true,
              actions: assign({ ticks: ({ context }) => context.ticks + 1 }),
            },
          },
        },
      },
    });
    startLogic(world, { logic: ticking });
    await world.clock.advance(35);
    expect(world.runtime.snapshotOf('app/logic')).toMatchObject({ context: { ticks: 3 } });
  });

  test('a machine may monitor others, and gets their downs as events', async () => {
    const world = new SmallWorld();
    const { behaviour } = recorder();
    const target = world.start('app/target', behaviour);
    const watching = createMachine({
      context: { reason: 'none' },
      on: { down: { actions: assign({ reason: ({ event }) => event.reason }) } },
    });
    world.runtime.monitor(startLogic(world, { logic: watching }), target);
    world.runtime.kill(target);
    await world.settle();
    expect(world.runtime.snapshotOf('app/logic')).toMatchObject({ context: { reason: 'killed' } });
  });
});
