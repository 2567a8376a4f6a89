import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { waitNamedIn } from '../../../src/protocol/errors/named-wait.ts';

/** A quarter past three in the afternoon, where this runs. */
const saidAtMs = new Date(2026, 10, 21, 15, 15, 30).getTime();
const minutes = 60_000;
const hours = 60 * minutes;

describe('a wait that is named', () => {
  test.each([
    ['Try again at 3:22 PM.', 7.5 * minutes],
    ['upgrade, or try again at 3:22 pm.', 7.5 * minutes],
    ['Try again at 3:15 PM.', 0.5 * minutes],
    ['Try again at 12:05 AM.', 8 * hours + 50.5 * minutes],
    ['Try again at Nov 21st, 2026 5:15 PM.', 2 * hours + 0.5 * minutes],
    ['Try again at Nov 22nd, 2026 3:15 PM.', 24 * hours + 0.5 * minutes],
    ['Try again at Dec 1st, 2026 12:00 AM.', 9 * 24 * hours + 8 * hours + 45.5 * minutes],
    ['Try again at Nov 1st, 2026 3:15 PM.', 0],
    ['Try again at 13:15 PM.', undefined],
    ['Try again at Foo 1st, 2026 3:15 PM.', undefined],
    ['Try again at noon.', undefined],
    ['Try again in 90s.', 90_000],
  ])('as %j is until the end of that minute', (message, waitMs) => {
    expect(waitNamedIn(message, saidAtMs)).toBe(waitMs);
  });

  test('as a time of day tells nothing where it is not known when it was said', () => {
    expect(waitNamedIn('Try again at 3:22 PM.', null)).toBeUndefined();
  });

  test('is never negative, whatever the words are', () => {
    const number = fc.nat(99).map(String);
    const words = fc
      .tuple(
        fc.constantFrom('', 'Nov 3rd, 2026 ', 'Feb 31st, 2027 '),
        number,
        number,
        fc.constantFrom('AM', 'PM', 's'),
      )
      .map(([date, hour, minute, half]) => `try again at ${date}${hour}:${minute} ${half}`);
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 4e12 }), (message, now) => {
        const waitMs = waitNamedIn(message, now);
        expect(waitMs === undefined || (Number.isSafeInteger(waitMs) && waitMs >= 0)).toBe(true);
      }),
    );
  });
});
