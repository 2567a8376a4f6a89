import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileError, type FileStreams } from '../../src/files/index.ts';
import { type RunningSubject, streamSubjects } from './stream-subjects.ts';

const content = Buffer.from(
  Uint8Array.from({ length: 5_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff),
);

/** One call; `pause` lets what was called before it come to an end first. */
const call = fc.record({
  do: fc.constantFrom('openRead', 'openWrite', 'read', 'write', 'stat', 'close', 'pause'),
  handle: fc.nat(2),
  at: fc.nat(6_000),
  length: fc.integer({ min: 1, max: 3_000 }),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** Codes that a call may fail with because of the calls around it. */
const expected = [
  'file_handle_unknown',
  'file_handle_duplicate',
  'file_handle_wrong_kind',
  'file_handle_closed',
] as const;

describe.each(streamSubjects)('$name', ({ start }) => {
  let running: RunningSubject;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interleaved-'));
    await writeFile(join(folder, 'read'), content);
    running = await start(folder);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Calls without waiting; each outcome is checked by itself, since it must hold whatever runs beside it. */
  async function perform(files: FileStreams, { do: what, handle, at, length }: Call): Promise<void> {
    const id = `h${handle}`;
    switch (what) {
      case 'openRead':
        return files.openRead(id, join(folder, 'read'));
      case 'openWrite':
        return files.openWrite(id, join(folder, `written-${handle}`));
      case 'read': {
        const { data, eof } = await files.read(id, at, length);
        expect(Buffer.compare(data, content.subarray(at, at + length))).toBe(0);
        expect(eof).toBe(at + length >= content.length);
        return;
      }
      case 'write': {
        const { offset } = await files.write(id, Buffer.alloc(length, handle));
        expect(offset).toBeGreaterThanOrEqual(length);
        return;
      }
      case 'stat':
        expect((await files.stat(id)).size).toBe(content.length);
        return;
      default:
        return files.close(id);
    }
  }

  test('in any interleaving, what succeeds is right, what fails says why, and nothing stays open or hangs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 50 }), async (calls) => {
        const files = await running.connect();
        const outcomes: Promise<void>[] = [];
        for (const one of calls) {
          if (one.do === 'pause') await Promise.all(outcomes);
          else
            outcomes.push(
              perform(files, one).catch((error: unknown) => {
                if (!FileError.isInstance(error)) throw error;
                expect(expected).toContain(error.code);
              }),
            );
        }
        await Promise.all(outcomes);
        for (let handle = 0; handle < 3; handle += 1) await files.close(`h${handle}`);
        for (let handle = 0; handle < 3; handle += 1)
          await files.openRead(`h${handle}`, join(folder, 'read'));
        await files[Symbol.asyncDispose]();
      }),
      { numRuns: 60 },
    );
    for (const name of await readdir(folder)) {
      if (!name.startsWith('written-')) continue;
      const written = await readFile(join(folder, name));
      expect(written.every((byte) => byte === Number(name.at(-1)))).toBe(true);
    }
  });
});
