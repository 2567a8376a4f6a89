/** How much CPU Codex spends on a turn of ours and of the bare client's at the same time, so that both meet the same machine. */
import { performance } from 'node:perf_hooks';
import { type Estimate, pairedRatio } from '../measure.ts';
import type { Profile } from './bare-launch.ts';
import { benchHome } from './bench-home.ts';
import { cpuOfProcess } from './process-cpu.ts';
import { bare, codexActors, type ProcessSubject, type RunTurn } from './subjects.ts';

const threadsOfEach = 25;
const blocks = 3;
const windowsInBlock = 4;
const windowMs = 12_000;

async function threadsOf(subject: ProcessSubject): Promise<readonly RunTurn[]> {
  const runs = await Promise.all(Array.from({ length: threadsOfEach }, () => subject.openThread()));
  await Promise.all(runs.map((run) => run('warm up')));
  return runs;
}

/** Milliseconds of CPU that the subject's Codex spends on a turn, of all that begin before `endMs`. */
async function codexCpuPerTurn(subject: ProcessSubject, runs: readonly RunTurn[], endMs: number) {
  const before = cpuOfProcess(subject.codexPid());
  let turns = 0;
  const untilTheEnd = async (run: RunTurn): Promise<void> => {
    for (; performance.now() < endMs; turns += 1) await run('say ok');
  };
  await Promise.all(runs.map(untilTheEnd));
  return (cpuOfProcess(subject.codexPid()) - before) / turns;
}

/** CPU that Codex spends on a turn of ours over that on the bare client's: 1 when we make it work no more. */
export async function codexWorkRatio(profile: Profile): Promise<Estimate> {
  const own: number[] = [];
  const least: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    await using bench = await benchHome();
    await using ours = codexActors(bench, profile);
    await using bareClient = await bare(bench, profile);
    const [ownRuns, leastRuns] = [await threadsOf(ours), await threadsOf(bareClient)];
    for (let window = 0; window < windowsInBlock; window += 1) {
      const endMs = performance.now() + windowMs;
      const [ownCpu, leastCpu] = await Promise.all([
        codexCpuPerTurn(ours, ownRuns, endMs),
        codexCpuPerTurn(bareClient, leastRuns, endMs),
      ]);
      own.push(ownCpu);
      least.push(leastCpu);
    }
  }
  return pairedRatio(own, least);
}
