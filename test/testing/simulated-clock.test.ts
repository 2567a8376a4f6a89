import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

describe('simulated time', () => {
  test('stands still until it is moved', async () => {
    const clock = new SimulatedClock(7);
    expect(clock.now()).toBe(7);
    await clock.settle();
    expect(clock.now()).toBe(7);
    await clock.advance(3);
    expect(clock.now()).toBe(10);
  });

  test('a timer started by a timer counts from that timer’s time', async () => {
    const clock = new SimulatedClock();
    const fired: number[] = [];
    clock.setTimer(10, () => {
      fired.push(clock.now());
      clock.setTimer(10, () => fired.push(clock.now()));
    });
    await clock.advance(25);
    expect(fired).toEqual([10, 20]);
    expect(clock.now()).toBe(25);
  });

  test('promises settle between two timers', async () => {
    const clock = new SimulatedClock();
    const order: string[] = [];
    clock.setTimer(1, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => order.push('promise'));
    });
    clock.setTimer(2, () => order.push('timer'));
    await clock.advance(2);
    expect(order).toEqual(['promise', 'timer']);
  });

  test('goes to the next timer, however far it is, and fires that one alone', async () => {
    const clock = new SimulatedClock();
    const fired: string[] = [];
    clock.setTimer(3_600_000, () => {
      fired.push('first');
      clock.setTimer(0, () => fired.push('third'));
    });
    clock.setTimer(3_600_000, () => fired.push('second'));
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect(fired).toEqual(['first']);
    expect(clock.now()).toBe(3_600_000);
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect(fired).toEqual(['first', 'second', 'third']);
    expect(await clock.advanceToNextTimer()).toBe(false);
    expect(clock.now()).toBe(3_600_000);
  });

  test('a timer started by a promise of a timer still fires within the same advance', async () => {
    const clock = new SimulatedClock();
    const fired: number[] = [];
    clock.setTimer(5, () => {
      void Promise.resolve().then(() => clock.setTimer(5, () => fired.push(clock.now())));
    });
    await clock.advance(10);
    expect(fired).toEqual([10]);
  });

  test('a cancelled timer never fires, and cancelling twice or late does nothing', () => {
    const clock = new SimulatedClock();
    const fired: number[] = [];
    const cancelled = clock.setTimer(1, () => fired.push(1));
    const late = clock.setTimer(1, () => fired.push(2));
    clock.cancelTimer(cancelled);
    clock.cancelTimer(cancelled);
    clock.advanceSync(1);
    clock.cancelTimer(late);
    expect(fired).toEqual([2]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('timers fire in order of time, those of the same time in the order they were made', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { maxLength: 40 }),
        fc.array(fc.nat(10), { maxLength: 10 }),
        (delays, steps) => {
          const clock = new SimulatedClock();
          const fired: { at: number; index: number }[] = [];
          for (const [index, delay] of delays.entries()) {
            clock.setTimer(delay, () => fired.push({ at: clock.now(), index }));
          }
          for (const step of steps) clock.advanceSync(step);
          const end = steps.reduce((sum, step) => sum + step, 0);
          const due = delays.map((at, index) => ({ at, index })).filter(({ at }) => at <= end);
          expect(steps.length === 0 ? [] : fired).toEqual(
            steps.length === 0 ? [] : due.toSorted((a, b) => a.at - b.at || a.index - b.index),
          );
          expect(clock.pendingTimers).toBe(delays.length - fired.length);
        },
      ),
    );
  });

  test('a duration that is no length of time is refused', async () => {
    await expect(new SimulatedClock().advance(-1)).rejects.toThrow(RangeError);
    expect(() => new SimulatedClock().advanceSync(Number.NaN)).toThrow(RangeError);
  });

  test('it does not move on while watched work is under way', async () => {
    const clock = new SimulatedClock();
    const work = { idle: false };
    clock.watch(work);
    clock.setTimer(1, () => {});
    let turns = 0;
    const wind = () => {
      turns += 1;
      if (turns === 5) work.idle = true;
      else setImmediate(wind);
    };
    setImmediate(wind);
    await clock.advance(1);
    expect(turns).toBe(5);
  });
});
