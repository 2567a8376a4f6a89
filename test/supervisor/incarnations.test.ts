import { describe, expect, it } from 'vitest';
import { Incarnations, incarnationsPerGenerationMax } from '../../src/supervisor/incarnations.ts';
import { echo, SmallWorld } from './small-world.ts';

/** Lets actors at so many other paths end. */
function endOthers(incarnations: Incarnations, count: number): void {
  for (let i = 0; i < count; i += 1) incarnations.ended(`other/${i}`, 1);
}

describe('the count of incarnations', () => {
  it('goes up with each actor that lives at a path', () => {
    const world = new SmallWorld();
    const numbers = [1, 2, 3].map(() => {
      const process = world.start('app/a', echo);
      world.runtime.kill(process);
      return process.incarnation;
    });
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('is remembered for the paths that ended last, a generation of them at least', () => {
    const incarnations = new Incarnations();
    endOthers(incarnations, 1);
    incarnations.ended('app/a', 7);
    endOthers(incarnations, incarnationsPerGenerationMax - 1);
    expect(incarnations.next('app/a')).toBe(8);
  });

  it('begins anew once two generations of other paths have ended since', () => {
    const incarnations = new Incarnations();
    incarnations.ended('app/a', 7);
    endOthers(incarnations, 2 * incarnationsPerGenerationMax - 2);
    expect(incarnations.next('app/a')).toBe(8);
    incarnations.ended('app/b', 1);
    expect(incarnations.next('app/a')).toBe(1);
  });

  it('is the latest where both generations know the path', () => {
    const incarnations = new Incarnations();
    incarnations.ended('app/a', 1);
    endOthers(incarnations, incarnationsPerGenerationMax - 1);
    incarnations.ended('app/a', 2);
    expect(incarnations.next('app/a')).toBe(3);
  });
});
