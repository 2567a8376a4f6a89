/** Turns per second of 50 threads at once, and the CPU our own process spends on a turn. */
import { type Figure, type Ratio, report, timed } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { bare, codexActors, officialSdkInHomes, type Subject } from './subjects.ts';

const threads = 50;
const rounds = 4;
const figures: Figure[] = [];
const ratios: Ratio[] = [];

/** Runs `turns` turns on each of 50 warm threads, all at once; turns per second. */
async function throughput(subject: Subject, turns: number, label: string): Promise<number> {
  const runs = await Promise.all(Array.from({ length: threads }, () => subject.openThread()));
  if (turns > 1) await Promise.all(runs.map((run) => run('warm up')));
  const before = process.cpuUsage();
  const elapsed = await timed(() =>
    Promise.all(
      runs.map(async (run) => {
        for (let turn = 0; turn < turns; turn += 1) await run('say ok');
      }),
    ),
  );
  const spent = process.cpuUsage(before);
  const total = threads * turns;
  const rate = total / (elapsed / 1000);
  const cpu = (spent.user + spent.system) / 1000 / total;
  figures.push({ name: `50 threads, ${label}`, subject: subject.name, value: rate, unit: 'turns/s' });
  figures.push({
    name: `CPU of the Node process a turn, ${label}`,
    subject: subject.name,
    value: cpu,
    unit: 'ms',
  });
  return rate;
}

async function roundOf(who: 'ours' | 'bare', bench: BenchHome, profile: Profile, label: string) {
  await using subject = who === 'ours' ? codexActors(bench, profile) : await bare(bench, profile);
  return await throughput(subject, 4, label);
}

/** Rounds in turn, A B B A; the best of each, since the machine can only be slower than it is. */
async function compare(bench: BenchHome, profile: Profile): Promise<number> {
  const best = { ours: 0, bare: 0 };
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const);
    for (const who of order)
      best[who] = Math.max(best[who], await roundOf(who, bench, profile, `${profile}, round ${round}`));
  }
  const value = best.ours / best.bare;
  ratios.push({ name: `turns/s over bare, ${profile}`, value, limit: 0.95, want: 'at least' });
  return best.ours;
}

/** Its warm-up is the first turn of each home: a process a turn gets no warmer. */
async function official(bench: BenchHome): Promise<number> {
  await using sdk = officialSdkInHomes(bench);
  return await throughput(sdk, 1, 'one process a turn');
}

await using bench = await benchHome();
await compare(bench, 'compatible');
const lean = await compare(bench, 'lean');
const sdk = await official(bench);
ratios.push({ name: "turns/s over the official SDK's, lean", value: lean / sdk, limit: 8, want: 'at least' });
report({ suite: 'turn-concurrency', figures, ratios });
