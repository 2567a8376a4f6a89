import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUsage, turnUsage } from '../../../src/actors/exec-transport/turn-usage.ts';
import type { Usage } from '../../../src/protocol/exec-events.ts';
import { usageSum } from '../../../src/protocol/turn-usage.ts';

const usage = (input: number, cached = 0, output = 0): Usage => ({
  input_tokens: input,
  cached_input_tokens: cached,
  cache_write_input_tokens: 0,
  output_tokens: output,
  reasoning_output_tokens: 0,
});

const tokens = fc.nat({ max: 1_000_000 });
const anyUsage: fc.Arbitrary<Usage> = fc.record({
  input_tokens: tokens,
  cached_input_tokens: tokens,
  cache_write_input_tokens: tokens,
  output_tokens: tokens,
  reasoning_output_tokens: tokens,
});

describe('the usage of a turn', () => {
  test("is the total for a new thread's first turn", () => {
    expect(turnUsage('none', usage(100, 10, 5))).toEqual(usage(100, 10, 5));
  });

  test('is the total where the earlier turns are unknown', () => {
    expect(turnUsage('unknown', usage(100, 10, 5))).toEqual(usage(100, 10, 5));
  });

  test('is the difference of the totals, for any turns', () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, (before, turn) => {
        expect(turnUsage(before, usageSum(before, turn))).toEqual(turn);
      }),
    );
  });

  test('is the total when that has shrunk', () => {
    expect(turnUsage(usage(100, 0, 50), usage(200, 0, 10))).toEqual(usage(200, 0, 10));
  });

  test('keeps the fields that this version does not know', () => {
    const total: Usage = { ...usage(5), ...JSON.parse('{"future_tokens":7}') };
    expect(turnUsage(usage(2), total)).toEqual({ ...usage(3), future_tokens: 7 });
  });
});

describe('a reported usage', () => {
  test.each([[null], [undefined], [[]], ['much']])('of %j is none', (value) => {
    expect(readUsage(value)).toBeUndefined();
  });

  test('counts figures that are missing as 0 and keeps the fields that this version does not know', () => {
    expect(readUsage({ input_tokens: 5, output_tokens: null, future_tokens: 7 })).toEqual({
      ...usage(5),
      future_tokens: 7,
    });
  });
});
