import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultRetryPolicy,
  parseRetryPolicy,
  type RetryPolicy,
  retryDecision,
} from '../../src/machines/retry-policy.ts';
import { InvalidOptionError } from '../../src/protocol/errors/call-errors.ts';
import { turnFailure } from '../../src/protocol/errors/turn-failure.ts';

const policies: fc.Arbitrary<RetryPolicy> = fc
  .record({
    maxAttempts: fc.integer({ min: 1, max: 100 }),
    maxDelayMs: fc.integer({ min: 1, max: 3_600_000 }),
    initialShare: fc.double({ min: 0, max: 1, noNaN: true }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    retryAfterMaxMs: fc.integer({ min: 0, max: 3_600_000 }),
  })
  .map(({ initialShare, ...rest }) => ({
    ...rest,
    initialDelayMs: Math.max(1, Math.floor(rest.maxDelayMs * initialShare)),
  }));
const attempts = fc.integer({ min: 1, max: 120 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const waits = fc.option(fc.integer({ min: 1, max: 100_000_000 }), { nil: undefined });

describe('whether what failed is tried again', () => {
  test('what is not retryable is never tried again, whatever time the server named', () => {
    fc.assert(
      fc.property(policies, attempts, waits, randoms, (policy, attempt, retryAfterMs, random) => {
        const error = { retryable: false, retryAfterMs };
        expect(retryDecision(policy, { error, attempt }, () => random)).toEqual({
          retry: false,
          because: 'not_retryable',
        });
      }),
    );
  });

  test('maxAttempts counts the first try too', () => {
    fc.assert(
      fc.property(policies, attempts, randoms, (policy, attempt, random) => {
        const error = { retryable: true, retryAfterMs: undefined };
        const decision = retryDecision(policy, { error, attempt }, () => random);
        expect(decision.retry).toBe(attempt < policy.maxAttempts);
      }),
    );
  });

  test('without a time from the server the pause is random below a bound that grows up to maxDelayMs', () => {
    fc.assert(
      fc.property(policies, attempts, randoms, (policy, attempt, random) => {
        const error = { retryable: true, retryAfterMs: undefined };
        const decision = retryDecision(policy, { error, attempt }, () => random);
        if (!decision.retry) return;
        const bound = Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.factor ** (attempt - 1));
        expect(decision.delayMs).toBe(Math.floor(random * bound));
        expect(decision.delayMs).toBeLessThan(policy.maxDelayMs);
      }),
    );
  });

  test('a 429 without a time waits at least half of a bound that is two steps higher', () => {
    fc.assert(
      fc.property(policies, attempts, randoms, (policy, attempt, random) => {
        const error = { retryable: true, retryAfterMs: undefined, httpStatusCode: 429 };
        const decision = retryDecision(policy, { error, attempt }, () => random);
        if (!decision.retry) return;
        const bound = Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.factor ** (attempt + 1));
        expect(decision.delayMs).toBeGreaterThanOrEqual(Math.floor(bound / 2));
        expect(decision.delayMs).toBeLessThanOrEqual(bound);
      }),
    );
  });

  test('a time that the server named is waited for in full, and at most initialDelayMs more', () => {
    fc.assert(
      fc.property(policies, attempts, waits, randoms, (policy, attempt, retryAfterMs, random) => {
        if (retryAfterMs === undefined) return;
        const decision = retryDecision(
          policy,
          { error: { retryable: true, retryAfterMs }, attempt },
          () => random,
        );
        if (!decision.retry) return;
        expect(decision.delayMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(decision.delayMs).toBeLessThan(retryAfterMs + policy.initialDelayMs);
      }),
    );
  });

  test('a time above retryAfterMaxMs ends it, and a time at the cap does not', () => {
    fc.assert(
      fc.property(policies, randoms, (policy, random) => {
        fc.pre(policy.maxAttempts > 1);
        const after = (retryAfterMs: number) =>
          retryDecision(policy, { error: { retryable: true, retryAfterMs }, attempt: 1 }, () => random);
        expect(after(policy.retryAfterMaxMs).retry).toBe(true);
        expect(after(policy.retryAfterMaxMs + 1)).toEqual({ retry: false, because: 'retry_after_too_long' });
      }),
    );
  });

  test('the decision takes our errors as they are', () => {
    const busy = turnFailure({ message: 'Slow down', codexErrorInfo: 'serverOverloaded' }, 'turn-1');
    expect(retryDecision(defaultRetryPolicy, { error: busy, attempt: 2 }, () => 0.5)).toEqual({
      retry: true,
      delayMs: 1_000,
    });
    const refused = turnFailure({ message: 'No', codexErrorInfo: 'badRequest' }, 'turn-1');
    expect(retryDecision(defaultRetryPolicy, { error: refused, attempt: 1 }, () => 0.5).retry).toBe(false);
  });
});

describe('a policy from options', () => {
  test('nothing given is the default', () => {
    expect(parseRetryPolicy(undefined)).toEqual(defaultRetryPolicy);
    expect(parseRetryPolicy({})).toEqual(defaultRetryPolicy);
  });

  test('each policy reads back as itself', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        expect(parseRetryPolicy(policy)).toEqual(policy);
      }),
    );
  });

  test('what is absent comes from the base, and a smaller maxDelayMs bounds the first pause too', () => {
    expect(parseRetryPolicy({ maxAttempts: 2 }, { ...defaultRetryPolicy, factor: 3 })).toEqual({
      ...defaultRetryPolicy,
      maxAttempts: 2,
      factor: 3,
    });
    expect(parseRetryPolicy({ maxDelayMs: 100 }).initialDelayMs).toBe(100);
  });

  test.each([
    ['retries', 'fast'],
    ['retries', null],
    ['retries.maxAttempts', { maxAttempts: 0 }],
    ['retries.maxAttempts', { maxAttempts: 1.5 }],
    ['retries.maxAttempts', { maxAttempts: 101 }],
    ['retries.maxAttempts', { maxAttempts: '3' }],
    ['retries.initialDelayMs', { initialDelayMs: 0 }],
    ['retries.initialDelayMs', { initialDelayMs: 2_000, maxDelayMs: 1_000 }],
    ['retries.maxDelayMs', { maxDelayMs: Number.POSITIVE_INFINITY }],
    ['retries.maxDelayMs', { maxDelayMs: Number.NaN }],
    ['retries.factor', { factor: 0.5 }],
    ['retries.retryAfterMaxMs', { retryAfterMaxMs: -1 }],
    ['retries.attempts', { attempts: 3 }],
  ])('%s of %j is refused, and the error names it', (field, options) => {
    const refused = (() => {
      try {
        return parseRetryPolicy(options);
      } catch (error) {
        return error;
      }
    })();
    expect(InvalidOptionError.isInstance(refused) && refused.field).toBe(field);
  });
});
