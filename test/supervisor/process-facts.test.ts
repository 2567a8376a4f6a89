import { describe, expect, test } from 'vitest';
import type { ActorContext, MonitorRef } from '../../src/supervisor/behaviour.ts';
import { CallError } from '../../src/supervisor/call-error.ts';
import { AlreadyStartedError, ExitRequest, StartTimeoutError } from '../../src/supervisor/errors.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { link } from '../../src/supervisor/link.ts';
import { actor, echo, endOf, recorder, SmallWorld, thrower } from './small-world.ts';

const boom = new Error('boom');

describe('exit signals', () => {
  test('[1.4-01] an exit signal normal is ignored, and a message to those who trap exits', async () => {
    const world = new SmallWorld();
    const plain = world.start('app/plain', echo);
    const { behaviour, seen } = recorder();
    const trapping = world.start('app/trapping', behaviour, { trapExit: true });
    world.runtime.exit(plain, 'normal');
    world.runtime.exit(trapping, 'normal', plain);
    await world.settle();
    expect(plain.isDead).toBe(false);
    expect(seen).toMatchObject([{ type: 'exit', from: plain, reason: 'normal' }]);
  });

  test('[1.4-02] a signal shutdown ends those who do not trap exits, and kill ends those who do', () => {
    const world = new SmallWorld();
    const plain = world.start('app/plain', echo);
    const trapping = world.start('app/trapping', echo, { trapExit: true });
    const ends = [endOf(plain), endOf(trapping)];
    world.runtime.exit(plain, 'shutdown');
    world.runtime.exit(trapping, 'shutdown');
    expect(ends.map(({ reason }) => reason)).toEqual(['shutdown', undefined]);
    world.runtime.kill(trapping);
    expect(ends.map(({ reason }) => reason)).toEqual(['shutdown', 'killed']);
  });

  test('[1.4-03] the linked peer of a killed actor gets killed, which it can trap', async () => {
    const world = new SmallWorld();
    const victim = world.start('app/victim', echo);
    const plain = world.start('app/plain', echo);
    const { behaviour, seen } = recorder();
    const trapping = world.start('app/trapping', behaviour, { trapExit: true });
    const end = endOf(plain);
    link(plain, victim);
    link(victim, trapping);
    world.runtime.kill(victim);
    await world.settle();
    expect(end.reason).toBe('killed');
    expect(seen).toMatchObject([{ type: 'exit', from: victim, reason: 'killed' }]);
  });

  const reasons: [ExitReason, boolean][] = [
    ['normal', true],
    ['shutdown', false],
    [{ shutdown: 'moved' }, false],
    [{ error: boom }, false],
  ];
  test.each(reasons)(
    '[1.4-04] when a linked actor ends with %j, the survival of its peer is %s',
    async (reason, survives) => {
      const world = new SmallWorld();
      const ending = world.start(
        'app/ending',
        actor((_message, _replyTo, context) => context.exit(reason)),
      );
      const peer = world.start('app/peer', echo);
      const end = endOf(peer);
      link(ending, peer);
      world.runtime.cast(ending, 'end');
      await world.settle();
      expect(end.reason).toEqual(survives ? undefined : reason);
      expect(peer.links?.size ?? 0).toBe(0);
    },
  );

  test('[1.4-05] a link to a dead actor is a message noproc to those who trap exits and throws to others', async () => {
    const world = new SmallWorld();
    const dead = world.start('app/dead', echo);
    world.runtime.kill(dead);
    const { behaviour, seen } = recorder();
    link(world.start('app/trapping', behaviour, { trapExit: true }), dead);
    await world.settle();
    expect(seen).toMatchObject([{ type: 'exit', from: dead, reason: 'noproc' }]);
    const plain = world.start('app/plain', echo);
    expect(() => link(plain, dead)).toThrow(CallError);
    expect(plain.isDead).toBe(false);
  });
});

