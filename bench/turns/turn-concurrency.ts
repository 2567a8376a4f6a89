/** Turns per second of 50 threads at once, and the CPU our own process spends on a turn. */
import { type Figure, median, pairedRatio, type Ratio, report, timed } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { type Exercise, type Precision, pairedBlocks } from './paired-blocks.ts';
import { officialSdkInHomes, type Subject } from './subjects.ts';

const threads = 50;
/** Turns of each thread, one after the other, in what is timed. */
const turnsOfThread = 2;
const turns = threads * turnsOfThread;
const precision: Precision = { blocksMin: 3, blocksMax: 4, errorWanted: 0.02 };
const figures: Figure[] = [];
const ratios: Ratio[] = [];

/** Milliseconds of CPU that our own process spends meanwhile. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Opens the threads, one turn each to warm up; runs the timed turns on all of them at once. */
async function allThreads(
  subject: Subject,
  noteCpu: (perTurnMs: number) => void,
): Promise<() => Promise<void>> {
  const runs = await Promise.all(Array.from({ length: threads }, () => subject.openThread()));
  await Promise.all(runs.map((run) => run('warm up')));
  return async () => {
    const cpuMs = await cpuOf(() =>
      Promise.all(
        runs.map(async (run) => {
          for (let turn = 0; turn < turnsOfThread; turn += 1) await run('say ok');
        }),
      ),
    );
    noteCpu(cpuMs / turns);
  };
}

function addFigures(label: string, subject: string, rate: number, cpuMs: number): void {
  figures.push({ name: `50 threads, ${label}`, subject, value: rate, unit: 'turns/s' });
  figures.push({ name: `CPU of the Node process a turn, ${label}`, subject, value: cpuMs, unit: 'ms' });
}

/** Measures a profile beside the bare client; our turns per second. */
async function measureProfile(profile: Profile): Promise<number> {
  const cpu = new Map<string, number[]>();
  const exercise: Exercise = {
    prepare: (subject) => {
      const samples = cpu.get(subject.name) ?? [];
      cpu.set(subject.name, samples);
      return allThreads(subject, (perTurnMs) => samples.push(perTurnMs));
    },
    pairs: 4,
    warmUpPairs: 1,
  };
  const { own, least } = await pairedBlocks(profile, exercise, precision);
  const rate = (samples: readonly number[]): number => turns / (median(samples) / 1000);
  addFigures(profile, 'codex-actors', rate(own), median(cpu.get('codex-actors') ?? []));
  addFigures(profile, 'bare', rate(least), median(cpu.get('bare') ?? []));
  ratios.push({
    name: `turns/s over bare, ${profile}`,
    ...pairedRatio(least, own),
    limit: 0.95,
    want: 'at least',
  });
  return rate(own);
}

/** One turn in each of 50 homes at once; what warms them up is the first turn of each. A process a turn gets no warmer. */
async function officialRate(bench: BenchHome): Promise<number> {
  await using sdk = officialSdkInHomes(bench);
  const runs = await Promise.all(Array.from({ length: threads }, () => sdk.openThread()));
  let elapsedMs = 0;
  const cpuMs = await cpuOf(async () => {
    elapsedMs = await timed(() => Promise.all(runs.map((run) => run('say ok'))));
  });
  const rate = threads / (elapsedMs / 1000);
  addFigures('one process a turn', sdk.name, rate, cpuMs / threads);
  return rate;
}

await measureProfile('compatible');
const lean = await measureProfile('lean');
await using bench = await benchHome();
const official = await officialRate(bench);
ratios.push({
  name: "turns/s over the official SDK's, lean",
  value: lean / official,
  limit: 8,
  want: 'at least',
});
report({ suite: 'turn-concurrency', figures, ratios });
