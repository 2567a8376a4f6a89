import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Nanoseconds of each exercise on Erlang processes; undefined where there is no `erl`. */
export function erlangFigures(): Readonly<Record<string, number>> | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'codex-actors-bench-'));
  try {
    const source = new URL('./actor_bench.erl', import.meta.url).pathname;
    execFileSync('erlc', ['-o', folder, source], { stdio: 'ignore' });
    const out = execFileSync('erl', ['-noshell', '-pa', folder, '-run', 'actor_bench', 'main'], {
      encoding: 'utf8',
      timeout: 120_000,
    });
    const rows = out
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    return Object.fromEntries(rows.map(([name = '', value]) => [name, Number(value)]));
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
