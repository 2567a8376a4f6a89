import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReplyTo } from '../../src/supervisor/behaviour.ts';
import { CallError } from '../../src/supervisor/call-error.ts';
import { SupervisionError } from '../../src/supervisor/errors.ts';
import { actor, deferred, echo, SmallWorld } from './small-world.ts';

/** An actor that answers only when the test says so. */
function hesitant() {
  const waiting: ReplyTo[] = [];
  return {
    waiting,
    behaviour: actor((_message, replyTo) => {
      if (replyTo !== undefined) waiting.push(replyTo);
    }),
  };
}

/** What became of a promise. */
function outcomeOf(promise: Promise<unknown>): { readonly settled: unknown[] } {
  const settled: unknown[] = [];
  promise.then(
    (value) => settled.push(value),
    (error) => settled.push(error.code ?? error),
  );
  return { settled };
}

describe('a call', () => {
  test('resolves with the first reply, and drops the second', async () => {
    const world = new SmallWorld();
    world.start(
      'app/a',
      actor((_message, replyTo) => {
        replyTo?.reply(1);
        replyTo?.reply(2);
        replyTo?.fail(new Error('too late'));
      }),
    );
    expect(await world.runtime.call('app/a', {})).toBe(1);
  });

  test('rejects with the error that the callee fails it with', async () => {
    const world = new SmallWorld();
    const refusal = new Error('no');
    world.start(
      'app/a',
      actor((_message, replyTo) => replyTo?.fail(refusal)),
    );
    await expect(world.runtime.call('app/a', {})).rejects.toBe(refusal);
  });

  test('may be answered long after its message was handled', async () => {
    const world = new SmallWorld();
    const { waiting, behaviour } = hesitant();
    world.start('app/a', behaviour);
    const { settled } = outcomeOf(world.runtime.call('app/a', {}, { timeoutMs: Number.POSITIVE_INFINITY }));
    await world.clock.advance(1e9);
    expect(settled).toEqual([]);
    waiting[0]?.reply('at last');
    await world.settle();
    expect(settled).toEqual(['at last']);
  });

  test('waits for a callee that is still starting', async () => {
    const world = new SmallWorld();
    const opened = deferred();
    const starting = world.runtime.spawn({
      path: 'app/slow',
      behaviour: {
        init: (context) => opened.promise.then(() => echo.init(context, undefined)),
      },
      input: undefined,
    });
    const { settled } = outcomeOf(world.runtime.call('app/slow', { n: 1 }));
    await world.settle();
    expect(settled).toEqual([]);
    opened.resolve();
    await starting;
    await world.settle();
    expect(settled).toEqual([{ n: 1 }]);
  });

  test('rejects at once when its signal is aborted, before or during the wait, with the signal’s reason as cause', async () => {
    const world = new SmallWorld();
    world.start('app/a', hesitant().behaviour);
    const controller = new AbortController();
    const during = world.runtime.call('app/a', {}, { signal: controller.signal });
    controller.abort('enough');
    await expect(during).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    const before = world.runtime.call('app/a', {}, { signal: controller.signal });
    await expect(before).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  });

  test('is refused as overloaded while the callee owes as many answers as its mailbox holds', async () => {
    const world = new SmallWorld();
    const { waiting, behaviour } = hesitant();
    world.start('app/a', behaviour, { mailboxCapacity: 2 });
    const calls = [0, 1].map(() => world.runtime.call('app/a', {}));
    await world.settle();
    await expect(world.runtime.call('app/a', {})).rejects.toMatchObject({ code: 'overloaded' });
    for (const replyTo of waiting) replyTo.reply('done');
    expect(await Promise.all(calls)).toEqual(['done', 'done']);
    const next = world.runtime.call('app/a', {});
    await world.settle();
    waiting.at(-1)?.reply('again');
    expect(await next).toBe('again');
  });

  test('that is answered twice counts as answered once', async () => {
    const world = new SmallWorld();
    const { waiting, behaviour } = hesitant();
    world.start('app/a', behaviour, { mailboxCapacity: 1 });
    const first = world.runtime.call('app/a', {});
    await world.settle();
    waiting[0]?.reply(1);
    waiting[0]?.reply(2);
    expect(await first).toBe(1);
    const { settled } = outcomeOf(world.runtime.call('app/a', {}));
    await world.settle();
    await expect(world.runtime.call('app/a', {})).rejects.toMatchObject({ code: 'overloaded' });
    expect(settled).toEqual([]);
  });

  test('refuses a timeout that is no length of time', async () => {
    const world = new SmallWorld();
    world.start('app/a', echo);
    for (const timeoutMs of [-1, Number.NaN]) {
      await expect(world.runtime.call('app/a', {}, { timeoutMs })).rejects.toMatchObject({
        code: 'invalid_option',
      });
    }
  });

  test('that has failed says so in an error of ours, also to another copy of the package', async () => {
    const world = new SmallWorld();
    const error = await world.runtime.call('nobody', {}).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CallError);
    expect(SupervisionError.isInstance(error)).toBe(true);
    expect(SupervisionError.isInstance(new Error('other'))).toBe(false);
    expect(error).toMatchObject({ name: 'CallError', code: 'noproc', address: 'nobody' });
  });
});

