import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type CopyProgress,
  chunkBytesMax,
  connectFiles,
  copy,
  FileError,
  type FileStreams,
  LocalFileStreams,
  listenUnixSocket,
  type MessageTransport,
  memoryTransports,
  serveFiles,
} from '../../src/files/index.ts';
import { retryDelayMs } from '../../src/files/streams/retry-delay.ts';
import { HastyClock } from './hasty-clock.ts';
import { type RunningSubject, streamSubjects } from './stream-subjects.ts';

/** Bytes that tell where they stand. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

let folder: string;
let files: FileStreams;
let from: string;
let to: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'copy-'));
  files = new LocalFileStreams();
  from = join(folder, 'from');
  to = join(folder, 'to');
});
afterEach(async () => {
  await files[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Connections to a service that break, each after as many answers as are named; the ones after those are sound. */
function breaking(...answers: readonly number[]): {
  connect(): Promise<FileStreams>;
  readonly made: () => number;
} {
  let made = 0;
  const connect = async (): Promise<FileStreams> => {
    const [here, there] = memoryTransports();
    let left = answers[made] ?? Number.POSITIVE_INFINITY;
    made += 1;
    const broken: MessageTransport = {
      send: async (message) => {
        left -= 1;
        if (left < 0) await there.close();
        else await there.send(message);
      },
      onMessage: (receiver) => there.onMessage(receiver),
      close: () => there.close(),
    };
    await serveFiles(broken, { roots: [folder] });
    return connectFiles(here);
  };
  return { connect, made: () => made };
}

describe.each(streamSubjects)('to and from $name', ({ start }) => {
  let running: RunningSubject;
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'copied-'));
    running = await start(place);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(place, { recursive: true });
  });

  test.each([
    { size: 0, chunkBytes: 1_000, pipeline: 2 },
    { size: 1, chunkBytes: 1_000, pipeline: 2 },
    { size: 10_000, chunkBytes: 1_000, pipeline: 1 },
    { size: 10_001, chunkBytes: 1_000, pipeline: 4 },
    { size: 3_000_000, chunkBytes: chunkBytesMax, pipeline: 16 },
  ])('$size bytes arrive whole, $pipeline chunks of $chunkBytes at a time', async ({ size, ...shape }) => {
    const content = pattern(size);
    await writeFile(from, content);
    await writeFile(join(place, 'there'), pattern(size + 77));
    const connect = () => running.connect();
    const result = { bytes: size, sha256: sha256(content), retries: 0 };
    expect(await copy({ files, path: from }, { files: connect, path: join(place, 'there') }, shape)).toEqual(
      result,
    );
    expect(await copy({ files: connect, path: join(place, 'there') }, { files, path: to }, shape)).toEqual(
      result,
    );
    expect(Buffer.compare(await readFile(to), content)).toBe(0);
  });
});

test('progress names every acknowledged byte, and a copy leaves no handle behind', async () => {
  await writeFile(from, pattern(2_500));
  const before = (await readdir('/proc/self/fd')).length;
  const seen: CopyProgress[] = [];
  await copy(
    { files, path: from },
    { files, path: to },
    { chunkBytes: 1_000, onProgress: (one) => seen.push(one) },
  );
  expect(seen).toEqual([1_000, 2_000, 2_500].map((bytes) => ({ bytes, size: 2_500, retries: 0 })));
  expect((await readdir('/proc/self/fd')).length).toBe(before);
});

test('what a progress handler throws ends the copy', async () => {
  await writeFile(from, pattern(2_500));
  const onProgress = (): void => {
    throw new RangeError('not me');
  };
  await expect(copy({ files, path: from }, { files, path: to }, { onProgress })).rejects.toThrow(RangeError);
});

