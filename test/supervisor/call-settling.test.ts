import { describe, expect, it } from 'vitest';
import type { Behaviour, ReplyTo } from '../../src/supervisor/behaviour.ts';
import { actor, echo, SmallWorld } from './small-world.ts';

describe('a call that is settled', () => {
  /** An actor that keeps the right to answer each call. */
  function keeper(): { readonly kept: ReplyTo[]; readonly behaviour: Behaviour<unknown> } {
    const kept: ReplyTo[] = [];
    return { kept, behaviour: actor((_message, replyTo) => void (replyTo && kept.push(replyTo))) };
  }

  it('no longer listens to its signal, and one that waits does', async () => {
    const world = new SmallWorld();
    const { kept, behaviour } = keeper();
    world.start('app/a', behaviour);
    const heard: string[] = [];
    const { signal } = new AbortController();
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (type: string, ...rest: [never]) => {
      heard.push(`+${type}`);
      add(type, ...rest);
    };
    signal.removeEventListener = (type: string, ...rest: [never]) => {
      heard.push(`-${type}`);
      remove(type, ...rest);
    };
    const answer = world.runtime.call('app/a', {}, { signal });
    await world.settle();
    expect(heard).toEqual(['+abort']);
    kept[0]?.reply(1);
    expect(await answer).toBe(1);
    expect(heard).toEqual(['+abort', '-abort']);
  });

  it('takes no second answer, and the count of those that wait stays right', async () => {
    const world = new SmallWorld();
    const { kept, behaviour } = keeper();
    world.start('app/a', behaviour, { mailboxCapacity: 2 });
    const first = world.runtime.call('app/a', {});
    await world.settle();
    for (const replyTo of kept) {
      replyTo.reply('first');
      replyTo.reply('second');
      replyTo.fail(new Error('third'));
    }
    expect(await first).toBe('first');
    const [second, third] = [1, 2].map(() => world.runtime.call('app/a', {}));
    await expect(world.runtime.call('app/a', {})).rejects.toMatchObject({ code: 'overloaded' });
    await world.settle();
    for (const replyTo of kept) replyTo.reply('later');
    expect(await Promise.all([second, third])).toEqual(['later', 'later']);
  });

  it('shows only whom it asked when it is written to a log', async () => {
    const world = new SmallWorld();
    const { kept, behaviour } = keeper();
    world.start('app/a', behaviour);
    const answer = world.runtime.call('app/a', {});
    await world.settle();
    expect(JSON.stringify(kept[0])).toBe('{"callee":"app/a"}');
    kept[0]?.reply(1);
    await answer;
  });

  it('leaves the timer of its timeout to the next call of that length, and the timer ends by itself', async () => {
    const world = new SmallWorld();
    world.start('app/echo', echo);
    await world.runtime.call('app/echo', {}, { timeoutMs: 10 });
    await world.runtime.call('app/echo', {}, { timeoutMs: 10 });
    expect(world.clock.pendingTimers).toBe(1);
    await world.clock.advance(10);
    expect(world.clock.pendingTimers).toBe(0);
    await world.runtime.call('app/echo', {}, { timeoutMs: 10 });
    expect(world.clock.pendingTimers).toBe(1);
    await world.clock.advance(10);
    expect(world.clock.pendingTimers).toBe(0);
  });
});
