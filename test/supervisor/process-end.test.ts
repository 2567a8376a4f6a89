import { describe, expect, it } from 'vitest';
import type { ActorContext, Behaviour } from '../../src/supervisor/behaviour.ts';
import { ExitRequest } from '../../src/supervisor/errors.ts';
import type { DownReason } from '../../src/supervisor/exit-reason.ts';
import { claimExit } from '../../src/supervisor/kinship.ts';
import { actor, deferred, echo, endOf, recorder, SmallWorld } from './small-world.ts';

const boom = new Error('boom');

/** An actor whose start takes until `done`, and that tells how it was killed. */
function slowStarter(done: Promise<void>, killed: unknown[] = []): Behaviour<unknown> {
  return { init: () => done.then(() => ({ receive() {}, kill: (reason) => void killed.push(reason) })) };
}

describe('a dead actor', () => {
  it('takes no message and no signal, and keeps none that waited', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo, { trapExit: true });
    process.deliver('waits');
    process.abandon('killed');
    process.exitSignal(undefined, 'shutdown');
    process.requestStop('shutdown');
    expect([process.deliver('late'), process.mailboxLength]).toEqual([false, 0]);
  });

  it('stays as it ended, whatever its last message brings', async () => {
    const world = new SmallWorld();
    const terminated: unknown[] = [];
    const gates = [deferred(), deferred()];
    const processes = gates.map((gate, index) =>
      world.start(
        `app/${index}`,
        actor(() => gate.promise, { terminate: (reason) => void terminated.push(reason) }),
      ),
    );
    for (const process of processes) world.runtime.cast(process, 1);
    await world.settle();
    for (const process of processes) process.abandon('killed');
    const heirs = processes.map(({ path }) => world.start(path, echo));
    gates[0]?.resolve();
    gates[1]?.reject(new ExitRequest('normal'));
    await world.settle();
    expect([processes.map(({ isDead }) => isDead), terminated]).toEqual([[true, true], []]);
    expect(processes.map(({ path }) => world.runtime.whereis(path))).toEqual(heirs);
  });

  it('stays as it ended when its turn to run comes afterwards', async () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    world.runtime.cast(process, 1);
    process.abandon('killed');
    await world.settle();
    expect([process.isDead, process.deliver('late')]).toEqual([true, false]);
  });

  it('stays as it ended when the message in which it ended takes time', async () => {
    const world = new SmallWorld();
    const process = world.start(
      'app/a',
      actor(() => {
        process.abandon('killed');
        return Promise.resolve();
      }),
    );
    world.runtime.cast(process, 1);
    await world.settle();
    expect([process.isDead, process.deliver('late')]).toEqual([true, false]);
  });

  it('stays as it ended when its terminate is done later', async () => {
    const world = new SmallWorld();
    const gate = deferred();
    const process = world.start(
      'app/a',
      actor(() => {}, { terminate: () => gate.promise }),
    );
    process.requestStop('shutdown');
    process.abandon('killed');
    const heir = world.start('app/a', echo);
    gate.resolve();
    await world.settle();
    expect(world.runtime.whereis('app/a')).toBe(heir);
  });

  it('cannot take the path of its heir when it is ended again', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    process.abandon('killed');
    const heir = world.start('app/a', echo);
    process.abandon('killed');
    expect(world.runtime.whereis('app/a')).toBe(heir);
  });

  it('has no exit for others to claim when nobody was to hear of it', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    process.abandon('killed');
    const claimed: DownReason[] = [];
    claimExit(process, (reason) => claimed.push(reason));
    expect(claimed).toEqual(['noproc']);
  });

  it('is not found through an address that still holds it', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    const via = { name: 'via', whereis: () => process };
    expect(world.runtime.whereis(via)).toBe(process);
    process.abandon('killed');
    expect([world.runtime.whereis(via), world.runtime.viewOf(via)]).toEqual([undefined, undefined]);
  });
});

