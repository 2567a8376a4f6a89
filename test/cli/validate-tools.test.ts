import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/arguments.ts';
import { run } from './command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tool-manifests-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function manifest(name: string, content: unknown): Promise<string> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await writeFile(path.join(folder, name), text);
  return name;
}
const validate = (...files: readonly string[]) => run(['tools', 'validate', ...files], { cwd: folder });
const tool = {
  name: 'good',
  description: 'A tool.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
};

describe('tools validate', () => {
  test('tells of each right file how many tools it holds, and exits 0', async () => {
    const one = await manifest('one.json', tool);
    const more = await manifest('more.json', [
      { ...tool, name: 'first', timeoutMs: 5 },
      { ...tool, name: 'second', concurrency: 1 },
    ]);
    const none = await manifest('none.json', { tools: [] });
    expect(await validate(one, more, none)).toMatchObject({
      exitCode: 0,
      stdout: 'one.json: 1 tool\nmore.json: 2 tools\nnone.json: 0 tools\n',
      stderr: '',
    });
  });

  test('exits 1 with file, place and reason of everything that is wrong, and goes on to the next file', async () => {
    const open = { type: 'object', properties: { a: { type: 'object', additionalProperties: true } } };
    const bad = await manifest('bad.json', {
      tools: [
        { ...tool, name: 'exec_command' },
        { ...tool, inputSchema: open },
        { ...tool, inputSchema: undefined },
        { ...tool, timeoutMs: 0, run: 'rm' },
        tool,
        tool,
        7,
      ],
    });
    const right = await manifest('right.json', { ...tool, name: 'other' });
    const { exitCode, stdout, stderr } = await validate(bad, right);
    expect([exitCode, stdout]).toEqual([1, 'right.json: 1 tool\n']);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^bad\.json#\/tools\/0\/name: is "exec_command"; it must be a name that no tool of Codex has/,
      ),
      expect.stringMatching(
        /^bad\.json#\/tools\/1\/inputSchema\/properties\/a\/additionalProperties: is true; it must be false/,
      ),
      expect.stringMatching(/^bad\.json#\/tools\/2\/inputSchema: is undefined/),
      expect.stringMatching(/^bad\.json#\/tools\/3\/run: is no field of a tool/),
      expect.stringMatching(/^bad\.json#\/tools\/3\/timeoutMs: is 0; it must be a whole number/),
      'bad.json#/tools/5/name: is "good", as that of bad.json#/tools/4',
      expect.stringMatching(/^bad\.json#\/tools\/6: must be a tool/),
    ]);
  });

  test('tells of one tool all fields that are wrong', async () => {
    const bad = await manifest('fields.json', {
      name: '',
      description: 3,
      inputSchema: 4,
      timeoutMs: 0,
      concurrency: 0,
    });
    const { exitCode, stderr } = await validate(bad);
    expect(exitCode).toBe(1);
    expect(stderr.match(/(?<=^fields\.json#\/)\w+/gm)).toEqual([
      'name',
      'description',
      'inputSchema',
      'timeoutMs',
      'concurrency',
    ]);
  });

  test('exits 1 for a file that is no JSON or too large', async () => {
    const garbage = await manifest('garbage.json', '{');
    const huge = await manifest('huge.json', ' '.repeat(1_048_577));
    expect(await validate(garbage)).toMatchObject({ exitCode: 1 });
    expect(await validate(huge)).toMatchObject({ exitCode: 1 });
  });

  test('exits 2 for a file that cannot be read, and still checks the others', async () => {
    const garbage = await manifest('garbage.json', '{');
    const huge = await manifest('huge.json', ' '.repeat(1_048_577));
    const { exitCode, stderr } = await validate('missing.json', garbage, huge);
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^missing\.json: cannot be read \(ENOENT/),
      expect.stringMatching(/^garbage\.json: is not JSON/),
      expect.stringMatching(/^huge\.json: is larger than 1048576 bytes/),
    ]);
  });

  test.each([
    [['tools'], /tools validate FILE/],
    [['tools', 'list'], /tools validate FILE/],
    [['tools', 'validate'], /tools validate FILE/],
    [['tools', 'validate', '--all'], /--all looks like one/],
  ])('%j is a wrong command line', (args, message) => {
    expect(parseCommandLine(args)).toEqual({ command: 'wrong', message: expect.stringMatching(message) });
  });
});
