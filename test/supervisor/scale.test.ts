import { describe, expect, it } from 'vitest';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { countChildren, startChild } from '../../src/supervisor/supervisor-client.ts';
import { dynamicSupervisor } from '../../src/supervisor/supervisor-flags.ts';
import { actor, recorder, SmallWorld } from './small-world.ts';

/** Laws of size, apart from the others because they cost seconds: mutation testing leaves them out. */
describe('a hundred thousand', () => {
  it('dynamic children start and stop, each step in constant time [otp-simple-scale] [otp-count-children]', async () => {
    const system = await ActorSystem.start({ root: dynamicSupervisor() });
    const spec = childSpec({ id: 'a', restart: 'temporary', actor: { init: () => ({ receive() {} }) } });
    for (let n = 0; n < 100_000; n += 1) await startChild(system, 'system', spec);
    expect(await countChildren(system, 'system')).toEqual({
      specs: 100_000,
      active: 100_000,
      supervisors: 0,
      workers: 100_000,
    });
    expect(await system.stop()).toBe('shutdown');
  });

  it('the children of a list start and stop in time that grows with their number [otp-scale]', async () => {
    const child = { init: () => ({ receive() {} }) };
    const children = Array.from({ length: 100_000 }, (_, n) => childSpec({ id: String(n), actor: child }));
    const system = await ActorSystem.start({ children });
    expect((await countChildren(system, 'system')).active).toBe(100_000);
    expect(await system.stop()).toBe('shutdown');
  });

  it('forwards in a chain arrive', async () => {
    const world = new SmallWorld();
    const length = 100_000;
    const { behaviour, seen } = recorder();
    const forward = actor((message, _replyTo, context) => {
      const next = Number(message) + 1;
      context.cast(next === length ? 'app/end' : `app/${next}`, next);
    });
    world.start('app/end', behaviour);
    for (let i = 0; i < length; i += 1) world.start(`app/${i}`, forward);
    world.runtime.cast('app/0', 0);
    await world.settle();
    expect(seen).toEqual([length]);
  });
});
