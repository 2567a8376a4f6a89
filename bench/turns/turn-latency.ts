/** How long one warm turn takes, in both profiles, against the bare client and the official SDK. */
import {
  type Figure,
  interleaved,
  median,
  pairedRatio,
  percentile,
  type Ratio,
  report,
  timed,
} from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { type Exercise, type Precision, pairedBlocks } from './paired-blocks.ts';
import { officialSdk, type RunTurn, type Subject } from './subjects.ts';

/** Turns before anything is timed: until the engine has compiled what runs in each of them. */
const warmUpTurns = 30;
const warmUpOfficialTurns = 2;
const officialTurnsInBlock = 8;
const precision: Precision = { blocksMin: 4, blocksMax: 10, errorWanted: 0.01 };
const oneTurn: Exercise<number> = {
  prepare: async (subject) => {
    const run = await warmThread(subject, warmUpTurns);
    return () => timed(() => run('say ok'));
  },
  compared: (elapsedMs) => elapsedMs,
  pairs: 30,
  warmUpPairs: 2,
};

const figures: Figure[] = [];
const ratios: Ratio[] = [];

async function warmThread(subject: Subject, turns: number): Promise<RunTurn> {
  const run = await subject.openThread();
  for (let turn = 0; turn < turns; turn += 1) await run('warm up');
  return run;
}

function addFigures(profile: Profile, subject: string, samples: readonly number[]): void {
  const figure = { subject, unit: 'ms' } as const;
  figures.push({ ...figure, name: `turn p50, ${profile}`, value: median(samples) });
  figures.push({ ...figure, name: `turn p95, ${profile}`, value: percentile(samples, 0.95) });
}

async function measureProfile(profile: Profile, atLeastSdk: number): Promise<void> {
  const official: number[] = [];
  const officialOverOurs: number[] = [];
  const { own, least } = await pairedBlocks(profile, oneTurn, precision, async (bench, ownTimes) => {
    // By itself: the end of its process would still be at work while the next subject is timed.
    await using sdk = officialSdk(bench);
    const run = await warmThread(sdk, warmUpOfficialTurns);
    const [samples = []] = await interleaved([() => run('say ok')], officialTurnsInBlock, 0);
    official.push(...samples);
    officialOverOurs.push(median(samples) / median(ownTimes));
  });
  addFigures(profile, 'codex-actors', own);
  addFigures(profile, 'bare', least);
  addFigures(profile, '@openai/codex-sdk', official);
  ratios.push({
    name: `p50 over bare, ${profile}`,
    ...pairedRatio(own, least),
    limit: 1.05,
    want: 'at most',
  });
  ratios.push({
    name: `official SDK's p50 over ours, ${profile}`,
    value: median(officialOverOurs),
    limit: atLeastSdk,
    want: 'at least',
  });
}

await measureProfile('compatible', 4);
await measureProfile('lean', 6.5);
report({ suite: 'turn-latency', figures, ratios });
