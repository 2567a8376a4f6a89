import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunArguments } from '../../src/cli/arguments.ts';
import { readTurnInput, UsageError } from '../../src/cli/turn-input.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'turn-input-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const never = new AbortController().signal;

function read(run: Partial<RunArguments>, stdin: Readable = Readable.from([]), signal = never) {
  const given: RunArguments = {
    prompt: { from: 'argument', text: 'hello' },
    images: [],
    configOverrides: [],
    skipGitRepoCheck: false,
    json: false,
    ...run,
  };
  return readTurnInput(given, stdin, signal);
}

async function file(name: string, content: string): Promise<string> {
  const whole = path.join(directory, name);
  await writeFile(whole, content);
  return whole;
}

describe('the input of a turn', () => {
  test('is the prompt of the command line', async () => {
    expect(await read({})).toEqual({ input: 'hello', outputSchema: undefined });
  });

  test('is all of standard input for -, cut anywhere', async () => {
    const bytes = Buffer.from('žluťoučký\n');
    const stdin = Readable.from([bytes.subarray(0, 1), bytes.subarray(1, 6), bytes.subarray(6)]);
    expect((await read({ prompt: { from: 'stdin' } }, stdin)).input).toBe('žluťoučký\n');
  });

  test('has its images after the text, by their whole paths', async () => {
    const image = await file('a.png', 'GIF89a');
    expect((await read({ images: [path.relative('.', image)] })).input).toEqual([
      { type: 'text', text: 'hello' },
      { type: 'local_image', path: image },
    ]);
  });

  test.each(['{}', '', 'RIFF1234WAVE', 'xGIF89a'])(
    'an image file that holds %j is a usage error',
    async (content) => {
      const image = await file('bad.json', content);
      await expect(read({ images: [image] })).rejects.toThrow(UsageError);
      await expect(read({ images: [image] })).rejects.toThrow(/must be a PNG, JPEG, GIF or WebP image\.$/);
    },
  );

  test.each([
    ['PNG', '89504e470d0a1a0a'],
    ['JPEG', 'ffd8ffe0'],
    ['WebP', '524946460a0d000057454250'],
  ])('takes an image that is %s by its first bytes', async (_format, hex) => {
    const image = path.join(directory, 'image');
    await writeFile(image, Buffer.from(hex, 'hex'));
    expect((await read({ images: [image] })).input).toHaveLength(2);
  });

  test('has its schema read', async () => {
    const schema = await file('schema.json', '{"type":"object"}');
    expect((await read({ outputSchemaFile: schema })).outputSchema).toEqual({ type: 'object' });
  });

  test.each([
    ['a missing image', { images: ['missing.png'] }, '--image: there is no file missing.png.'],
    ['a folder for an image', { images: [tmpdir()] }, /^--image: .* is no file\.$/],
    ['a missing folder', { workingDirectory: 'missing' }, '--cd: there is no directory missing.'],
    [
      'a missing schema',
      { outputSchemaFile: 'missing.json' },
      '--output-schema: there is no file missing.json.',
    ],
    ['an empty standard input', { prompt: { from: 'stdin' } }, 'The prompt on standard input is empty.'],
  ] satisfies [string, Partial<RunArguments>, string | RegExp][])(
    '%s is a usage error',
    async (_what, run, message) => {
      await expect(read(run)).rejects.toThrow(UsageError);
      await expect(read(run)).rejects.toThrow(message);
    },
  );

  test.each(['{bad', '[]', 'null', '"text"'])('a schema file of %s is a usage error', async (content) => {
    const outputSchemaFile = await file('schema.json', content);
    await expect(read({ outputSchemaFile })).rejects.toThrow(UsageError);
  });

  test('of more than 4 MiB is a usage error, and is not read to its end', async () => {
    let chunks = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          chunks += 1;
          yield Buffer.alloc(1_048_576, 'x');
        }
      })(),
    );
    await expect(read({ prompt: { from: 'stdin' } }, endless)).rejects.toThrow(/longer than 4 MiB/);
    expect(chunks).toBeLessThan(30);
  });

  test('stops waiting for standard input when it is interrupted', async () => {
    const interrupt = new AbortController();
    const reading = read({ prompt: { from: 'stdin' } }, new PassThrough(), interrupt.signal);
    interrupt.abort(new Error('interrupted'));
    await expect(reading).rejects.toThrow('interrupted');
  });
});
