import { describe, expect, test } from 'vitest';
import { timersPerActorMax } from '../../src/supervisor/actor-timers.ts';
import type { ActorContext } from '../../src/supervisor/behaviour.ts';
import { ExitRequest } from '../../src/supervisor/errors.ts';
import { link } from '../../src/supervisor/link.ts';
import { actor, deferred, echo, endOf, recorder, SmallWorld } from './small-world.ts';

const boom = new Error('boom');

describe('an actor', () => {
  test('handles one message at a time: while a promise is pending the others wait', async () => {
    const world = new SmallWorld();
    const gates = [deferred(), deferred()];
    const seen: unknown[] = [];
    world.start(
      'app/a',
      actor((message) => {
        seen.push(message);
        return gates[Number(message)]?.promise;
      }),
    );
    world.runtime.cast('app/a', 0);
    world.runtime.cast('app/a', 1);
    await world.settle();
    expect(seen).toEqual([0]);
    gates[0]?.resolve();
    await world.settle();
    expect(seen).toEqual([0, 1]);
  });

  test('counts its incarnations at a path from 1, and old pids stay dead', () => {
    const world = new SmallWorld();
    const first = world.start('app/a', echo);
    world.runtime.kill(first);
    const second = world.start('app/a', echo);
    expect([first.incarnation, second.incarnation]).toEqual([1, 2]);
    expect(world.runtime.whereis(first)).toBeUndefined();
    expect(world.runtime.whereis('app/a')).toBe(second);
  });

  test('is found by path, by a path from the root, and by its registered name until it ends', () => {
    const world = new SmallWorld();
    const process = world.start('app/a/b', echo);
    const other = world.start('app/c', echo);
    expect(world.runtime.register('bee', process)).toBeUndefined();
    expect(world.runtime.register('bee', other)).toBe(process);
    expect(['app/a/b', 'a/b', 'bee'].map((address) => world.runtime.whereis(address))).toEqual([
      process,
      process,
      process,
    ]);
    world.runtime.kill(process);
    expect(world.runtime.whereis('bee')).toBeUndefined();
    expect(world.runtime.register('bee', other)).toBeUndefined();
  });

  test('that throws an ExitRequest ends in good order with its reason', async () => {
    const world = new SmallWorld();
    const terminated: unknown[] = [];
    const process = world.start(
      'app/a',
      actor(
        () => {
          throw new ExitRequest({ shutdown: 'moved' });
        },
        { terminate: (reason) => void terminated.push(reason) },
      ),
    );
    const end = endOf(process);
    world.runtime.cast(process, 1);
    await world.settle();
    expect(end.reason).toEqual({ shutdown: 'moved' });
    expect(terminated).toEqual([{ shutdown: 'moved' }]);
  });

  test('drops its timers, monitors and queued messages when it ends', async () => {
    const world = new SmallWorld();
    const target = world.start('app/target', echo);
    const { behaviour, seen } = recorder();
    const process = world.start('app/a', behaviour);
    process.sendAfter(10, 'later');
    world.runtime.monitor(process, target);
    world.runtime.cast(process, 'now');
    world.runtime.kill(process);
    expect(world.clock.pendingTimers).toBe(0);
    expect(target.watchers?.size).toBe(0);
    await world.settle();
    expect(seen).toEqual([]);
  });

  test('gets its own message after the delay, unless it is cancelled', async () => {
    const world = new SmallWorld();
    const seen: unknown[] = [];
    let cancel = () => {};
    world.start('app/a', {
      init(context: ActorContext<unknown>) {
        context.sendAfter(10, 'kept');
        cancel = context.sendAfter(10, 'cancelled');
        return { receive: (message) => void seen.push(message) };
      },
    });
    cancel();
    await world.clock.advance(9);
    expect(seen).toEqual([]);
    await world.clock.advance(1);
    expect(seen).toEqual(['kept']);
  });

  test('may have 10,000 timers pending, and one more throws', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    const cancels = Array.from({ length: timersPerActorMax }, (_, i) => process.sendAfter(1, i));
    const refusal = {
      code: 'too_many_timers',
      message: 'The actor has 10000 timers pending. Cancel those it no longer needs.',
    };
    expect(() => process.sendAfter(1, 'one more')).toThrow(expect.objectContaining(refusal));
    cancels[0]?.();
    expect(() => process.sendAfter(1, 'in its place')).not.toThrow();
    expect(() => process.sendAfter(1, 'one more')).toThrow(expect.objectContaining(refusal));
    world.clock.advanceSync(1);
    expect(() => process.sendAfter(1, 'again')).not.toThrow();
  });

  test('whose code runs on after its end leaves no monitor, link or timer behind', () => {
    const world = new SmallWorld();
    const target = world.start('app/target', echo);
    const ended = world.start('app/ended', echo);
    world.runtime.kill(ended);
    world.runtime.monitor(ended, target);
    link(ended, target);
    ended.sendAfter(1, 'never');
    expect([target.watchers?.size ?? 0, target.links?.size ?? 0, world.clock.pendingTimers]).toEqual([
      0, 0, 0,
    ]);
  });

  test('that started in time leaves no start timer behind', async () => {
    const world = new SmallWorld();
    const behaviour = { init: () => Promise.resolve({ receive() {} }) };
    const outcome = await world.runtime.spawn({
      path: 'app/a',
      behaviour,
      input: undefined,
      startTimeoutMs: 10,
    });
    expect(outcome).toMatchObject({ ok: { path: 'app/a' } });
    expect(world.clock.pendingTimers).toBe(0);
  });

  test('exit called from outside of a message ends it before its next message', async () => {
    const world = new SmallWorld();
    const seen: unknown[] = [];
    let exit = () => {};
    const process = world.start('app/a', {
      init(context: ActorContext<unknown>) {
        exit = () => context.exit({ error: boom });
        return { receive: (message) => void seen.push(message) };
      },
    });
    const end = endOf(process);
    world.runtime.cast(process, 1);
    exit();
    await world.settle();
    expect(end.reason).toEqual({ error: boom });
    expect(seen).toEqual([]);
  });

  test('that is suspended keeps its messages and its stop until it is resumed', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    const process = world.start('app/a', behaviour);
    process.suspend();
    world.runtime.cast(process, 1);
    process.requestStop('shutdown');
    await world.settle();
    expect([seen, process.isDead]).toEqual([[], false]);
    process.resume();
    await world.settle();
    expect([seen, process.isDead]).toEqual([[1], true]);
  });

  test('that suspends itself in the middle of its messages handles no further one', async () => {
    const world = new SmallWorld();
    const seen: unknown[] = [];
    const process = world.start(
      'app/a',
      actor((message) => {
        seen.push(message);
        process.suspend();
      }),
    );
    world.runtime.cast(process, 1);
    world.runtime.cast(process, 2);
    await world.settle();
    expect(seen).toEqual([1]);
  });

  test('has a signal that is aborted when it has ended, also when it is asked for later', () => {
    const world = new SmallWorld();
    let context: ActorContext<unknown> | undefined;
    const process = world.start('app/a', {
      init(given: ActorContext<unknown>) {
        context = given;
        return { receive() {} };
      },
    });
    const signal = context?.signal;
    expect(signal?.aborted).toBe(false);
    world.runtime.kill(process);
    expect([signal?.aborted, context?.signal.aborted]).toEqual([true, true]);
    const unasked = world.start('app/b', echo);
    world.runtime.kill(unasked);
    expect(unasked.signalOfEnd.aborted).toBe(true);
  });
});

