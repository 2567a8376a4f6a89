import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { descendantGroups, descendantsMax } from '../../../src/actors/exec-port/descendant-groups.ts';

/** A table from parent and group by process id. */
function tableOf(rows: ReadonlyMap<number, { readonly parent: number; readonly group: number }>) {
  return {
    childrenOf: (pid: number) => [...rows].filter(([, { parent }]) => parent === pid).map(([child]) => child),
    groupOf: (pid: number) => rows.get(pid)?.group,
  };
}

describe('the groups of what a process has started', () => {
  test('are those of all generations, each once, without its own', () => {
    const table = tableOf(
      new Map([
        [10, { parent: 1, group: 10 }],
        [11, { parent: 10, group: 10 }],
        [12, { parent: 10, group: 12 }],
        [13, { parent: 12, group: 12 }],
        [14, { parent: 13, group: 14 }],
        [20, { parent: 1, group: 20 }],
      ]),
    );
    expect(descendantGroups(10, table)).toEqual([12, 14]);
  });

  test('never hold the own group, nor one that would be everybody, whatever the table says', () => {
    const row = fc.record({
      parent: fc.integer({ min: 1, max: 20 }),
      group: fc.integer({ min: -1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        // A parent is older than its child, as it is with processes.
        const older = rows.map(({ parent, group }, index) => ({
          parent: Math.min(parent, index + 1),
          group,
        }));
        const table = tableOf(new Map(older.map((one, index) => [index + 2, one])));
        const groups = descendantGroups(2, table);
        expect(groups).not.toContain(table.groupOf(2));
        expect(groups.every((group) => group > 1)).toBe(true);
      }),
    );
  });

  test('end with the limit, also where processes seem to be their own parents', () => {
    const table = { childrenOf: () => [7], groupOf: () => 7 };
    expect(descendantGroups(1, { ...table, groupOf: (pid) => pid })).toEqual([7]);
    expect(descendantsMax).toBe(10_000);
  });

  test('are none for a process that is gone, or that has started nothing', () => {
    expect(descendantGroups(4_194_303)).toEqual([]);
  });
});
