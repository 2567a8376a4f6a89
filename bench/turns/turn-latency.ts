/** How long one warm turn takes, in both profiles, against the bare client and the official SDK. */
import { type Figure, interleaved, median, pairedRatio, percentile, type Ratio, report } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { bare, codexActors, officialSdk, type RunTurn, type Subject } from './subjects.ts';

/** Turns of ours and of the bare client in one block, and those of the official SDK after them. */
const pairsInBlock = 30;
const officialTurnsInBlock = 8;
/** Turns before anything is timed: until the engine has compiled what runs in each of them. */
const warmUpTurns = 30;
const warmUpOfficialTurns = 2;
/** Blocks measured at least, and at most while the ratio is not sure to this standard error. */
const blocksMin = 4;
const blocksMax = 10;
const errorWanted = 0.01;

/** Milliseconds of the turns of one block, by subject. */
interface Block {
  readonly own: readonly number[];
  readonly least: readonly number[];
  readonly official: readonly number[];
}

const figures: Figure[] = [];
const ratios: Ratio[] = [];

async function warmThread(subject: Subject, turns: number): Promise<RunTurn> {
  const run = await subject.openThread();
  for (let turn = 0; turn < turns; turn += 1) await run('warm up');
  return run;
}

/** Turns of ours and of the bare client, each on a process of its own, started in turn: which one comes first must not matter. */
async function pairs(bench: BenchHome, profile: Profile, oursFirst: boolean): Promise<number[][]> {
  await using first = oursFirst ? codexActors(bench, profile) : await bare(bench, profile);
  await using second = oursFirst ? await bare(bench, profile) : codexActors(bench, profile);
  const runs = [await warmThread(first, warmUpTurns), await warmThread(second, warmUpTurns)];
  const samples = await interleaved(
    runs.map((run) => () => run('say ok')),
    pairsInBlock,
    2,
  );
  return oursFirst ? samples : samples.reverse();
}

/** The official SDK runs by itself: the end of its process would still be at work while the next subject is timed. */
async function measureBlock(profile: Profile, oursFirst: boolean): Promise<Block> {
  await using bench = await benchHome();
  const [own = [], least = []] = await pairs(bench, profile, oursFirst);
  await using sdk = officialSdk(bench);
  const run = await warmThread(sdk, warmUpOfficialTurns);
  const [official = []] = await interleaved([() => run('say ok')], officialTurnsInBlock, 0);
  return { own, least, official };
}

function addFigures(profile: Profile, subject: string, samples: readonly number[]): void {
  const figure = { subject, unit: 'ms' } as const;
  figures.push({ ...figure, name: `turn p50, ${profile}`, value: median(samples) });
  figures.push({ ...figure, name: `turn p95, ${profile}`, value: percentile(samples, 0.95) });
}

/** Blocks, each in a fresh home with fresh processes, so that no single one decides; the official SDK is timed within each of them. */
async function measureProfile(profile: Profile, atLeastSdk: number): Promise<void> {
  const blocks: Block[] = [];
  const all = (who: keyof Block): number[] => blocks.flatMap((block) => block[who]);
  const overBare = () => pairedRatio(all('own'), all('least'));
  while (blocks.length < blocksMin || (blocks.length < blocksMax && overBare().error > errorWanted))
    blocks.push(await measureBlock(profile, blocks.length % 2 === 0));
  addFigures(profile, 'codex-actors', all('own'));
  addFigures(profile, 'bare', all('least'));
  addFigures(profile, '@openai/codex-sdk', all('official'));
  ratios.push({ name: `p50 over bare, ${profile}`, ...overBare(), limit: 1.05, want: 'at most' });
  const inBlocks = blocks.map(({ own, official }) => median(official) / median(own));
  ratios.push({
    name: `official SDK's p50 over ours, ${profile}`,
    value: median(inBlocks),
    limit: atLeastSdk,
    want: 'at least',
  });
}

await measureProfile('compatible', 4);
await measureProfile('lean', 6.5);
report({ suite: 'turn-latency', figures, ratios });
