import { describe, expect, test } from 'vitest';
import { nightOptions } from '../../../scripts/chaos/night-options.ts';

describe('the options of a night', () => {
  test('are seed, threads and minutes', () => {
    expect(nightOptions(['--seed', '7', '--threads', '20', '--minutes', '0.5'])).toEqual({
      seed: 7,
      threads: 20,
      durationMs: 30_000,
      weather: 'storm',
    });
    expect(nightOptions([])).toMatchObject({ seed: 1, threads: 200, durationMs: 120_000 });
    expect(nightOptions(['--soak'])).toMatchObject({ weather: 'soak' });
  });

  test.each([
    [['--seed', 'x'], /--seed takes a number from 0 to/],
    [['--seed', '1.5'], /whole numbers/],
    [['--threads', '0'], /--threads takes a number from 1 to/],
    [['--threads', '9999'], /--threads takes a number from 1 to/],
    [['--minutes', ''], /--minutes takes a number from/],
    [['--minutes', '-1'], /--minutes/],
    [['--hours', '1'], /--hours/],
  ] as const)('%j are refused, by name', (args, said) => {
    expect(() => nightOptions(args)).toThrow(said);
  });
});
