import { describe, expect, it } from 'vitest';
import { verdicts } from '../../scripts/otp/conformance.ts';

describe('against Erlang', () => {
  it.each([
    ['all 451 recorded cases', '', 451],
    ['352 further ones, of every part of the format', 'further-', 352],
  ])("does in %s what OTP's supervisor did [otp-golden]", async (_, which, count) => {
    const failed = [];
    let passed = 0;
    const files = [`fixtures/otp/${which}specs.jsonl`, `fixtures/otp/${which}traces.jsonl`] as const;
    for await (const verdict of verdicts(...files)) {
      if (verdict.difference === undefined) passed += 1;
      else failed.push(verdict);
    }
    expect(failed).toEqual([]);
    expect(passed).toBe(count);
  });
});
