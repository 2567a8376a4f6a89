import { describe, expect, it } from 'vitest';
import { verdicts } from '../../scripts/otp/conformance.ts';

describe('against Erlang', () => {
  it("does in all 451 recorded cases what OTP's supervisor did [otp-golden]", async () => {
    const failed = [];
    let passed = 0;
    for await (const verdict of verdicts('fixtures/otp/specs.jsonl', 'fixtures/otp/traces.jsonl')) {
      if (verdict.difference === undefined) passed += 1;
      else failed.push(verdict);
    }
    expect(failed).toEqual([]);
    expect(passed).toBe(451);
  });
});
