import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { killIntervalMsMin, killPlan, type PlannedKill } from '../../../scripts/chaos/kill-plan.ts';
import { restartSeconds, restartsMax } from '../../../src/actors/giving-up.ts';

function first(seed: number, count: number): readonly PlannedKill[] {
  const plan = killPlan(seed);
  return Array.from({ length: count }, () => plan.next().value);
}

describe('the plan of a night’s kills', () => {
  test('is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(first(seed, 50)).toEqual(first(seed, 50));
      }),
    );
  });

  test('gives the tree no more single deaths than it takes', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const shortest = Math.min(...first(seed, 200).map(({ afterMs }) => afterMs));
        expect(shortest).toBeGreaterThanOrEqual(killIntervalMsMin);
        expect(restartsMax * killIntervalMsMin).toBeGreaterThan(restartSeconds * 1_000);
      }),
    );
  });

  test('has bursts that are more than the tree takes, and never two without rest between them', () => {
    const bursts = first(1, 500).flatMap(({ deaths }, index) => (deaths > restartsMax ? [index] : []));
    expect(bursts.length).toBeGreaterThan(10);
    expect(bursts.every((at, index) => index === 0 || at - (bursts[index - 1] ?? 0) > 3)).toBe(true);
  });

  test('of a soak never ends the tree', () => {
    const plan = killPlan(1, 'soak');
    const kills = Array.from({ length: 200 }, () => plan.next().value);
    expect(kills.every(({ afterMs, deaths }) => deaths === 1 && afterMs >= 5_000)).toBe(true);
  });
});
