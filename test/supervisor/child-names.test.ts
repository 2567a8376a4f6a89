import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChildNames, type Named } from '../../src/supervisor/child-names.ts';

/** The rule in its plainest form: one set of all names, the count goes up with every try. */
class PlainNames {
  readonly taken = new Set<string>();
  #count = 0;

  take(id: string): string {
    let name = id;
    while (this.taken.has(name)) {
      this.#count += 1;
      name = `${id}.${this.#count}`;
    }
    this.taken.add(name);
    return name;
  }
}

const id = fc.oneof(
  { weight: 3, arbitrary: fc.constant('job') },
  { weight: 2, arbitrary: fc.nat({ max: 20 }).map((number) => `job.${number}`) },
  fc.constantFrom('job.1.2', '1', 'v1.2.', 'job.x'),
);
const step = fc.oneof(id, fc.nat({ max: 30 }));

describe('the names of dynamic children', () => {
  it('are those of one table of all names, whatever ids look like and whoever ends', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const names = new ChildNames();
        const plain = new PlainNames();
        const living: Named[] = [];
        for (const next of steps) {
          if (typeof next === 'string') {
            const name = names.take(next, () => living);
            expect(name).toBe(plain.take(next));
            living.push({ spec: { id: next }, name });
          } else if (living.length > 0) {
            const [ended] = living.splice(next % living.length, 1);
            if (ended === undefined) continue;
            names.release(ended);
            plain.taken.delete(ended.name);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('always have a number for children of a template', () => {
    const names = new ChildNames();
    expect([names.takeNumbered('job'), names.takeNumbered('job')]).toEqual(['job.1', 'job.2']);
  });

  it('cost a look through the children once at most, and only for an id that a numbered name could be', () => {
    const names = new ChildNames();
    let looks = 0;
    const living = () => {
      looks += 1;
      return [];
    };
    for (const plain of ['job', 'job', 'job2', 'a.b', 'v1.', 'v1.x']) names.take(plain, living);
    expect(looks).toBe(0);
    for (const numbered of ['job.7', 'job.7', 'job.8']) names.take(numbered, living);
    expect(looks).toBe(1);
  });

  it.each([...'0123456789'])('are looked through for an id that ends in %s', (digit) => {
    let looks = 0;
    new ChildNames().take(`job.${digit}`, () => {
      looks += 1;
      return [];
    });
    expect(looks).toBe(1);
  });
});
