import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Does `work` with a temporary folder of its own, and leaves nothing of it however that ends: a suite that is killed removes nothing, and
 * a Codex that has lost its client makes its home anew for as long as it lives.
 */
export async function withSuiteFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-bench-'));
  try {
    return await work(folder);
  } finally {
    for (const pid of await processesIn(folder)) endProcess(pid);
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Processes whose environment names the folder; none where there is no `/proc`. */
async function processesIn(folder: string): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => environments[index]?.includes(`=${folder}`) === true);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since.
  }
}
