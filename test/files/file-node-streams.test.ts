import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type FileStreams,
  fileBytes,
  fileReadable,
  fileReadableStream,
  fileWritable,
  fileWritableStream,
} from '../../src/files/index.ts';
import { type RunningSubject, streamSubjects } from './stream-subjects.ts';

const content = Buffer.from(
  Uint8Array.from({ length: 700_001 }, (_, index) => (index * 31 + (index >> 8)) & 0xff),
);

describe.each(streamSubjects)('$name', ({ start }) => {
  let running: RunningSubject;
  let folder: string;
  let files: FileStreams;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-streams-'));
    path = join(folder, 'file');
    running = await start(folder);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await writeFile(path, content);
    files = await running.connect();
  });
  afterEach(() => files[Symbol.asyncDispose]());

  test('a Readable is the whole file, in order, however far it reads ahead', async () => {
    for (const options of [
      {},
      { chunkBytes: 10_000, pipeline: 8 },
      { offset: 700_000 },
      { offset: 800_000 },
    ]) {
      const chunks: Buffer[] = [];
      for await (const chunk of fileReadable(files, path, options)) chunks.push(chunk);
      expect(Buffer.compare(Buffer.concat(chunks), content.subarray(options.offset ?? 0))).toBe(0);
    }
  });

  test('a Writable takes chunks of any size, and finishes when the file is closed', async () => {
    const target = join(folder, 'written');
    await pipeline(
      async function* () {
        yield content.subarray(0, 1);
        yield content.subarray(1, 600_000);
        yield content.subarray(600_000);
      },
      fileWritable(files, target),
    );
    expect(Buffer.compare(await readFile(target), content)).toBe(0);
  });

  test('web streams carry the same bytes', async () => {
    const target = join(folder, 'web');
    await fileReadableStream(files, path).pipeTo(fileWritableStream(files, target));
    expect(Buffer.compare(await readFile(target), content)).toBe(0);
  });

  test('what cannot be opened is the stream’s error', async () => {
    const missing = join(folder, 'missing');
    const notFound = { code: 'file_not_found' };
    await expect(fileBytes(files, missing).next()).rejects.toMatchObject(notFound);
    await expect(pipeline(fileReadable(files, missing), fileWritable(files, path))).rejects.toMatchObject(
      notFound,
    );
    await expect(fileReadableStream(files, missing).getReader().read()).rejects.toMatchObject(notFound);
    const nowhere = fileWritable(files, join(folder, 'no-folder', 'x'));
    await expect(pipeline([Buffer.from('x')], nowhere)).rejects.toMatchObject(notFound);
  });

  test('leaving early closes the file: the connection has all of its handles again', async () => {
    for (let round = 0; round < 70; round += 1) {
      for await (const _chunk of fileBytes(files, path, { chunkBytes: 1_000, pipeline: 4 })) break;
      const reader = fileReadableStream(files, path).getReader();
      await reader.read();
      await reader.cancel();
    }
  });

  test('an aborted signal ends a stream between chunks', async () => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _chunk of fileBytes(files, path, { chunkBytes: 1_000, signal: abort.signal }))
        abort.abort();
    };
    await expect(read()).rejects.toMatchObject({ code: 'file_cancelled' });
    await expect(
      pipeline([content], fileWritable(files, path, { signal: abort.signal })),
    ).rejects.toMatchObject({
      code: 'file_cancelled',
    });
    expect((await readFile(path)).length).toBe(content.length);
  });
});

test('a process that streams leaves no descriptor open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'node-streams-'));
  const { LocalFileStreams } = await import('../../src/files/index.ts');
  const before = (await readdir('/proc/self/fd')).length;
  const files = new LocalFileStreams();
  await writeFile(join(folder, 'a'), content);
  const readable = fileReadable(files, join(folder, 'a'));
  await new Promise((resolve) => readable.once('data', resolve));
  await new Promise((resolve) => readable.once('close', resolve).destroy());
  const writable = fileWritable(files, join(folder, 'b'));
  writable.write('x');
  await new Promise((resolve) => writable.once('close', resolve).destroy());
  expect((await readdir('/proc/self/fd')).length).toBe(before);
  await files[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
