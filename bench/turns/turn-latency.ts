/** How long one warm turn takes, in both profiles, against the bare client and the official SDK. */
import { type Figure, interleaved, median, percentile, type Ratio, report } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { benchHome } from './bench-home.ts';
import { bare, codexActors, officialSdk, type RunTurn, type Subject } from './subjects.ts';

const rounds = 60;
const figures: Figure[] = [];
const ratios: Ratio[] = [];

async function warmThread(subject: Subject): Promise<RunTurn> {
  const run = await subject.openThread();
  for (let turn = 0; turn < 5; turn += 1) await run('warm up');
  return run;
}

/** p50 of each subject's turn, taken in turn on one warm thread each. */
async function medians(subjects: readonly Subject[], label: string): Promise<number[]> {
  const runs: RunTurn[] = [];
  for (const subject of subjects) runs.push(await warmThread(subject));
  const samples = await interleaved(
    runs.map((run) => () => run('say ok')),
    rounds,
    3,
  );
  return samples.map((taken, index) => {
    const who = subjects[index]?.name ?? '';
    figures.push({ name: `turn p50, ${label}`, subject: who, value: median(taken), unit: 'ms' });
    figures.push({ name: `turn p95, ${label}`, subject: who, value: percentile(taken, 0.95), unit: 'ms' });
    return median(taken);
  });
}

/** The official SDK runs by itself: the end of its process would still be at work while the next subject is timed. */
async function measureProfile(profile: Profile, atLeastSdk: number): Promise<void> {
  await using bench = await benchHome();
  await using ours = codexActors(bench, profile);
  await using limit = await bare(bench, profile);
  await using sdk = officialSdk(bench);
  const [own = 0, least = 0] = await medians([ours, limit], profile);
  const [official = 0] = await medians([sdk], profile);
  ratios.push({ name: `p50 over bare, ${profile}`, value: own / least, limit: 1.05, want: 'at most' });
  ratios.push({
    name: `official SDK's p50 over ours, ${profile}`,
    value: official / own,
    limit: atLeastSdk,
    want: 'at least',
  });
}

await measureProfile('compatible', 4);
await measureProfile('lean', 6.5);
report({ suite: 'turn-latency', figures, ratios });
