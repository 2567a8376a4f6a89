import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { partition, partitionOf, partitionSupervisor } from '../../src/supervisor/partition-supervisor.ts';
import { whichChildren } from '../../src/supervisor/supervisor-client.ts';
import { Stage } from './stage.ts';

describe('a partition supervisor', () => {
  it('runs the child once per partition, under the ids 0 to n-1 [ex-partition-ids]', async () => {
    const stage = new Stage();
    const pool = partitionSupervisor({ child: stage.child('worker'), partitions: 3 });
    const system = await stage.start({ children: [childSpec({ id: 'pool', supervisor: pool })] });
    expect(await stage.children('pool')).toBe('0 1 2');
    await system.stop();
  });

  it('has as many partitions as processors unless told otherwise [ex-partition-default]', () => {
    const { partitions } = partitionSupervisor({ child: new Stage().child('worker') });
    expect(partitions).toBeGreaterThanOrEqual(1);
  });

  it('gives each partition its own spec when child is a function of its number [ex-partition-arguments]', async () => {
    const seen: unknown[] = [];
    const actor = {
      init: (_context: unknown, input: unknown) => {
        seen.push(input);
        return { receive() {} };
      },
    };
    const child = (number: number) => childSpec({ id: 'worker', actor, input: `part ${number}` });
    const system = await ActorSystem.start({ root: partitionSupervisor({ child, partitions: 2 }) });
    expect(seen).toEqual(['part 0', 'part 1']);
    await system.stop();
  });

  it('routes by key: whole numbers count round, other keys hash, always to the same partition [ex-partition-key]', () => {
    expect([0, 1, 4, 5, -1, -5].map((key) => partitionOf(key, 4))).toEqual([0, 1, 0, 1, 1, 1]);
    expect(partitionOf(10n ** 30n + 3n, 4)).toBe(3);
    const anyKey = fc.oneof(fc.string(), fc.double({ noNaN: false }), fc.bigInt());
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 1, max: 64 }), (key, partitions) => {
        const number = partitionOf(key, partitions);
        expect(number).toBe(partitionOf(key, partitions));
        expect(Number.isInteger(number) && number >= 0 && number < partitions).toBe(true);
      }),
    );
  });

  it('spreads keys over all partitions', () => {
    const counts = new Array<number>(8).fill(0);
    for (let n = 0; n < 8_000; n += 1) {
      const number = partitionOf(`key ${n}`, 8);
      counts[number] = (counts[number] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(700);
  });

  it('an address outlives a crash of its partition, which leaves the others alone [ex-partition-crash]', async () => {
    const stage = new Stage();
    const pool = partitionSupervisor({ child: stage.child('worker'), partitions: 2 });
    const system = await stage.start({ children: [childSpec({ id: 'pool', supervisor: pool })] });
    const address = partition(system, 'pool', pool, 1);
    const before = await whichChildren(system, 'pool');
    await stage.end('pool/1');
    const after = await whichChildren(system, 'pool');
    expect(address.whereis()).toMatchObject({ path: 'app/pool/1', incarnation: 2 });
    expect(after[1]).toEqual(before[1]);
    await system.stop();
  });

  it('names the wrong field', () => {
    const child = new Stage().child('worker');
    expect(() => partitionSupervisor({ child, partitions: 0 })).toThrow(/partitions/);
    expect(() => partitionOf('a', 0)).toThrow(/partitions/);
  });
});
