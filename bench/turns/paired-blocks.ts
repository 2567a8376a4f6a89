import { inTurn, pairedRatio } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { bare, codexActors, type ProcessSubject } from './subjects.ts';

/** What was measured of the same exercise, ours and the bare client's, in turn. */
export interface Pairs<Sample> {
  readonly own: readonly Sample[];
  readonly least: readonly Sample[];
}

/** What is measured, and how often in one block. */
export interface Exercise<Sample> {
  /** Makes a subject ready and warm; what it gives back is one measurement. */
  readonly prepare: (subject: ProcessSubject) => Promise<() => Promise<Sample>>;
  /** What ours is divided by the bare client's of. */
  readonly compared: (sample: Sample) => number;
  readonly pairs: number;
  /** Pairs run before any is measured. */
  readonly warmUpPairs: number;
}

/** How many blocks are measured: at least, and at most while the ratio is not sure to this standard error. */
export interface Precision {
  readonly blocksMin: number;
  readonly blocksMax: number;
  readonly errorWanted: number;
}

/** Ours and the bare client, each on a process of its own, started in turn: which one comes first must not matter. */
async function pairsOf<Sample>(
  bench: BenchHome,
  profile: Profile,
  { prepare, pairs, warmUpPairs }: Exercise<Sample>,
  oursFirst: boolean,
): Promise<Pairs<Sample>> {
  await using first = oursFirst ? codexActors(bench, profile) : await bare(bench, profile);
  await using second = oursFirst ? await bare(bench, profile) : codexActors(bench, profile);
  const works = [await prepare(first), await prepare(second)];
  const samples = await inTurn(works, pairs, warmUpPairs);
  const [own = [], least = []] = oursFirst ? samples : samples.reverse();
  return { own, least };
}

/**
 * Blocks, each in a fresh home with fresh processes, so that no single one decides. `beside` runs by itself after the pairs of its
 * block and gets the block's own samples.
 */
export async function pairedBlocks<Sample>(
  profile: Profile,
  exercise: Exercise<Sample>,
  { blocksMin, blocksMax, errorWanted }: Precision,
  beside?: (bench: BenchHome, own: readonly Sample[]) => Promise<void> | undefined,
): Promise<Pairs<Sample>> {
  const own: Sample[] = [];
  const least: Sample[] = [];
  const { compared } = exercise;
  for (let block = 0; block < blocksMax; block += 1) {
    const error = () => pairedRatio(own.map(compared), least.map(compared)).error;
    if (block >= blocksMin && error() <= errorWanted) break;
    await using bench = await benchHome();
    const pairs = await pairsOf(bench, profile, exercise, block % 2 === 0);
    own.push(...pairs.own);
    least.push(...pairs.least);
    await beside?.(bench, pairs.own);
  }
  return { own, least };
}