describe('an actor that starts', () => {
  it('shows nothing yet', async () => {
    const world = new SmallWorld();
    const done = deferred();
    const starting = world.runtime.spawn({
      path: 'app/a',
      behaviour: slowStarter(done.promise),
      input: undefined,
    });
    expect(world.runtime.snapshotOf('app/a')).toBeUndefined();
    done.resolve();
    await starting;
  });

  it('and is killed by its own init has not started, and what init made is released', () => {
    const world = new SmallWorld();
    const killed: unknown[] = [];
    const behaviour: Behaviour<unknown> = {
      init() {
        world.runtime.resolve('app/a')?.abandon('killed');
        return { receive() {}, kill: (reason) => void killed.push(reason) };
      },
    };
    expect(world.runtime.spawn({ path: 'app/a', behaviour, input: undefined })).toEqual({ error: 'killed' });
    expect(killed).toEqual(['killed']);
  });

  it('and asks for its own exit meanwhile has not started', () => {
    const world = new SmallWorld();
    const behaviour: Behaviour<unknown> = {
      init(context: ActorContext<unknown>) {
        context.exit('shutdown');
        return { receive() {} };
      },
    };
    expect(world.runtime.spawn({ path: 'app/a', behaviour, input: undefined })).toEqual({
      error: 'shutdown',
    });
    expect(world.runtime.size).toBe(0);
  });

  it('and declines has ended normal for those who watch it', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    const watcher = world.start('app/watcher', behaviour);
    const outcome = world.runtime.spawn({
      path: 'app/a',
      input: undefined,
      behaviour: {
        init() {
          world.runtime.monitor(watcher, 'app/a');
          return 'ignore';
        },
      },
    });
    await world.settle();
    expect(outcome).toBe('ignore');
    expect(seen).toMatchObject([{ type: 'down', reason: 'normal' }]);
  });

  it('is killed when its parent ends, and what init brings later is released', async () => {
    const world = new SmallWorld();
    const done = deferred();
    const killed: unknown[] = [];
    const parent = world.start('app', echo);
    const behaviour = slowStarter(done.promise, killed);
    const starting = world.runtime.spawn({ path: 'app/a', behaviour, input: undefined, parent });
    parent.abandon({ error: boom });
    expect(await starting).toEqual({ error: 'killed' });
    expect(world.runtime.size).toBe(0);
    done.resolve();
    await world.settle();
    expect(killed).toEqual(['killed']);
  });

  it('below a parent that has ended fails', () => {
    const world = new SmallWorld();
    const parent = world.start('app', echo);
    parent.abandon('killed');
    const outcome = world.runtime.spawn({ path: 'app/a', behaviour: echo, input: undefined, parent });
    expect([outcome, world.runtime.size]).toEqual([{ error: 'killed' }, 0]);
  });
});

describe('children', () => {
  it('that have ended before are left out when their parent takes the others with it', () => {
    const world = new SmallWorld();
    const parent = world.start('app', echo, { trapExit: true });
    const ended: string[] = [];
    const children = ['a', 'b', 'c', 'd'].map((id) =>
      world.start(
        `app/${id}`,
        actor(() => {}, {
          terminate: () => void ended.push(id),
          kill: () => void ended.push(`${id} killed`),
        }),
        { parent },
      ),
    );
    for (const index of [1, 3, 0]) children[index]?.abandon('killed');
    world.start(
      'app/e',
      actor(() => {}, { terminate: () => void ended.push('e') }),
      { parent },
    );
    parent.abandon('killed');
    expect(ended).toEqual(['b killed', 'd killed', 'a killed', 'e', 'c']);
  });
});

describe('an actor', () => {
  it('that gets the exit signal noproc ends with it as its error', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    const end = endOf(process);
    process.exitSignal(undefined, 'noproc');
    expect(end.reason).toEqual({ error: 'noproc' });
  });

  it('that asks for its exit while it is suspended ends when it is resumed', async () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    process.suspend();
    process.requestExit('normal');
    await world.settle();
    expect(process.isDead).toBe(false);
    process.resume();
    await world.settle();
    expect(process.isDead).toBe(true);
  });

  it('that asks for its exit in a message that takes time ends when that is handled', async () => {
    const world = new SmallWorld();
    const gate = deferred();
    const process = world.start(
      'app/a',
      actor((_message, _replyTo, context) => {
        context.exit('normal');
        return gate.promise;
      }),
    );
    world.runtime.cast(process, 1);
    await world.settle();
    expect(process.isDead).toBe(false);
    gate.resolve();
    await world.settle();
    expect(process.isDead).toBe(true);
  });

  it('that asks for its exit is handed no message any more, however long its terminate takes', async () => {
    const world = new SmallWorld();
    const gate = deferred();
    const seen: unknown[] = [];
    const process = world.start(
      'app/a',
      actor(
        (message, _replyTo, context) => {
          seen.push(message);
          context.exit('normal');
        },
        { terminate: () => gate.promise },
      ),
    );
    for (const message of [1, 2]) world.runtime.cast(process, message);
    await world.settle();
    expect([seen, process.isDead]).toEqual([[1], false]);
    gate.resolve();
    await world.settle();
    expect([seen, process.isDead]).toEqual([[1], true]);
  });

  it('is shown in logs by its path and incarnation', () => {
    const world = new SmallWorld();
    const process = world.start('app/a', echo);
    expect([String(process), JSON.stringify(process)]).toEqual([
      'app/a#1',
      '{"path":"app/a","incarnation":1}',
    ]);
  });
});

describe('a call', () => {
  it('may have no time at all, and names what is accepted when its time is none', async () => {
    const world = new SmallWorld();
    world.start('app/a', actor());
    const none = world.runtime.call('app/a', {}, { timeoutMs: 0 });
    const outcome = expect(none).rejects.toMatchObject({ code: 'timeout' });
    await world.clock.advance(0);
    await outcome;
    await expect(world.runtime.call('app/a', {}, { timeoutMs: -1 })).rejects.toThrow(
      'timeoutMs is -1; it must be a number of milliseconds from 0, or Infinity.',
    );
  });
});
