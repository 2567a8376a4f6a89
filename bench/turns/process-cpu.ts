import { readFileSync } from 'node:fs';

/** Milliseconds of CPU that our own process spends meanwhile. */
export async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
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
