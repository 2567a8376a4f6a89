/** Turns per second of 50 threads at once, and the CPU that our own process and Codex spend on a turn. */
import { type Estimate, type Figure, median, pairedRatio, type Ratio, report } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { benchHome } from './bench-home.ts';
import { codexWorkRatio } from './codex-work.ts';
import { type Exercise, type Precision, pairedBlocks } from './paired-blocks.ts';
import { atOneSpeed, type Cost, costHere, costOf } from './process-cpu.ts';
import { officialSdkInHomes, type ProcessSubject, type RunTurn } from './subjects.ts';

const threads = 50;
/** Turns of each thread, one after the other, in what is timed. */
const turnsOfThread = 2;
const turns = threads * turnsOfThread;
const precision: Precision = { blocksMin: 3, blocksMax: 4, errorWanted: 0.01 };
const figures: Figure[] = [];
const ratios: Ratio[] = [];

/** Opens the threads, one turn each to warm up; measures the turns of all of them at once. */
async function allThreads(subject: ProcessSubject): Promise<() => Promise<Cost>> {
  const runs = await Promise.all(Array.from({ length: threads }, () => subject.openThread()));
  await Promise.all(runs.map((run) => run('warm up')));
  const allTurns = () =>
    Promise.all(
      runs.map(async (run) => {
        for (let turn = 0; turn < turnsOfThread; turn += 1) await run('say ok');
      }),
    );
  return async () => {
    const { wallMs, nodeCpuMs, codexCpuMs } = await costOf(subject.codexPid(), allTurns);
    return { wallMs: wallMs / turns, nodeCpuMs: nodeCpuMs / turns, codexCpuMs: codexCpuMs / turns };
  };
}

const exercise: Exercise<Cost> = {
  prepare: allThreads,
  compared: atOneSpeed,
  pairs: 4,
  warmUpPairs: 1,
};

function addFigures(label: string, subject: string, rate: number, cpuMs: number): void {
  figures.push({ name: `50 threads, ${label}`, subject, value: rate, unit: 'turns/s' });
  figures.push({ name: `CPU of the Node process a turn, ${label}`, subject, value: cpuMs, unit: 'ms' });
}

function wallOf(costs: readonly Cost[]): number[] {
  return costs.map(({ wallMs }) => wallMs);
}

/** Adds the figures of one side of a profile. */
function addCosts(profile: Profile, subject: string, costs: readonly Cost[]): void {
  const nodeCpu = median(costs.map(({ nodeCpuMs }) => nodeCpuMs));
  addFigures(profile, subject, 1000 / median(wallOf(costs)), nodeCpu);
  const codexCpu = median(costs.map(({ codexCpuMs }) => codexCpuMs));
  figures.push({ name: `CPU of Codex a turn, ${profile}`, subject, value: codexCpu, unit: 'ms' });
}

/** Measures a profile beside the bare client; `beside` runs after the pairs of each block and gets our costs in it. */
async function measureProfile(
  profile: Profile,
  beside?: (own: readonly Cost[]) => Promise<void>,
): Promise<void> {
  const { own, least } = await pairedBlocks(profile, exercise, precision, (_bench, costs) => beside?.(costs));
  addCosts(profile, 'codex-actors', own);
  addCosts(profile, 'bare', least);
  addRatioFigure(`turns/s over bare as timed, ${profile}`, pairedRatio(wallOf(least), wallOf(own)));
  addRatioFigure(
    `CPU of Codex a turn over bare's at the same time, ${profile}`,
    await codexWorkRatio(profile),
  );
  ratios.push({
    name: `turns/s over bare at the same speed of the machine, ${profile}`,
    ...pairedRatio(least.map(atOneSpeed), own.map(atOneSpeed)),
    limit: 0.95,
    want: 'at least',
  });
}

function addRatioFigure(name: string, { value, error }: Estimate): void {
  figures.push({ name, subject: `codex-actors (± ${error.toFixed(2)})`, value, unit: 'ratio' });
}

/** What a turn took in each round of the official SDK, and how many times as long as ours in the block before it. */
interface OfficialRounds {
  readonly costs: Omit<Cost, 'codexCpuMs'>[];
  readonly overOurs: number[];
}

/** Runs one turn in each of 50 homes at once. A process a turn gets no warmer than the first turn of its home makes it. */
async function officialRound(
  runs: readonly RunTurn[],
  { costs, overOurs }: OfficialRounds,
  own: readonly Cost[],
): Promise<void> {
  const { wallMs, nodeCpuMs } = await costHere(() => Promise.all(runs.map((run) => run('say ok'))));
  costs.push({ wallMs: wallMs / threads, nodeCpuMs: nodeCpuMs / threads });
  overOurs.push(wallMs / threads / median(wallOf(own)));
}

await measureProfile('compatible');
await using bench = await benchHome();
await using sdk = officialSdkInHomes(bench);
const runs = await Promise.all(Array.from({ length: threads }, () => sdk.openThread()));
const official: OfficialRounds = { costs: [], overOurs: [] };
await measureProfile('lean', (own) => officialRound(runs, official, own));
addFigures(
  'one process a turn',
  sdk.name,
  1000 / median(official.costs.map(({ wallMs }) => wallMs)),
  median(official.costs.map(({ nodeCpuMs }) => nodeCpuMs)),
);
ratios.push({
  name: "turns/s over the official SDK's, lean",
  value: median(official.overOurs),
  limit: 8,
  want: 'at least',
});
report({ suite: 'turn-concurrency', figures, ratios });
