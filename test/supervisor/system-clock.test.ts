import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SystemClock, timeoutMsMax } from '../../src/supervisor/system-clock.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the system’s clock', () => {
  test('is monotonic time in milliseconds', () => {
    const before = performance.now();
    const now = new SystemClock().now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(performance.now());
  });

  test('starts timers that keep no process alive and are not cancelled', () => {
    vi.useRealTimers();
    const timersHeld = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timersHeld();
    const clock = new SystemClock();
    const timer = clock.setTimer(60_000, () => {});
    expect(timersHeld()).toBe(before);
    expect(timer).toMatchObject({ cancelled: false });
    clock.cancelTimer(timer);
  });

  test('fires a timer once, after its delay', () => {
    let fired = 0;
    new SystemClock().setTimer(10, () => {
      fired += 1;
    });
    vi.advanceTimersByTime(9);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(100);
    expect(fired).toBe(1);
  });

  test('holds delays that are longer than Node’s longest timer', () => {
    let fired = 0;
    new SystemClock().setTimer(timeoutMsMax + 1_000, () => {
      fired += 1;
    });
    vi.advanceTimersByTime(timeoutMsMax + 999);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
  });

  test('cancels a timer, also a long one that is under way', () => {
    const clock = new SystemClock();
    const fire = () => {
      throw new Error('it was cancelled');
    };
    const timers = [clock.setTimer(10, fire), clock.setTimer(timeoutMsMax + 1_000, fire)];
    vi.advanceTimersByTime(9);
    for (const timer of timers.splice(0, 1)) clock.cancelTimer(timer);
    vi.advanceTimersByTime(timeoutMsMax);
    for (const timer of timers) clock.cancelTimer(timer);
    expect(timers[0]?.cancelled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves the timers of other clocks alone', () => {
    const foreign = new SimulatedClock().setTimer(1, () => {});
    new SystemClock().cancelTimer(foreign);
    expect(foreign.cancelled).toBe(false);
  });
});
