import { interleaved, pairedRatio } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { bare, codexActors, type Subject } from './subjects.ts';

/** Milliseconds of the same exercise, ours and the bare client's, in turn. */
export interface Pairs {
  readonly own: readonly number[];
  readonly least: readonly number[];
}

/** What is timed, and how often in one block. */
export interface Exercise {
  /** Makes a subject ready and warm; what it gives back is timed. */
  readonly prepare: (subject: Subject) => Promise<() => Promise<unknown>>;
  readonly pairs: number;
  /** Pairs run before any is timed. */
  readonly warmUpPairs: number;
}

/** How many blocks are measured: at least, and at most while the ratio is not sure to this standard error. */
export interface Precision {
  readonly blocksMin: number;
  readonly blocksMax: number;
  readonly errorWanted: number;
}

/** Ours and the bare client, each on a process of its own, started in turn: which one comes first must not matter. */
async function pairsOf(
  bench: BenchHome,
  profile: Profile,
  { prepare, pairs, warmUpPairs }: Exercise,
  oursFirst: boolean,
): Promise<Pairs> {
  await using first = oursFirst ? codexActors(bench, profile) : await bare(bench, profile);
  await using second = oursFirst ? await bare(bench, profile) : codexActors(bench, profile);
  const works = [await prepare(first), await prepare(second)];
  const samples = await interleaved(works, pairs, warmUpPairs);
  const [own = [], least = []] = oursFirst ? samples : samples.reverse();
  return { own, least };
}

/**
 * Blocks, each in a fresh home with fresh processes, so that no single one decides. `beside` runs by itself after the pairs of its
 * block and gets the block's own times.
 */
export async function pairedBlocks(
  profile: Profile,
  exercise: Exercise,
  { blocksMin, blocksMax, errorWanted }: Precision,
  beside?: (bench: BenchHome, own: readonly number[]) => Promise<void>,
): Promise<Pairs> {
  const own: number[] = [];
  const least: number[] = [];
  for (let block = 0; block < blocksMax; block += 1) {
    if (block >= blocksMin && pairedRatio(own, least).error <= errorWanted) break;
    await using bench = await benchHome();
    const pairs = await pairsOf(bench, profile, exercise, block % 2 === 0);
    own.push(...pairs.own);
    least.push(...pairs.least);
    await beside?.(bench, pairs.own);
  }
  return { own, least };
}
