import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RetryBudget, type SpentRetry, spendRetry } from '../../src/machines/retry-budget.ts';

const budgets: fc.Arbitrary<RetryBudget> = fc.record({
  retriesMax: fc.integer({ min: 0, max: 10 }),
  waitMsMax: fc.integer({ min: 0, max: 5_000 }),
  windowMs: fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constant(Number.POSITIVE_INFINITY)),
});
/** Retries that are asked for one after the other. */
const histories = fc
  .array(
    fc.record({ gapMs: fc.integer({ min: 0, max: 3_000 }), delayMs: fc.integer({ min: 0, max: 2_000 }) }),
    { maxLength: 40 },
  )
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ gapMs, delayMs }): SpentRetry => {
      atMs += gapMs;
      return { atMs, delayMs };
    });
  });

describe('a budget of retries', () => {
  test('in no window are there more retries or longer pauses than it pays for', () => {
    fc.assert(
      fc.property(budgets, histories, (budget, asked) => {
        const paid: SpentRetry[] = [];
        let spent: readonly SpentRetry[] = [];
        for (const retry of asked) {
          const decision = spendRetry(spent, retry, budget);
          spent = decision.spent;
          if (decision.isPaid) paid.push(retry);
        }
        for (const { atMs: endMs } of paid) {
          const window = paid.filter(({ atMs }) => atMs <= endMs && atMs > endMs - budget.windowMs);
          expect(window.length).toBeLessThanOrEqual(budget.retriesMax);
          expect(window.reduce((sum, { delayMs }) => sum + delayMs, 0)).toBeLessThanOrEqual(budget.waitMsMax);
        }
      }),
    );
  });

  test('what it refuses it could not have paid for, and says why', () => {
    fc.assert(
      fc.property(budgets, histories, (budget, asked) => {
        let spent: readonly SpentRetry[] = [];
        for (const retry of asked) {
          const decision = spendRetry(spent, retry, budget);
          if (!decision.isPaid) {
            const waitMs = decision.spent.reduce((sum, { delayMs }) => sum + delayMs, retry.delayMs);
            if (decision.because === 'retry_budget') expect(decision.spent.length).toBe(budget.retriesMax);
            else expect(waitMs).toBeGreaterThan(budget.waitMsMax);
          }
          spent = decision.spent;
        }
      }),
    );
  });

  test('it remembers no more than it needs', () => {
    fc.assert(
      fc.property(budgets, histories, (budget, asked) => {
        let spent: readonly SpentRetry[] = [];
        for (const retry of asked) {
          spent = spendRetry(spent, retry, budget).spent;
          expect(spent.length).toBeLessThanOrEqual(budget.retriesMax);
        }
      }),
    );
  });
});
