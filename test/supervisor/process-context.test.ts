import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import type { ActorContext, MonitorRef } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { isThenable } from '../../src/supervisor/is-thenable.ts';
import { link } from '../../src/supervisor/link.ts';
import { xstateClock } from '../../src/supervisor/xstate-clock.ts';
import { echo, SmallWorld } from './small-world.ts';
import { Stage } from './stage.ts';

describe('the context of an actor', () => {
  function contextOf(world: SmallWorld, path: string): { context: ActorContext<unknown> | undefined } {
    const found: { context: ActorContext<unknown> | undefined } = { context: undefined };
    world.start(path, {
      init(context) {
        found.context = context;
        return { receive() {} };
      },
    });
    return found;
  }

  it('finds others', () => {
    const world = new SmallWorld();
    const { context } = contextOf(world, 'app/a');
    const other = world.start('app/b', echo);
    expect([context?.whereis('b'), context?.whereis('nobody')]).toEqual([other, undefined]);
  });

  it('drops only monitors of its own', () => {
    const world = new SmallWorld();
    const [a, b] = [contextOf(world, 'app/a'), contextOf(world, 'app/b')];
    const target = world.start('app/target', echo);
    const monitor: MonitorRef | undefined = a.context?.monitor(target);
    b.context?.demonitor(monitor ?? { path: '' });
    a.context?.demonitor({ path: 'app/target' });
    expect(target.watchers?.size).toBe(1);
    a.context?.demonitor(monitor ?? { path: '' });
    expect(target.watchers?.size).toBe(0);
  });

  it('cannot be linked to itself', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    link(process, process);
    expect(process.links?.size ?? 0).toBe(0);
  });
});

describe('the input of a child', () => {
  it('is given as it is, or is what its function makes of the context, for each incarnation', async () => {
    const stage = new Stage();
    const seen: unknown[] = [];
    const taking = {
      init: (_context: unknown, input: unknown) => {
        seen.push(input);
        return { receive: () => Promise.reject(new Error('crash')) };
      },
    };
    const system = await stage.start({
      children: [
        childSpec({ id: 'plain', actor: taking, input: { a: 1 } }),
        childSpec({ id: 'computed', actor: taking, input: (context) => String(context.self) }),
        childSpec({ id: 'logic', actor: createMachine({}), input: 5 }),
      ],
    });
    system.cast('computed', 'crash');
    await stage.clock.settle();
    expect(seen).toEqual([{ a: 1 }, 'app/computed#1', 'app/computed#2']);
    await system.stop();
  });
});

it('only objects with a method `then` are waited for', () => {
  const values: unknown[] = [
    undefined,
    null,
    5,
    'then',
    {},
    Object.fromEntries([['then', 5]]),
    Promise.resolve(),
  ];
  expect(values.filter((value) => isThenable<unknown>(value))).toEqual([values.at(-1)]);
});

it('the clock that XState is given is one for all actors of a clock', () => {
  const world = new SmallWorld();
  expect(xstateClock(world.clock)).toBe(xstateClock(world.clock));
});
