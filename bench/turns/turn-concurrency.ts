/** Turns per second of 50 threads at once, and the CPU that our own process and Codex spend on a turn. */
import { type Figure, median, pairedRatio, type Ratio, report, timed } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { type Exercise, type Precision, pairedBlocks } from './paired-blocks.ts';
import { cpuOf, cpuOfProcess } from './process-cpu.ts';
import { officialSdkInHomes, type ProcessSubject } from './subjects.ts';

const threads = 50;
/** Turns of each thread, one after the other, in what is timed. */
const turnsOfThread = 2;
const turns = threads * turnsOfThread;
const precision: Precision = { blocksMin: 3, blocksMax: 4, errorWanted: 0.01 };
const figures: Figure[] = [];
const ratios: Ratio[] = [];

/** What a turn took, in milliseconds: of time, of CPU in this process, of CPU in Codex. */
interface TurnCost {
  readonly wallMs: number;
  readonly nodeCpuMs: number;
  readonly codexCpuMs: number;
}

/** Opens the threads, one turn each to warm up; measures the turns of all of them at once. */
async function allThreads(subject: ProcessSubject): Promise<() => Promise<TurnCost>> {
  const runs = await Promise.all(Array.from({ length: threads }, () => subject.openThread()));
  await Promise.all(runs.map((run) => run('warm up')));
  const allTurns = () =>
    Promise.all(
      runs.map(async (run) => {
        for (let turn = 0; turn < turnsOfThread; turn += 1) await run('say ok');
      }),
    );
  return async () => {
    const codexBefore = cpuOfProcess(subject.codexPid());
    let wallMs = 0;
    const nodeCpuMs = await cpuOf(async () => {
      wallMs = await timed(allTurns);
    });
    const codexCpuMs = cpuOfProcess(subject.codexPid()) - codexBefore;
    return { wallMs: wallMs / turns, nodeCpuMs: nodeCpuMs / turns, codexCpuMs: codexCpuMs / turns };
  };
}

/**
 * A turn's time over the CPU that Codex had in it. Processors that are shared with others work at a speed that changes within seconds by
 * more than what is looked for here; Codex does the same for both, and tells the speed.
 */
const exercise: Exercise<TurnCost> = {
  prepare: allThreads,
  compared: ({ wallMs, codexCpuMs }) => wallMs / codexCpuMs,
  pairs: 4,
  warmUpPairs: 1,
};

function addFigures(label: string, subject: string, rate: number, cpuMs: number): void {
  figures.push({ name: `50 threads, ${label}`, subject, value: rate, unit: 'turns/s' });
  figures.push({ name: `CPU of the Node process a turn, ${label}`, subject, value: cpuMs, unit: 'ms' });
}

function wallOf(costs: readonly TurnCost[]): number[] {
  return costs.map(({ wallMs }) => wallMs);
}

/** Adds the figures of one side of a profile; its turns per second. */
function addCosts(profile: Profile, subject: string, costs: readonly TurnCost[]): number {
  const rate = 1000 / median(wallOf(costs));
  addFigures(profile, subject, rate, median(costs.map(({ nodeCpuMs }) => nodeCpuMs)));
  const codexCpu = median(costs.map(({ codexCpuMs }) => codexCpuMs));
  figures.push({ name: `CPU of Codex a turn, ${profile}`, subject, value: codexCpu, unit: 'ms' });
  return rate;
}

/** Measures a profile beside the bare client; our turns per second. */
async function measureProfile(profile: Profile): Promise<number> {
  const { own, least } = await pairedBlocks(profile, exercise, precision);
  const rate = addCosts(profile, 'codex-actors', own);
  addCosts(profile, 'bare', least);
  const asTimed = pairedRatio(wallOf(least), wallOf(own));
  figures.push({
    name: `turns/s over bare as timed, ${profile}`,
    subject: `codex-actors (± ${asTimed.error.toFixed(2)})`,
    value: asTimed.value,
    unit: 'ratio',
  });
  ratios.push({
    name: `turns/s over bare at the same speed of the machine, ${profile}`,
    ...pairedRatio(least.map(exercise.compared), own.map(exercise.compared)),
    limit: 0.95,
    want: 'at least',
  });
  return rate;
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
