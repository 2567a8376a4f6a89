import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  sweepOutputSchemas,
  writeOutputSchema,
} from '../../../src/actors/exec-transport/output-schema-file.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'schema-test-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe('an output schema file', () => {
  test('is readable by its user alone, in a folder of its own', async () => {
    const file = await writeOutputSchema({ type: 'object' }, directory);
    expect(JSON.parse(await readFile(file.path, 'utf8'))).toEqual({ type: 'object' });
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file.path))).mode & 0o777).toBe(0o700);
  });

  test('leaves nothing behind, however often it is removed', async () => {
    const file = await writeOutputSchema({}, directory);
    file.remove();
    expect(existsSync(path.dirname(file.path))).toBe(false);
    file.remove();
  });

  test('that cannot be written leaves nothing behind', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await expect(writeOutputSchema(circular, directory)).rejects.toThrow(TypeError);
    await expect(writeOutputSchema({}, path.join(directory, 'missing'))).rejects.toThrow(/ENOENT/);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('the sweep', () => {
  test('removes the folders of crashed hosts once they are an hour old, and nothing else', async () => {
    const now = Date.parse('2030-01-01T12:00:00Z');
    const made = async (name: string, ageMs: number): Promise<void> => {
      const folder = path.join(directory, name);
      await mkdir(folder);
      const time = new Date(now - ageMs);
      await utimes(folder, time, time);
    };
    await made('codex-actors-schema-old', 3_600_000);
    await made('codex-actors-schema-young', 3_599_000);
    await made('of-someone-else', 9_999_000);
    expect(await sweepOutputSchemas(directory, now)).toBe(1);
    expect((await readdir(directory)).sort()).toEqual(['codex-actors-schema-young', 'of-someone-else']);
  });

  test('of a folder that is not there finds nothing', async () => {
    expect(await sweepOutputSchemas(path.join(directory, 'missing'), 0)).toBe(0);
  });
});