describe('a stop', () => {
  test('ends an idle actor within the call when its terminate is synchronous', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    process.requestStop('shutdown');
    expect(process.isDead).toBe(true);
  });

  test('waits for what is queued before it, and for terminate', async () => {
    const world = new SmallWorld();
    const seen: unknown[] = [];
    const cleaned = deferred();
    const process = world.start(
      'app/a',
      actor((message) => void seen.push(message), {
        terminate: (reason) => {
          seen.push(reason);
          return cleaned.promise;
        },
      }),
    );
    world.runtime.cast(process, 1);
    process.requestStop('shutdown');
    world.runtime.cast(process, 'too late');
    process.requestStop('normal');
    await world.settle();
    expect([seen, process.isDead]).toEqual([[1, 'shutdown'], false]);
    const end = endOf(process);
    cleaned.resolve();
    await world.settle();
    expect(end.reason).toBe('shutdown');
    expect(seen).toEqual([1, 'shutdown']);
  });

  test('takes the reason that terminate throws or names', async () => {
    const world = new SmallWorld();
    const throwing = world.start(
      'app/throws',
      actor(() => {}, { terminate: () => Promise.reject(boom) }),
    );
    const naming = world.start('app/names', {
      init: (context: ActorContext<unknown>) => ({ receive() {}, terminate: () => context.exit('normal') }),
    });
    const ends = [endOf(throwing), endOf(naming)];
    throwing.requestStop('shutdown');
    naming.requestStop('shutdown');
    await world.settle();
    expect(ends).toEqual([{ reason: { error: boom } }, { reason: 'normal' }]);
  });

  test('a kill ends an actor in the middle of a message or of terminate, and late results are ignored', async () => {
    const world = new SmallWorld();
    const gate = deferred();
    const busy = world.start(
      'app/busy',
      actor(() => gate.promise),
    );
    const ending = world.start(
      'app/ending',
      actor(() => {}, { terminate: () => gate.promise }),
    );
    const ends = [endOf(busy), endOf(ending)];
    world.runtime.cast(busy, 1);
    ending.requestStop('shutdown');
    await world.settle();
    world.runtime.kill(busy);
    world.runtime.kill(ending);
    gate.reject(boom);
    await world.settle();
    expect(ends).toEqual([{ reason: 'killed' }, { reason: 'killed' }]);
  });

  test('a kill hook that throws is reported and changes nothing', () => {
    const world = new SmallWorld();
    const process = world.start(
      'app/a',
      actor(() => {}, {
        kill: () => {
          throw boom;
        },
      }),
    );
    const end = endOf(process);
    world.runtime.kill(process);
    expect(end.reason).toBe('killed');
    expect(world.reports).toEqual([{ type: 'kill_hook_failed', path: 'app/a', error: boom }]);
  });

  test('of an actor that was killed while it started releases what its init brings later', async () => {
    const world = new SmallWorld();
    const opened = deferred();
    let released = 0;
    const starting = world.runtime.spawn({
      path: 'app/a',
      behaviour: {
        init: () =>
          opened.promise.then(() => ({
            receive() {},
            kill: () => {
              released += 1;
            },
          })),
      },
      input: undefined,
    });
    world.runtime.kill(world.runtime.resolve('app/a') ?? world.start('app/other', echo));
    expect(await starting).toEqual({ error: 'killed' });
    opened.resolve();
    await world.settle();
    expect(released).toBe(1);
  });
});
