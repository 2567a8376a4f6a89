/**
 * A night of everything that goes wrong, many threads at once: `npm run chaos -- --seed N --threads N --minutes N [--soak]`.
 *
 * Prints its figures and what it checked, then `N passed, N failed` as its last line. Runs in a process of its own with a folder of its
 * own for temporary files, and is killed when it takes longer than it can.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graceMs, nightOptions } from './chaos/night-options.ts';
import { describeEnd, runCommand } from './child-command.ts';

/** Start, end and what is looked at after. */
const overheadMs = 60_000;

async function night(args: readonly string[]): Promise<number> {
  const options = nightOptions(args);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'chaos-')));
  try {
    const script = join(import.meta.dirname, 'chaos', 'night-process.ts');
    const result = await runCommand(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, ...args],
      {
        cwd: folder,
        env: { ...process.env, TMPDIR: folder },
        timeoutMs: options.durationMs + graceMs(options) + overheadMs,
        echo: true,
      },
    );
    const hasVerdict = /\d+ passed, \d+ failed\s*$/.test(result.output);
    if (!hasVerdict) console.log(`the night came to no verdict: ${describeEnd(result)}\n0 passed, 1 failed`);
    return result.exitCode === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await night(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