describe('monitors', () => {
  test('[1.4-06] a monitor of a dead actor or an unknown name is down at once with noproc, naming what was asked for', async () => {
    const world = new SmallWorld();
    const dead = world.start('app/dead', echo);
    world.runtime.kill(dead);
    const { behaviour, seen } = recorder();
    const watcher = world.start('app/watcher', behaviour);
    world.runtime.monitor(watcher, dead);
    world.runtime.monitor(watcher, 'nobody');
    await world.settle();
    expect(seen).toMatchObject([
      { type: 'down', path: 'app/dead', reason: 'noproc' },
      { type: 'down', path: 'nobody', reason: 'noproc' },
    ]);
  });

  test('[1.4-07] two monitors give two downs, two links give one exit', async () => {
    const world = new SmallWorld();
    const target = world.start('app/target', echo);
    const { behaviour, seen } = recorder();
    const watcher = world.start('app/watcher', behaviour, { trapExit: true });
    const monitors = [world.runtime.monitor(watcher, target), world.runtime.monitor(watcher, 'app/target')];
    link(watcher, target);
    link(watcher, target);
    world.runtime.kill(target);
    await world.settle();
    expect(seen).toHaveLength(3);
    expect(seen).toMatchObject([
      { type: 'down', monitor: monitors[0], reason: 'killed' },
      { type: 'down', monitor: monitors[1], reason: 'killed' },
      { type: 'exit', from: target, reason: 'killed' },
    ]);
  });

  test('[1.4-08] after demonitor no down is delivered, not even one that is queued already', async () => {
    const world = new SmallWorld();
    const target = world.start('app/target', echo);
    const seen: unknown[] = [];
    let contexts: ActorContext<unknown> | undefined;
    const watcher = world.start('app/watcher', {
      init: (context) => {
        contexts = context;
        return { receive: (message) => void seen.push(message) };
      },
    });
    const before: MonitorRef | undefined = contexts?.monitor(target);
    const queued: MonitorRef | undefined = contexts?.monitor(target);
    if (before !== undefined) contexts?.demonitor(before);
    world.runtime.kill(target);
    expect(watcher.mailboxLength).toBe(1);
    if (queued !== undefined) contexts?.demonitor(queued);
    await world.settle();
    expect(seen).toEqual([]);
  });

  test('[1.4-09] an actor that throws or rejects ends with what it threw', async () => {
    const world = new SmallWorld();
    const ends = [
      endOf(world.start('app/throws', thrower)),
      endOf(
        world.start(
          'app/rejects',
          actor((message) => Promise.reject(message)),
        ),
      ),
    ];
    world.runtime.cast('app/throws', boom);
    world.runtime.cast('app/rejects', boom);
    await world.settle();
    expect(ends).toEqual([{ reason: { error: boom } }, { reason: { error: boom } }]);
  });
});

describe('calls and casts', () => {
  test('[1.4-10] a call to a dead pid or an unknown name rejects with noproc', async () => {
    const world = new SmallWorld();
    const dead = world.start('app/dead', echo);
    world.runtime.kill(dead);
    await expect(world.runtime.call(dead, {})).rejects.toMatchObject({ code: 'noproc', address: 'app/dead' });
    await expect(world.runtime.call('nobody', {})).rejects.toMatchObject({
      code: 'noproc',
      address: 'nobody',
    });
  });

  test('[1.4-11] a call times out after 5,000 ms unless told otherwise, and the late reply is dropped', async () => {
    const world = new SmallWorld();
    const replies: (() => void)[] = [];
    world.start(
      'app/slow',
      actor((_message, replyTo) => void replies.push(() => replyTo?.reply('late'))),
    );
    const outcomes: unknown[] = [];
    world.runtime.call('app/slow', {}).catch((error) => outcomes.push(error));
    await world.clock.advance(4_999);
    expect(outcomes).toEqual([]);
    await world.clock.advance(1);
    expect(outcomes).toMatchObject([{ code: 'timeout', address: 'app/slow' }]);
    for (const reply of replies) reply();
    await world.settle();
    expect(outcomes).toHaveLength(1);
  });

  const reasons: ExitReason[] = ['normal', 'shutdown', { shutdown: 1 }, { error: boom }];
  test.each(reasons)(
    '[1.4-12] a call rejects with the reason %j of a callee that ends without a reply',
    async (reason) => {
      const world = new SmallWorld();
      world.start(
        'app/ending',
        actor((_message, _replyTo, context) => context.exit(reason)),
      );
      await expect(world.runtime.call('app/ending', {})).rejects.toMatchObject({ code: 'exit', reason });
    },
  );

  test('[1.4-13] an actor that calls itself is told so instead of waiting for ever', async () => {
    const world = new SmallWorld();
    const errors: unknown[] = [];
    world.start(
      'app/self',
      actor(async (_message, _replyTo, context) => {
        await context.call(context.self, {}).catch((error) => errors.push(error));
        await context.call('self', {}).catch((error) => errors.push(error));
      }),
    );
    world.runtime.cast('app/self', 'go');
    await world.settle();
    expect(errors).toMatchObject([{ code: 'calling_self' }, { code: 'calling_self' }]);
  });

  test('[1.4-14] a cast to a dead pid or an unknown name is dropped in silence', async () => {
    const world = new SmallWorld();
    const dead = world.start('app/dead', echo);
    world.runtime.kill(dead);
    world.runtime.cast(dead, 1);
    world.runtime.cast('nobody', 1);
    await world.settle();
    expect(world.reports).toEqual([]);
  });
});

