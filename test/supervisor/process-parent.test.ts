import { describe, expect, test } from 'vitest';
import type { DownReason } from '../../src/supervisor/exit-reason.ts';
import { claimExit } from '../../src/supervisor/kinship.ts';
import { actor, echo, endOf, recorder, SmallWorld, thrower } from './small-world.ts';

const boom = new Error('boom');

describe('a parent', () => {
  function family() {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    const parent = world.start('app', behaviour, { trapExit: true });
    return {
      world,
      parent,
      seen,
      child: (id: string, kind = echo) => world.start(`app/${id}`, kind, { parent }),
    };
  }

  test('that traps exits is sent the end of a child as a message, in order with the others', async () => {
    const { world, parent, seen, child } = family();
    const a = child('a');
    world.runtime.cast(parent, 'before');
    world.runtime.kill(a);
    world.runtime.cast(parent, 'after');
    await world.settle();
    expect(seen).toMatchObject(['before', { type: 'exit', from: a, reason: 'killed' }, 'after']);
  });

  test('that does not trap exits ends with its child, unless the child ended normal', async () => {
    const world = new SmallWorld();
    const parent = world.start('app', echo);
    const end = endOf(parent);
    world.start('app/a', echo, { parent }).requestStop('normal');
    expect(end.reason).toBeUndefined();
    world.start('app/b', thrower, { parent });
    world.runtime.cast('app/b', boom);
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
  });

  test('hears nothing of a child that failed to start', async () => {
    const { world, parent, seen } = family();
    const failing = {
      init: () => {
        throw boom;
      },
    };
    const outcome = world.runtime.spawn({ path: 'app/a', behaviour: failing, input: undefined, parent });
    expect(outcome).toEqual({ error: { error: boom } });
    await world.settle();
    expect(seen).toEqual([]);
  });

  test('that claims the exit of a child gets it instead of the message, whether the child ends later or has ended', async () => {
    const { world, seen, child } = family();
    const [alive, ended] = [child('alive'), child('ended')];
    const claimed: DownReason[] = [];
    world.runtime.kill(ended);
    claimExit(ended, (reason) => claimed.push(reason));
    claimExit(alive, (reason) => claimed.push(reason));
    expect(claimed).toEqual(['killed']);
    alive.requestStop('shutdown');
    expect(claimed).toEqual(['killed', 'shutdown']);
    await world.settle();
    expect(seen).toEqual([]);
    claimExit(ended, (reason) => claimed.push(reason));
    expect(claimed.at(-1)).toBe('noproc');
  });

  test('that claims an exit it has handled already gets noproc', async () => {
    const { world, child } = family();
    const a = child('a');
    world.runtime.kill(a);
    await world.settle();
    const claimed: DownReason[] = [];
    claimExit(a, (reason) => claimed.push(reason));
    expect(claimed).toEqual(['noproc']);
  });

  test('that ends takes its children with it, youngest first, in good order', () => {
    const { world, parent, child } = family();
    const ended: string[] = [];
    for (const id of ['a', 'b', 'c']) {
      child(
        id,
        actor(() => {}, { terminate: (reason) => void ended.push(`${id} ${String(reason)}`) }),
      );
    }
    world.runtime.kill(parent);
    expect(ended).toEqual(['c killed', 'b killed', 'a killed']);
    expect(world.runtime.size).toBe(0);
  });
});
