import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  copy,
  type FileChunk,
  FileError,
  LocalFileStreams,
  type ReadOptions,
} from '../../src/files/index.ts';
import { HastyClock } from './hasty-clock.ts';

/** Files of which some reads fail for the moment. */
class UnsteadyFiles extends LocalFileStreams {
  #reads = 0;
  readonly #fails: (read: number) => boolean;

  constructor(fails: (read: number) => boolean) {
    super();
    this.#fails = fails;
  }

  override async read(
    handleId: string,
    offset: number,
    maxBytes: number,
    options?: ReadOptions,
  ): Promise<FileChunk> {
    this.#reads += 1;
    if (this.#fails(this.#reads)) throw new FileError('file_io_failed', 'a bad moment', { retryable: true });
    return super.read(handleId, offset, maxBytes, options);
  }
}

let folder: string;
let from: string;
let to: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retries-'));
  from = join(folder, 'from');
  to = join(folder, 'to');
  await writeFile(from, Buffer.alloc(10_000, 'x'));
});
afterEach(() => rm(folder, { recursive: true }));

test('failures with a byte gained in between are counted anew, and waited after as the first', async () => {
  await using source = new UnsteadyFiles((read) => read % 3 === 0);
  await using target = new LocalFileStreams();
  const clock = new HastyClock();
  const options = { chunkBytes: 1_000, pipeline: 1, retries: 1, clock };
  const { bytes, retries } = await copy({ files: source, path: from }, { files: target, path: to }, options);
  expect([bytes, retries > 2]).toEqual([10_000, true]);
  expect(new Set(clock.delaysMs)).toEqual(new Set([200]));
  expect((await readFile(to)).equals(await readFile(from))).toBe(true);
});

test('a copy that was called off before it failed waits for no further try', async () => {
  const caller = new AbortController();
  await using source = new UnsteadyFiles((read) => {
    if (read === 3) caller.abort();
    return read === 3;
  });
  await using target = new LocalFileStreams();
  const clock = new HastyClock();
  const options = { chunkBytes: 1_000, pipeline: 1, clock, signal: caller.signal };
  const copying = copy({ files: source, path: from }, { files: target, path: to }, options);
  await expect(copying).rejects.toMatchObject({ code: 'file_cancelled' });
  expect(clock.delaysMs).toEqual([]);
});