describe('the timeouts of calls', () => {
  test('share one timer for each length, and leave none after close', async () => {
    const world = new SmallWorld();
    world.start('app/a', echo);
    for (let i = 0; i < 100; i += 1) await world.runtime.call('app/a', {}, { timeoutMs: 10 + (i % 2) });
    expect(world.clock.pendingTimers).toBe(2);
    world.runtime.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  test('of many different lengths do not pile up timers', async () => {
    const world = new SmallWorld();
    world.start('app/a', echo);
    for (let i = 0; i < 1_000; i += 1) await world.runtime.call('app/a', {}, { timeoutMs: 1_000 + i });
    expect(world.clock.pendingTimers).toBeLessThanOrEqual(16);
  });

  test('a call with the same timeout as an earlier one gets its full time', async () => {
    const world = new SmallWorld();
    world.start('app/a', hesitant().behaviour);
    const first = outcomeOf(world.runtime.call('app/a', {}, { timeoutMs: 100 }));
    await world.clock.advance(60);
    const second = outcomeOf(world.runtime.call('app/a', {}, { timeoutMs: 100 }));
    await world.clock.advance(40);
    expect([first.settled, second.settled]).toEqual([['timeout'], []]);
    await world.clock.advance(59);
    expect(second.settled).toEqual([]);
    await world.clock.advance(1);
    expect(second.settled).toEqual(['timeout']);
  });

  test('however calls, replies, ends and time interleave, each call settles exactly once, and in its time', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('call' as const), n: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ do: fc.constant('reply' as const), n: fc.nat(10) }),
      fc.record({ do: fc.constant('abort' as const), n: fc.nat(10) }),
      fc.record({ do: fc.constant('advance' as const), n: fc.nat(15) }),
      fc.record({ do: fc.constant('kill' as const), n: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const world = new SmallWorld();
        const { waiting, behaviour } = hesitant();
        let callee = world.start('app/a', behaviour);
        const calls: {
          settled: unknown[];
          dueAt: number;
          abort: AbortController;
          settledAt: number | undefined;
        }[] = [];
        for (const { do: action, n } of steps) {
          if (action === 'call') {
            const abort = new AbortController();
            const promise = world.runtime.call('app/a', {}, { timeoutMs: n, signal: abort.signal });
            const call = {
              ...outcomeOf(promise),
              dueAt: world.clock.now() + n,
              abort,
              settledAt: undefined as number | undefined,
            };
            const stamp = () => {
              call.settledAt = world.clock.now();
            };
            promise.then(stamp, stamp);
            calls.push(call);
          } else if (action === 'reply') waiting[n % Math.max(1, waiting.length)]?.reply('answer');
          else if (action === 'abort') calls[n % Math.max(1, calls.length)]?.abort.abort();
          else if (action === 'advance') await world.clock.advance(n);
          else {
            world.runtime.kill(callee);
            callee = world.start('app/a', behaviour);
          }
          await world.settle();
        }
        await world.clock.advance(30);
        for (const call of calls) {
          expect(call.settled).toHaveLength(1);
          expect(['answer', 'timeout', 'aborted', 'exit']).toContain(call.settled[0]);
          expect(call.settledAt).toBeLessThanOrEqual(call.dueAt);
        }
        world.runtime.close();
        expect(world.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