describe('a copy whose connection breaks', () => {
  test.each([
    [0, 1],
    [3, 0],
    [3, 1],
    [7, 12],
    [12, 3],
  ])(
    'goes on behind the last acknowledged byte (source after %i answers, target after %i)',
    async (source, target) => {
      const content = pattern(10_500);
      await writeFile(from, content);
      const [reads, writes] = [breaking(source), breaking(target)];
      const progress: number[] = [];
      const copying = copy(
        { files: reads.connect, path: from },
        { files: writes.connect, path: to },
        { chunkBytes: 1_000, clock: new HastyClock(), onProgress: ({ bytes }) => progress.push(bytes) },
      );
      const { retries, ...result } = await copying;
      expect(result).toEqual({ bytes: 10_500, sha256: sha256(content) });
      expect(retries).toBeGreaterThan(0);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
      expect(Buffer.compare(await readFile(to), content)).toBe(0);
    },
  );

  test('at any point and any number of times ends with the same bytes', async () => {
    const content = pattern(10_500);
    await writeFile(from, content);
    const cuts = fc.array(fc.nat(14), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(cuts, cuts, fc.integer({ min: 1, max: 4 }), async (reads, writes, pipeline) => {
        const copying = copy(
          { files: breaking(...reads).connect, path: from },
          { files: breaking(...writes).connect, path: to },
          { chunkBytes: 1_000, clock: new HastyClock(), pipeline, retries: 20 },
        );
        expect(await copying).toMatchObject({ bytes: 10_500, sha256: sha256(content) });
        expect(Buffer.compare(await readFile(to), content)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('waits longer each time, and gives up after so many failures in a row', async () => {
    await writeFile(from, pattern(10));
    const clock = new HastyClock();
    const source = breaking(...new Array(20).fill(0));
    const copying = copy({ files: source.connect, path: from }, { files, path: to }, { clock, retries: 3 });
    await expect(copying).rejects.toMatchObject({ code: 'file_connection_closed' });
    expect([clock.delaysMs, source.made()]).toEqual([[200, 400, 800], 4]);
    expect([1, 2, 6, 7, 1_000].map(retryDelayMs)).toEqual([200, 400, 6_400, 10_000, 10_000]);
  });

  test('is not tried again on a connection that nobody can make anew', async () => {
    await writeFile(from, pattern(10));
    const ended = new LocalFileStreams();
    await ended[Symbol.asyncDispose]();
    const clock = new HastyClock();
    const copying = copy({ files: ended, path: from }, { files, path: to }, { clock });
    await expect(copying).rejects.toMatchObject({ code: 'file_connection_closed' });
    expect(clock.delaysMs).toEqual([]);
  });

  test('is refused when its source was changed meanwhile: a splice of two files is neither', async () => {
    await writeFile(from, pattern(10_000));
    const clock = new HastyClock(() => utimes(from, 1, 1));
    const source = { files: breaking(6).connect, path: from };
    const copying = copy(source, { files, path: to }, { chunkBytes: 1_000, clock });
    await expect(copying).rejects.toMatchObject({ code: 'file_changed', path: from });
  });

  test('is refused when its target lost what it had acknowledged', async () => {
    await writeFile(from, pattern(10_000));
    const clock = new HastyClock(() => writeFile(to, ''));
    const target = { files: breaking(6).connect, path: to };
    const copying = copy({ files, path: from }, target, { chunkBytes: 1_000, clock });
    await expect(copying).rejects.toMatchObject({ code: 'file_changed', path: to });
  });
});

/** File streams of which one method is other than usual. */
function altered(change: Partial<FileStreams>): FileStreams {
  return {
    resumesWrites: true,
    openRead: (...given) => files.openRead(...given),
    read: (...given) => files.read(...given),
    stat: (...given) => files.stat(...given),
    openWrite: (...given) => files.openWrite(...given),
    write: (...given) => files.write(...given),
    close: (handleId) => files.close(handleId),
    [Symbol.asyncDispose]: async () => undefined,
    ...change,
  };
}

test('a target that cannot go on begins again, and still holds the whole file', async () => {
  const content = pattern(5_000);
  await writeFile(from, content);
  const offsets: unknown[] = [];
  const target = altered({
    resumesWrites: false,
    openWrite: async (handleId, path, options) => {
      offsets.push(options?.offset);
      await files.openWrite(handleId, path, options);
    },
  });
  const source = { files: breaking(6).connect, path: from };
  const copied = await copy(
    source,
    { files: target, path: to },
    { chunkBytes: 1_000, clock: new HastyClock() },
  );
  expect(copied).toEqual({ bytes: 5_000, sha256: sha256(content), retries: 1 });
  expect(offsets).toEqual([0, 0]);
  expect(Buffer.compare(await readFile(to), content)).toBe(0);
});

test('a copy goes on exactly behind the writes that were acknowledged: those behind a failed one do not count', async () => {
  const content = pattern(10_000);
  await writeFile(from, content);
  const offsets: unknown[] = [];
  let writes = 0;
  const target = altered({
    openWrite: async (handleId, path, options) => {
      offsets.push(options?.offset);
      await files.openWrite(handleId, path, options);
    },
    write: async (handleId, data, options) => {
      writes += 1;
      if (writes === 5) throw new FileError('file_io_failed', 'a bad moment', { retryable: true });
      return files.write(handleId, data, options);
    },
  });
  const options = { chunkBytes: 1_000, pipeline: 4, clock: new HastyClock() };
  const copied = await copy({ files, path: from }, { files: target, path: to }, options);
  expect(copied).toEqual({ bytes: 10_000, sha256: sha256(content), retries: 1 });
  expect(offsets).toEqual([0, 4_000]);
});

test('a copy whose source fails goes on behind all that was written, also what was still under way', async () => {
  const content = pattern(10_000);
  await writeFile(from, content);
  const offsets: unknown[] = [];
  let reads = 0;
  const source = altered({
    read: async (handleId, offset, maxBytes, options) => {
      reads += 1;
      if (reads === 4) throw new FileError('file_io_failed', 'a bad moment', { retryable: true });
      return files.read(handleId, offset, maxBytes, options);
    },
  });
  const target = altered({
    openWrite: async (handleId, path, options) => {
      offsets.push(options?.offset);
      await files.openWrite(handleId, path, options);
    },
  });
  const options = { chunkBytes: 1_000, pipeline: 4, clock: new HastyClock() };
  const copied = await copy({ files: source, path: from }, { files: target, path: to }, options);
  expect(copied).toEqual({ bytes: 10_000, sha256: sha256(content), retries: 1 });
  expect(offsets).toEqual([0, 3_000]);
});

test('a target that begins again and again is given up: bytes that it had before are no progress', async () => {
  await writeFile(from, pattern(5_000));
  const source = breaking(...new Array(100).fill(6));
  const clock = new HastyClock();
  const target = altered({ resumesWrites: false });
  const copying = copy(
    { files: source.connect, path: from },
    { files: target, path: to },
    { chunkBytes: 1_000, clock },
  );
  await expect(copying).rejects.toMatchObject({ code: 'file_connection_closed' });
  expect(clock.delaysMs.length).toBeLessThanOrEqual(10);
});

test('a target that holds other bytes than were written is found out', async () => {
  await writeFile(from, pattern(5_000));
  const flipping = altered({
    write: (handleId, data, options) =>
      files.write(
        handleId,
        Uint8Array.from(data, (byte) => byte ^ 1),
        options,
      ),
  });
  const copying = copy({ files, path: from }, { files: flipping, path: to });
  await expect(copying).rejects.toMatchObject({ code: 'file_checksum_mismatch', path: to, retryable: false });
  await copy({ files, path: from }, { files: flipping, path: to }, { verify: false });
});

test('an abort ends a copy between chunks: nothing is under way after it, and what was written stays', async () => {
  await writeFile(from, pattern(100_000));
  const abort = new AbortController();
  const options = {
    chunkBytes: 1_000,
    signal: abort.signal,
    onProgress: ({ bytes }: CopyProgress) => bytes >= 5_000 && abort.abort(new Error('enough')),
  };
  const copying = copy({ files, path: from }, { files, path: to }, options);
  await expect(copying).rejects.toMatchObject({
    code: 'file_cancelled',
    name: 'AbortError',
    cause: { message: 'enough' },
  });
  const { size } = await stat(to);
  expect([size >= 5_000, size < 100_000]).toEqual([true, true]);
  expect(Buffer.compare(await readFile(to), pattern(size))).toBe(0);
});

test('an abort ends the wait for a further try', async () => {
  await writeFile(from, pattern(10));
  const abort = new AbortController();
  const clock = new HastyClock(async () => abort.abort());
  const source = breaking(0, 0, 0, 0, 0, 0);
  const copying = copy(
    { files: source.connect, path: from },
    { files, path: to },
    { clock, signal: abort.signal },
  );
  await expect(copying).rejects.toMatchObject({ code: 'file_cancelled' });
  expect([source.made(), clock.delaysMs]).toEqual([1, [200]]);
});

test.each([
  ['pipeline', { pipeline: 0 }],
  ['pipeline', { pipeline: 17 }],
  ['chunkBytes', { chunkBytes: chunkBytesMax + 1 }],
  ['retries', { retries: -1 }],
])('an option that cannot be is refused before anything is opened: %s', async (field, options) => {
  const copying = copy({ files, path: from }, { files, path: to }, options);
  await expect(copying).rejects.toMatchObject({ code: 'invalid_option', field });
});

test('a file is not copied onto itself, which would empty it', async () => {
  await writeFile(from, 'all there is');
  const copying = copy({ files, path: from }, { files, path: from });
  await expect(copying).rejects.toMatchObject({ code: 'invalid_option', field: 'to.path' });
  await link(from, to);
  expect(await readFile(from, 'utf8')).toBe('all there is');
});

test('a copy of 256 MiB over a service needs at most 64 MiB more than the process at rest', async () => {
  await using listener = await listenUnixSocket(join(folder, 'sock'), (transport) =>
    serveFiles(transport, { roots: [folder] }),
  );
  const script = new URL('./copy-memory.ts', import.meta.url).pathname;
  const child = execFile(process.execPath, [
    '--expose-gc',
    '--no-warnings',
    script,
    listener.address,
    from,
    to,
    '256',
  ]);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  const { bytes, extraBytes } = JSON.parse(output);
  expect(bytes).toBe(256 * 1_048_576);
  expect(extraBytes).toBeLessThan(64 * 1_048_576);
}, 60_000);
