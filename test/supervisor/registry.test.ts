import { describe, expect, test } from 'vitest';
import { Registry, type RegistryOptions } from '../../src/supervisor/registry.ts';
import { echo, recorder, SmallWorld } from './small-world.ts';

function registryOf(world: SmallWorld, options: Partial<RegistryOptions> = {}): Registry<string, unknown> {
  return new Registry(world.runtime, { name: 'rooms', keys: 'unique', ...options });
}

describe('a registry', () => {
  test('[1.5-r01] a unique key has one owner, and the second is refused with the pid of the first', () => {
    const world = new SmallWorld();
    const registry = registryOf(world);
    const [a, b] = [world.start('app/a', echo), world.start('app/b', echo)];
    expect(registry.register(a, 'lobby', 1)).toEqual({ ok: true });
    expect(registry.register(b, 'lobby', 2)).toEqual({ ok: false, error: 'already_registered', pid: a });
    expect(registry.register(a, 'lobby', 3)).toEqual({ ok: false, error: 'already_registered', pid: a });
    expect(registry.lookup('lobby')).toEqual([{ pid: a, value: 1 }]);
  });

  test('[1.5-r02] a duplicate key has many owners, and one owner may have it twice', () => {
    const world = new SmallWorld();
    const registry = registryOf(world, { keys: 'duplicate' });
    const [a, b] = [world.start('app/a', echo), world.start('app/b', echo)];
    registry.register(a, 'topic', 1);
    registry.register(b, 'topic', 2);
    registry.register(a, 'topic', 3);
    expect(registry.lookup('topic')).toEqual([
      { pid: a, value: 1 },
      { pid: b, value: 2 },
      { pid: a, value: 3 },
    ]);
    expect(registry.keys(a)).toEqual(['topic', 'topic']);
  });

  test('[1.5-r03] the entries of an owner are gone the moment it ends, and its keys are free', () => {
    const world = new SmallWorld();
    const registry = registryOf(world);
    const [a, b] = [world.start('app/a', echo), world.start('app/b', echo)];
    registry.register(a, 'one', 1);
    registry.register(a, 'two', 2);
    registry.register(b, 'three', 3);
    // The kill hook of an actor runs when it counts as dead already, before anyone else has heard of it.
    const seenByHook: unknown[] = [];
    const dying = world.start('app/c', {
      init: () => ({ receive() {}, kill: () => void seenByHook.push(registry.lookup('four')) }),
    });
    registry.register(dying, 'four', 4);
    world.runtime.kill(dying);
    world.runtime.kill(a);
    expect(seenByHook).toEqual([[]]);
    expect(registry.lookup('one')).toEqual([]);
    expect(registry.size).toBe(1);
    expect(registry.register(b, 'one', 4)).toEqual({ ok: true });
    expect(registry.register(a, 'five', 5)).toEqual({ ok: false, error: 'noproc' });
  });

  test('[1.5-r04] only the owner of a unique key changes its value', () => {
    const world = new SmallWorld();
    const registry = registryOf(world);
    const [a, b] = [world.start('app/a', echo), world.start('app/b', echo)];
    registry.register(a, 'lobby', 1);
    expect(registry.updateValue(a, 'lobby', (value) => [value])).toEqual({
      ok: true,
      value: [1],
      previous: 1,
    });
    expect(registry.updateValue(b, 'lobby', () => 0)).toEqual({ ok: false, error: 'not_registered' });
    const duplicate = registryOf(world, { keys: 'duplicate' });
    expect(() => duplicate.updateValue(a, 'x', () => 0)).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });

  test('[1.5-r05] unregister removes all entries of the owner under the key, and nobody else’s', () => {
    const world = new SmallWorld();
    const registry = registryOf(world, { keys: 'duplicate' });
    const [a, b] = [world.start('app/a', echo), world.start('app/b', echo)];
    for (const value of [1, 2]) registry.register(a, 'topic', value);
    registry.register(a, 'other', 3);
    registry.register(b, 'topic', 4);
    registry.unregister(a, 'topic');
    expect(registry.lookup('topic')).toEqual([{ pid: b, value: 4 }]);
    expect(registry.keys(a)).toEqual(['other']);
  });

  test('[1.5-r05] keys are equal as in a Map, also where they are unregistered', () => {
    const world = new SmallWorld();
    const registry = new Registry<number>(world.runtime, { name: 'numbers', keys: 'unique' });
    const owner = world.start('app/a', echo);
    registry.register(owner, Number.NaN, 1);
    registry.register(owner, 0, 2);
    registry.unregister(owner, Number.NaN);
    registry.unregister(owner, -0);
    expect(registry.keys(owner)).toEqual([]);
  });

  test('[1.5-r06] keys, lookup, size, match and select show what is registered', () => {
    const world = new SmallWorld();
    const registry = registryOf(world, { keys: 'duplicate' });
    const [a, b] = [world.start('app/a', echo), world.start('app/b', echo)];
    registry.register(a, 'x', 1);
    registry.register(b, 'x', 2);
    registry.register(b, 'y', 3);
    expect(registry.size).toBe(3);
    expect(registry.keys(b)).toEqual(['x', 'y']);
    expect(registry.keys(world.start('app/c', echo))).toEqual([]);
    expect(registry.match('x', (value) => value === 2)).toEqual([{ pid: b, value: 2 }]);
    expect(registry.select((_key, pid, value) => pid === b && value === 3)).toEqual([
      { key: 'y', pid: b, value: 3 },
    ]);
  });

  test('[1.5-r07] dispatch runs in the caller’s own time, and not at all without entries', async () => {
    const world = new SmallWorld();
    const registry = registryOf(world, { keys: 'duplicate' });
    const recorders = [recorder(), recorder()];
    for (const [index, { behaviour }] of recorders.entries()) {
      registry.register(world.start(`app/${index}`, behaviour), 'topic', index);
    }
    let calls = 0;
    registry.dispatch('nothing', () => {
      calls += 1;
    });
    expect(calls).toBe(0);
    registry.dispatch('topic', (entries) => {
      calls += 1;
      for (const { pid } of entries) world.runtime.cast<unknown>(pid, 'news');
    });
    expect(calls).toBe(1);
    await world.settle();
    expect(recorders.map(({ seen }) => seen)).toEqual([['news'], ['news']]);
  });

  test('[1.5-r08] listeners hear of each entry that comes and goes, also when its owner ends', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    world.start('app/listener', behaviour);
    const registry = registryOf(world, { listeners: ['app/listener'] });
    const a = world.start('app/a', echo);
    registry.register(a, 'lobby', 1);
    registry.register(a, 'bar', 2);
    registry.unregister(a, 'lobby');
    world.runtime.kill(a);
    await world.settle();
    expect(seen).toEqual([
      { type: 'register', registry: 'rooms', key: 'lobby', pid: a, value: 1 },
      { type: 'register', registry: 'rooms', key: 'bar', pid: a, value: 2 },
      { type: 'unregister', registry: 'rooms', key: 'lobby', pid: a },
      { type: 'unregister', registry: 'rooms', key: 'bar', pid: a },
    ]);
  });

  test('[1.5-r09] a via-address finds the owner of the moment, and without one a call fails with noproc', async () => {
    const world = new SmallWorld();
    const registry = registryOf(world);
    const lobby = registry.via('lobby');
    await expect(world.runtime.call(lobby, {})).rejects.toMatchObject({
      code: 'noproc',
      address: 'rooms/lobby',
    });
    const first = world.start('app/a', echo);
    registry.register(first, 'lobby', 1);
    expect(await world.runtime.call(lobby, { n: 1 })).toEqual({ n: 1 });
    world.runtime.kill(first);
    expect(world.runtime.whereis(lobby)).toBeUndefined();
    const second = world.start('app/a', echo);
    registry.register(second, 'lobby', 2);
    expect(world.runtime.whereis(lobby)).toBe(second);
    expect(() => registryOf(world, { keys: 'duplicate' }).via('x')).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });

  test('[1.5-r10] it keeps values of its own', () => {
    const registry = registryOf(new SmallWorld());
    expect(registry.meta('colour')).toBeUndefined();
    registry.putMeta('colour', 'red');
    expect(registry.meta('colour')).toBe('red');
  });

  test('at its limit it refuses new entries with full, until one has gone', () => {
    const world = new SmallWorld();
    const registry = registryOf(world, { entriesMax: 1 });
    const a = world.start('app/a', echo);
    expect(registry.register(a, 'one', 1)).toEqual({ ok: true });
    expect(registry.register(a, 'two', 2)).toEqual({ ok: false, error: 'full' });
    registry.unregister(a, 'one');
    expect(registry.register(a, 'two', 2)).toEqual({ ok: true });
  });
});

describe('the keys of a registry', () => {
  test('are known only of live actors of this package', () => {
    const world = new SmallWorld();
    const registry = registryOf(world);
    const a = world.start('app/a', echo);
    expect(registry.keys(a)).toEqual([]);
    registry.register(a, 'lobby', 1);
    expect(registry.keys({ path: 'app/a', incarnation: 1 })).toEqual([]);
    registry.unregister({ path: 'app/a', incarnation: 1 }, 'lobby');
    expect(registry.lookup('lobby')).toHaveLength(1);
    world.runtime.kill(a);
    expect(registry.keys(a)).toEqual([]);
  });

  test.each(['updateValue', 'via'] as const)('must be unique for %s, which says so', (call) => {
    const world = new SmallWorld();
    const registry = registryOf(world, { keys: 'duplicate' });
    const calls = {
      updateValue: () => registry.updateValue(world.start('app/a', echo), 'k', (value) => value),
      via: () => registry.via('k'),
    };
    expect(calls[call]).toThrow(
      `keys is "duplicate"; it must be 'unique' for ${call} of the registry "rooms".`,
    );
  });
});