describe('start and end', () => {
  test('[1.4-15] init may stop, decline, throw or take too long', async () => {
    const world = new SmallWorld();
    const spawn = (path: string, init: () => never | 'ignore' | Promise<'ignore'>, startTimeoutMs?: number) =>
      world.runtime.spawn({ path, behaviour: { init }, input: undefined, startTimeoutMs });
    const stops = () => {
      throw new ExitRequest('shutdown');
    };
    const throws = () => {
      throw boom;
    };
    expect(spawn('app/stops', stops)).toEqual({ error: 'shutdown' });
    expect(spawn('app/declines', () => 'ignore')).toBe('ignore');
    expect(spawn('app/throws', throws)).toEqual({ error: { error: boom } });
    expect(await spawn('app/rejects', () => Promise.reject(boom))).toEqual({ error: { error: boom } });
    const late = spawn('app/late', () => new Promise(() => {}), 100);
    await world.clock.advance(100);
    expect(await late).toMatchObject({ error: { error: { code: 'start_timeout', timeoutMs: 100 } } });
    expect(await late).toMatchObject({ error: { error: expect.any(StartTimeoutError) } });
    expect(world.runtime.size).toBe(0);
  });

  test('[1.4-16] a start at a taken path is refused as already started', () => {
    const world = new SmallWorld();
    const first = world.start('app/a', echo);
    const second = world.runtime.spawn({ path: 'app/a', behaviour: echo, input: undefined });
    expect(second).toMatchObject({ error: { error: expect.any(AlreadyStartedError) } });
    expect(world.runtime.whereis('app/a')).toBe(first);
  });

  test('[1.4-17] terminate is called for a stop and for exit, not for an exit signal, a throw or a kill', async () => {
    const world = new SmallWorld();
    const calls: string[] = [];
    const start = (path: string) =>
      world.start(
        path,
        actor(
          (message, _replyTo, context) => {
            if (message === 'exit') context.exit('normal');
            else throw message;
          },
          {
            terminate: (reason) => void calls.push(`${path} terminate ${String(reason)}`),
            kill: () => void calls.push(`${path} kill`),
          },
        ),
      );
    const [stopped, exits, signalled, throws, killed] = ['stop', 'exit', 'signal', 'throw', 'kill'].map(
      start,
    );
    stopped?.requestStop('shutdown');
    world.runtime.cast(exits ?? '', 'exit');
    signalled?.exitSignal(undefined, 'shutdown');
    world.runtime.cast(throws ?? '', boom);
    killed?.abandon('killed');
    await world.settle();
    expect(calls.toSorted()).toEqual([
      'exit terminate normal',
      'kill kill',
      'signal kill',
      'stop terminate shutdown',
      'throw kill',
    ]);
    expect(world.runtime.size).toBe(0);
  });
});

describe('what the runtime tells', () => {
  test('a down and an exit can be sent on like any other message', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    world.start('app/sink', behaviour);
    const forwarding = actor((message, _replyTo, context) => {
      for (let i = 0; i < 2; i += 1) context.cast('app/sink', message);
    });
    const watcher = world.start('app/watcher', forwarding, { trapExit: true });
    const victim = world.start('app/victim', echo);
    world.runtime.monitor(watcher, victim);
    link(watcher, victim);
    world.runtime.kill(victim);
    await world.settle();
    const down = { type: 'down', path: 'app/victim', reason: 'killed' };
    const exit = { type: 'exit', from: victim, reason: 'killed' };
    expect(seen).toMatchObject([down, down, exit, exit]);
  });

  test('a call, a stop and a message in one mailbox are each handled as what they are, in order', async () => {
    const world = new SmallWorld();
    const seen: unknown[] = [];
    const receiver = world.start(
      'app/receiver',
      actor((message, replyTo) => {
        seen.push(message);
        replyTo?.reply(message);
      }),
    );
    world.runtime.cast(receiver, 'first');
    const answer = world.runtime.call(receiver, { type: 'second' });
    world.runtime.cast(receiver, 'third');
    receiver.requestStop('shutdown');
    world.runtime.cast(receiver, 'never');
    await world.settle();
    expect(await answer).toEqual({ type: 'second' });
    expect(seen).toEqual(['first', { type: 'second' }, 'third']);
    expect(receiver.isDead).toBe(true);
  });
});

describe('order', () => {
  test('[1.4-18] messages from one sender to one receiver arrive in the order they were sent', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    world.start('app/receiver', behaviour);
    const sender = actor((message, _replyTo, context) => {
      for (let i = 0; i < 200; i += 1) context.cast('app/receiver', { from: message, i });
    });
    world.start('app/one', sender);
    world.start('app/two', sender);
    world.runtime.cast('app/one', 1);
    world.runtime.cast('app/two', 2);
    await world.settle();
    const of = (from: number) =>
      seen.filter((message) => Object(message).from === from).map((message) => Object(message).i);
    expect(of(1)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(of(2)).toEqual(of(1));
  });

  test('[1.4-19] a message taken out of turn leaves the others in order', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    const receiver = world.start('app/receiver', behaviour);
    for (const message of ['a', 'b', 'wanted', 'c']) world.runtime.cast(receiver, message);
    const isWanted = (message: unknown): message is 'wanted' => message === 'wanted';
    expect(receiver.take(isWanted)).toBe('wanted');
    expect(receiver.take(isWanted)).toBeUndefined();
    await world.settle();
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});
