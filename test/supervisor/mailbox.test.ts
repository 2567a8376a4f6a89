import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Mailbox } from '../../src/supervisor/mailbox.ts';
import { actor, recorder, SmallWorld } from './small-world.ts';

describe('a mailbox', () => {
  const operation = fc.oneof(
    fc.record({ op: fc.constant('push' as const), value: fc.nat(5) }),
    fc.record({ op: fc.constant('shift' as const), value: fc.constant(0) }),
    fc.record({ op: fc.constant('take' as const), value: fc.nat(5) }),
    fc.record({ op: fc.constant('burst' as const), value: fc.nat(9_000) }),
    fc.record({ op: fc.constant('drain' as const), value: fc.nat(9_000) }),
  );

  test('behaves as a plain list, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const mailbox = new Mailbox<number>();
        const list: number[] = [];
        for (const { op, value } of operations) {
          if (op === 'take') {
            const wanted = (message: number | undefined): message is number => message === value;
            const index = list.indexOf(value);
            const [expected] = index < 0 ? [] : list.splice(index, 1);
            expect(mailbox.take(wanted)).toBe(expected);
          } else {
            const times = op === 'burst' || op === 'drain' ? value : 1;
            if (op === 'push' || op === 'burst') {
              const messages = Array.from({ length: times }, (_, i) => (op === 'push' ? value : i));
              for (const message of messages) mailbox.push(message);
              list.push(...messages);
            } else {
              const shifted = Array.from({ length: times }, () => mailbox.shift());
              const expected = list.splice(0, times);
              expect(shifted).toEqual([...expected, ...Array(times - expected.length).fill(undefined)]);
            }
          }
          expect(mailbox.length).toBe(list.length);
        }
        expect(Array.from(list, () => mailbox.shift())).toEqual(list);
        expect(mailbox.shift()).toBeUndefined();
      }),
    );
  });
});

describe('a full mailbox', () => {
  test('drops the newest messages, counts them, and reports it once', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    const process = world.start('app/small', behaviour, { mailboxCapacity: 2 });
    for (const message of [1, 2, 3, 4]) world.runtime.cast(process, message);
    await world.settle();
    expect(seen).toEqual([1, 2]);
    expect(process.droppedMessages).toBe(2);
    expect(world.reports).toEqual([{ type: 'mailbox_overflow', path: 'app/small', mailboxCapacity: 2 }]);
  });

  test('reports again only after it has been empty', async () => {
    const world = new SmallWorld();
    const process = world.start('app/small', actor(), { mailboxCapacity: 1 });
    for (const message of [1, 2, 3]) world.runtime.cast(process, message);
    await world.settle();
    for (const message of [1, 2, 3]) world.runtime.cast(process, message);
    await world.settle();
    expect(world.reports).toHaveLength(2);
  });

  test('refuses calls as overloaded', async () => {
    const world = new SmallWorld();
    world.start('app/small', actor(), { mailboxCapacity: 1 });
    world.runtime.cast('app/small', 1);
    await expect(world.runtime.call('app/small', {})).rejects.toMatchObject({ code: 'overloaded' });
    world.runtime.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  test('still takes exits, downs and stops', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    const full = world.start('app/full', behaviour, { mailboxCapacity: 1, trapExit: true });
    const target = world.start('app/target', actor());
    world.runtime.monitor(full, target);
    world.runtime.cast(full, 'fills it');
    world.runtime.kill(target);
    world.runtime.exit(full, 'shutdown');
    full.requestStop('shutdown');
    await world.settle();
    expect(seen).toMatchObject(['fills it', { type: 'down' }, { type: 'exit', reason: 'shutdown' }]);
    expect(full.isDead).toBe(true);
  });
});

describe('the memory of a mailbox', () => {
  test('grows with what it holds, is kept while it is small, and given back beyond 8,192 slots', () => {
    const mailbox = new Mailbox<number>();
    const slots = [mailbox.slots];
    const filled = (count: number): void => {
      for (let i = 0; i < count; i += 1) mailbox.push(i);
      slots.push(mailbox.slots);
      for (let i = 0; i < count; i += 1) mailbox.shift();
      slots.push(mailbox.slots);
    };
    for (const count of [1, 4, 5, 8_192, 8_193]) filled(count);
    expect(slots).toEqual([0, 4, 4, 4, 4, 8, 8, 8_192, 8_192, 16_384, 0]);
  });

  test('is searched only where it holds a message', () => {
    const mailbox = new Mailbox<number>();
    for (const message of [1, 2, 3]) mailbox.push(message);
    const asked: unknown[] = [];
    const none = (message: number | undefined): message is number => {
      asked.push(message);
      return false;
    };
    expect(mailbox.take(none)).toBeUndefined();
    expect(asked).toEqual([1, 2, 3]);
  });
});
