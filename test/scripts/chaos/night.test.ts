import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../../scripts/child-command.ts';

const chaos = join(import.meta.dirname, '..', '..', '..', 'scripts', 'chaos.ts');
const night = (args: readonly string[], timeoutMs: number) =>
  runCommand(process.execPath, ['--disable-warning=ExperimentalWarning', chaos, ...args], {
    cwd: import.meta.dirname,
    timeoutMs,
    echo: false,
  });

test('a short night of all that goes wrong: every thread ends, nothing is done twice, nothing is left', async () => {
  const { output, exitCode } = await night(['--seed', '3', '--threads', '12', '--minutes', '0.1'], 150_000);
  expect(output).toMatch(/\n21 passed, 0 failed\n$/);
  expect(exitCode).toBe(0);
}, 160_000);

test('a night that cannot be is refused with a line that says why', async () => {
  const { output, exitCode } = await night(['--threads', 'many'], 20_000);
  expect(output).toBe('--threads takes a number from 1 to 2000; got "many"\n');
  expect(exitCode).toBe(2);
});
