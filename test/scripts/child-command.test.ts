import { expect, test } from 'vitest';
import { describeEnd, runCommand } from '../../scripts/child-command.ts';

const run = (code: string, timeoutMs = 10_000) =>
  runCommand(process.execPath, ['--input-type=module', '--eval', code], { cwd: '.', timeoutMs, echo: false });

test('the output and the exit code are those of the command', async () => {
  const result = await run("process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 3;");
  expect(result).toMatchObject({ exitCode: 3, signal: null, timedOut: false });
  expect([...result.output].sort().join('')).toBe([...'outerr'].sort().join(''));
  expect(describeEnd(result)).toMatch(/^exit code 3 after [\d.]+ s$/);
});

test('a command that closes its output before it ends is waited for', async () => {
  const code =
    "import { closeSync } from 'node:fs'; closeSync(1); closeSync(2); setTimeout(() => process.exit(4), 20);";
  expect(await run(code)).toMatchObject({ exitCode: 4, timedOut: false });
});

test('what a command leaves behind does not keep it from having ended', async () => {
  const code = `
    import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 8_000)'], { stdio: 'inherit' });
    child.unref();
    process.exit(0);
  `;
  expect(await run(code)).toMatchObject({ exitCode: 0, timedOut: false });
});

test('a command over its time is killed, and said to have been', async () => {
  const result = await run('setInterval(() => undefined, 1_000)', 200);
  expect(result).toMatchObject({ signal: 'SIGKILL', timedOut: true });
  expect(describeEnd(result)).toMatch(/its time limit$/);
});

test('a command that does not exist is an error of the call', async () => {
  const options = { cwd: '.', timeoutMs: 1_000, echo: false };
  await expect(runCommand('no-such-command-anywhere', [], options)).rejects.toThrow(/ENOENT/);
});
