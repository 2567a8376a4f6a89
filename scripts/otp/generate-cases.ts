import type { JsonObject } from './case-format.ts';
import { allEnd, type Fields, movesOf, type Paths, pathsOf } from './generated-moves.ts';
import {
  autoShutdownTree,
  brutalTree,
  deepTree,
  flatTree,
  killTree,
  lastSignificantTree,
  poolTree,
  wideTree,
  windowTree,
} from './generated-trees.ts';
import type { Random } from './random.ts';
import { seeded } from './random.ts';

/** Makes cases of one kind. */
interface Family {
  readonly name: string;
  readonly count: number;
  readonly unordered?: boolean;
  make(random: Random): { readonly tree: Fields; readonly steps: readonly Fields[] };
}

const end: Fields = { op: 'stop', reason: 'shutdown' };
const endings = ['shutdown', 'normal', 'crash', { shutdown: 'bye' }] as const;

/** A tree, and some moves on it of the given kinds. */
function played(
  random: Random,
  tree: Fields,
  kinds: Parameters<typeof movesOf>[2],
  counts: readonly [number, number] = [2, 8],
): { readonly tree: Fields; readonly steps: readonly Fields[] } {
  const paths: Paths = pathsOf(tree);
  const steps = Array.from({ length: random.between(...counts) }, () => movesOf(random, paths, kinds));
  return { tree, steps: [...steps.flat(), { op: 'stop', reason: random.pick(endings) }] };
}

const families: readonly Family[] = [
  { name: 'flat', count: 60, make: (random) => played(random, flatTree(random, {}), ['exit']) },
  {
    name: 'deep',
    count: 60,
    make: (random) => played(random, deepTree(random, {}), ['exit', 'exit', 'stop_sup']),
  },
  {
    name: 'failing',
    count: 80,
    make: (random) =>
      played(
        random,
        random.chance(0.5) ? flatTree(random, { failing: true }) : deepTree(random, { failing: true }),
        ['crash'],
      ),
  },
  {
    name: 'first_start',
    count: 30,
    make: (random) => played(random, deepTree(random, { failingAtFirst: true }), ['exit']),
  },
  {
    name: 'stopping',
    count: 50,
    make: (random) => played(random, deepTree(random, { stubborn: true }), ['crash', 'signal'], [0, 4]),
  },
  { name: 'auto_shutdown', count: 60, make: (random) => played(random, autoShutdownTree(random), ['exit']) },
  {
    name: 'calls',
    count: 80,
    make: (random) => played(random, deepTree(random, { failing: true }), ['call', 'call', 'exit'], [4, 10]),
  },
  { name: 'pool', count: 60, make: (random) => played(random, poolTree(random), ['pool'], [5, 12]) },
  {
    name: 'batch',
    count: 50,
    make: (random) => played(random, deepTree(random, { failing: true }), ['batch', 'exit'], [1, 4]),
  },
  {
    name: 'mailbox',
    count: 60,
    make: (random) => played(random, flatTree(random, { failing: true }), ['mailbox', 'exit'], [1, 3]),
  },
  {
    name: 'signal',
    count: 40,
    make: (random) => played(random, deepTree(random, { stubborn: true }), ['signal', 'stop_sup'], [2, 5]),
  },
  {
    name: 'wide',
    count: 120,
    make: (random) =>
      played(
        random,
        wideTree(random),
        ['exit', 'crash', 'exit', 'call', 'pool', 'batch', 'mailbox', 'signal', 'stop_sup', 'late'],
        [2, 12],
      ),
  },
  {
    name: 'significant',
    count: 60,
    make: (random) =>
      played(
        random,
        autoShutdownTree(random, { failing: true }),
        ['batch', 'batch', 'mailbox', 'exit', 'call'],
        [2, 6],
      ),
  },
  {
    name: 'last_significant',
    count: 40,
    make: (random) => {
      const tree = lastSignificantTree(random);
      return { tree, steps: [allEnd(random, pathsOf(tree)), end] };
    },
  },
  {
    name: 'late',
    count: 40,
    make: (random) => played(random, flatTree(random, {}), ['late', 'late', 'late', 'exit', 'call'], [4, 10]),
  },
  {
    name: 'pool_mailbox',
    count: 30,
    make: (random) => played(random, poolTree(random), ['pool', 'pool', 'pool_mailbox'], [4, 9]),
  },
  {
    name: 'code_change',
    count: 50,
    make: (random) =>
      played(random, deepTree(random, {}), ['code_change', 'code_change', 'exit', 'crash', 'call'], [3, 9]),
  },
  {
    name: 'brutal_sup',
    count: 12,
    unordered: true,
    make: (random) => ({ tree: brutalTree(random), steps: [end] }),
  },
  {
    name: 'window',
    count: 3,
    make: (random) => {
      const tree = windowTree(random);
      const burst = movesOf(random, pathsOf(tree), ['crash']);
      return { tree, steps: [...burst, { op: 'advance', seconds: 5 }, ...burst, ...burst, end] };
    },
  },
  {
    name: 'kill_sup',
    count: 12,
    unordered: true,
    make: (random) => ({ tree: killTree(random), steps: [{ op: 'kill_sup', child: 'root.s' }, end] }),
  },
];

/** New cases for a seed, in every part of the format; the same seed gives the same cases. */
export function generateCases(seed: number): JsonObject[] {
  const random = seeded(seed);
  return families.flatMap(({ name, count, unordered, make }) =>
    Array.from({ length: count }, (_, index) => ({
      id: `${name}-${String(index + 1).padStart(3, '0')}`,
      family: name,
      ...(unordered ? { unordered } : {}),
      ...make(random),
    })),
  );
}
