import { readFileSync } from 'node:fs';
import type { Codex } from '../../src/index.ts';
import { timed } from '../measure.ts';

/** What work took, in milliseconds: of time, of CPU in this process, of CPU in Codex. */
export interface Cost {
  readonly wallMs: number;
  readonly nodeCpuMs: number;
  readonly codexCpuMs: number;
}

/** Milliseconds of one tick of the clock that Linux counts a process's CPU in (proc_pid_stat(5), USER_HZ). */
const tickMs = 10;

/** Milliseconds of CPU that a process has spent so far: the fields utime and stime of proc_pid_stat(5). */
export function cpuOfProcess(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(utime) + Number(stime)) * tickMs;
}

/** Does the work; what it took of time and of CPU in this process. */
export async function costHere(work: () => Promise<unknown>): Promise<Omit<Cost, 'codexCpuMs'>> {
  const before = process.cpuUsage();
  const wallMs = await timed(work);
  const { user, system } = process.cpuUsage(before);
  return { wallMs, nodeCpuMs: (user + system) / 1000 };
}

/** Does the work on a Codex that runs already; what it took. */
export async function costOf(codexPid: number, work: () => Promise<unknown>): Promise<Cost> {
  const before = cpuOfProcess(codexPid);
  const here = await costHere(work);
  return { ...here, codexCpuMs: cpuOfProcess(codexPid) - before };
}

/**
 * The time that work took, over the CPU that Codex had in it. Processors that are shared with others work at a speed that changes
 * within seconds by more than what is looked for; Codex does the same for ours and for the bare client, and tells the speed.
 */
export function atOneSpeed({ wallMs, codexCpuMs }: Cost): number {
  return wallMs / codexCpuMs;
}

/** Tells the process id of a client's Codex; throws as long as that has not started. */
export function codexPidOf(codex: Codex): () => number {
  let codexPid: number | null = null;
  codex.telemetry.subscribe(['port.ready'], ({ pid }) => {
    codexPid = pid;
  });
  return () => {
    if (codexPid === null) throw new Error('Codex has not started');
    return codexPid;
  };
}
