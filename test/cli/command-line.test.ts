import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { generalHelp, runHelp } from '../../src/cli/help-text.ts';
import { run } from './command.ts';

describe('the command', () => {
  test('prints its help, and that of run', async () => {
    expect(await run(['--help'])).toMatchObject({ exitCode: 0, stdout: generalHelp, stderr: '' });
    expect(await run(['run', '--help'])).toMatchObject({ exitCode: 0, stdout: runHelp(), stderr: '' });
  });

  test('prints the version of the package', async () => {
    const file = path.join(import.meta.dirname, '../../package.json');
    const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
    expect(await run(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([
    [[], /^codex-actors: Say what to do: [^\n]*\n$/],
    [['fly'], /^codex-actors: There is no command "fly"\.[^\n]*\n$/],
    [['run', '--sandbox', 'none', 'x'], /^codex-actors: --sandbox must be one of [^\n]*\n$/],
    [['run', '--image', 'missing.png', 'x'], /^codex-actors: --image: there is no file missing\.png\.\n$/],
    [['run', '-'], /^codex-actors: The prompt on standard input is empty\.\n$/],
  ])('%j exits 2 with one line that says what to do', async (args, stderr) => {
    expect(await run(args)).toEqual({
      exitCode: 2,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(stderr),
    });
  });

  test('without Codex exits 3 with one line that says what to do', async () => {
    expect(await run(['run', '--codex', '/nowhere/codex', 'x'])).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^codex-actors: No Codex executable was found \([^\n]*npm install @openai\/codex[^\n]*\n$/,
      ),
    });
  });

  test.each(['20.20.2', '22.11.0', '9.99.99'])(
    'on Node %s exits 3 with one line that says what to do',
    (version) => {
      expect(runOnNode(version)).toEqual({
        status: 3,
        stdout: '',
        stderr: expect.stringMatching(
          /^codex-actors needs Node 22\.12 or newer; this is [\d.]+\. [^\n]*nodejs\.org\.\n$/,
        ),
      });
    },
  );

  test.each(['22.12.0', '24.0.0', '100.0.0'])('runs on Node %s', (version) => {
    expect(runOnNode(version)).toMatchObject({ status: 0, stdout: generalHelp, stderr: '' });
  });

  test('asks for the same Node as the package does', () => {
    const file = path.join(import.meta.dirname, '../../package.json');
    const { engines }: { engines: { node: string } } = JSON.parse(readFileSync(file, 'utf8'));
    expect(engines.node).toBe('>=22.12');
  });
});

/** Runs `codex-actors --help` in a Node that says it is of this version. */
function runOnNode(version: string) {
  const main = path.join(import.meta.dirname, '../../src/cli/main.ts');
  const code = `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: ${JSON.stringify(version)} } });
    process.argv.push('main', '--help');
    await import(${JSON.stringify(main)});
  `;
  const args = ['--input-type=module', '--eval', code];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}
