import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlannedStep, runPlan, turnsMaxAmple } from '../../../scripts/chaos/thread-plan.ts';

const seeds = fc.nat(0xffff_ffff);
const keys = fc.record({ lane: fc.nat(1_999), round: fc.nat(500) });

function isFault({ type }: PlannedStep): boolean {
  return type === 'refuse' || type === 'drop' || type === 'end_early';
}

describe('the plan of a run', () => {
  test('is the same for the same seed, thread and round', () => {
    fc.assert(
      fc.property(seeds, keys, (seed, key) => {
        expect(runPlan(seed, key)).toEqual(runPlan(seed, { ...key }));
      }),
    );
  });

  test('differs from thread to thread and from round to round', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const plans = Array.from({ length: 20 }, (_, n) => runPlan(seed, { lane: n % 5, round: n }));
        expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBeGreaterThan(10);
      }),
    );
  });

  test('can come to its end: the last step of one that is to be done says so, others never do', () => {
    fc.assert(
      fc.property(seeds, keys, (seed, key) => {
        const { ending, steps, turnsMax, abortAfterMs } = runPlan(seed, key);
        const finishing = steps.flatMap((step, index) =>
          step.type === 'speak' && step.finish ? [index] : [],
        );
        const isLast = ending === 'done' || ending === 'cancelled';
        expect(finishing).toEqual(isLast ? [steps.length - 1] : []);
        expect(steps.some(({ type }) => type === 'reject')).toBe(ending === 'failed');
        expect(abortAfterMs !== null).toBe(ending === 'interrupted');
        expect(turnsMax < turnsMaxAmple).toBe(ending === 'exhausted');
      }),
    );
  });

  test('has as many turns as one that is to be exhausted needs, whatever fails on the way', () => {
    fc.assert(
      fc.property(seeds, keys, (seed, key) => {
        const { ending, steps, turnsMax } = runPlan(seed, key);
        if (ending !== 'exhausted') return;
        expect(steps.filter(({ type }) => type === 'speak').length).toBeGreaterThanOrEqual(turnsMax);
      }),
    );
  });

  test('leaves a decision to a person exactly where Codex asks, and ends a turn by it only where that is meant', () => {
    fc.assert(
      fc.property(seeds, keys, (seed, key) => {
        const { asks, ending, steps } = runPlan(seed, key);
        const decisions = steps.flatMap((step) => (step.type === 'command' ? [step.decision] : []));
        expect(decisions.every((decision) => (decision !== null) === asks)).toBe(true);
        expect(decisions.some((decision) => decision?.says === 'cancel')).toBe(ending === 'cancelled');
      }),
    );
  });

  test('never has two failures in a row, so that a run gets on between them', () => {
    fc.assert(
      fc.property(seeds, keys, (seed, key) => {
        const faults = runPlan(seed, key).steps.map(isFault);
        expect(faults.some((fault, index) => fault && faults[index + 1] !== false)).toBe(false);
      }),
    );
  });

  test('together have everything in them that can go wrong', () => {
    const plans = Array.from({ length: 400 }, (_, lane) => runPlan(1, { lane, round: 1 }));
    const steps = plans.flatMap((plan) => plan.steps);
    const names = steps.map((step) => {
      if (step.type === 'refuse') return `${step.status}`;
      if (step.type === 'drop') return step.when;
      return step.type === 'command' ? `${step.decision?.says ?? 'unasked'}` : step.type;
    });
    expect(new Set(names)).toEqual(
      new Set([
        ...['429', '500', '503', 'before_headers', 'after_headers', 'while_speaking', 'end_early', 'reject'],
        ...['speak', 'unasked', 'accept', 'decline', 'cancel', 'nobody'],
      ]),
    );
    expect(new Set(plans.map(({ ending }) => ending)).size).toBe(5);
    expect(new Set(plans.map(({ thread }) => thread)).size).toBe(3);
  });

  test('of a soak is turn after turn, and nothing goes wrong in it', () => {
    fc.assert(
      fc.property(seeds, keys, (seed, key) => {
        const { asks, ending, steps } = runPlan(seed, key, 'soak');
        expect(steps.map((step) => step.type === 'speak' && step.finish)).toEqual(
          steps.map((_, index) => index === steps.length - 1),
        );
        expect([asks, ending]).toEqual([false, 'done']);
      }),
    );
  });
});
