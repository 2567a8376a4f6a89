import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, link, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chunkBytesMax, type FileStreams, handlesMax } from '../../src/files/index.ts';
import { allStreamSubjects, type RunningSubject } from './stream-subjects.ts';

/** Bytes that tell where they stand. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

/** Extended attributes are out of Node's reach. */
function attribute(path: string, statement: string): string {
  const program = `import os, sys; path = sys.argv[1]; ${statement}`;
  return execFileSync('python3', ['-c', program, path], { encoding: 'utf8', stdio: 'pipe' });
}

/** None where the file system has no attributes, or there is no Python to set one. */
const attributes = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'attributes-'));
  try {
    attribute(folder, "os.setxattr(path, 'user.origin', b'here')");
    return ['user.origin'];
  } catch {
    return [];
  } finally {
    rmSync(folder, { recursive: true });
  }
})();

describe.each(allStreamSubjects)('$name', ({ start }) => {
  let running: RunningSubject;
  let folder: string;
  let files: FileStreams;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streams-'));
    running = await start(folder);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    files = await running.connect();
  });
  afterEach(() => files[Symbol.asyncDispose]());

  async function made(name: string, content: Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  test('a read finds the bytes at its offset, in any order', async () => {
    const content = pattern(100_000);
    await files.openRead('r', await made('any-order', content));
    for (const [offset, length] of [
      [99_990, 10],
      [0, 1],
      [50_000, 30_000],
      [1, 4096],
    ] as const) {
      const { data } = await files.read('r', offset, length);
      expect(Buffer.compare(data, content.subarray(offset, offset + length))).toBe(0);
    }
  });

  test('eof is told by the file: also where a chunk ends exactly at the end, and never before', async () => {
    await files.openRead('r', await made('eof', pattern(1_000)));
    expect(await files.read('r', 0, 999)).toMatchObject({ eof: false });
    expect(await files.read('r', 0, 1_000)).toMatchObject({ eof: true });
    expect(await files.read('r', 500, 500)).toMatchObject({ eof: true });
    expect((await files.read('r', 990, 100)).data).toHaveLength(10);
    expect(await files.read('r', 1_000, 10)).toMatchObject({ data: { length: 0 }, eof: true });
    expect(await files.read('r', 9_000_000_000, 10)).toMatchObject({ data: { length: 0 }, eof: true });
    await files.openRead('empty', await made('empty', pattern(0)));
    expect(await files.read('empty', 0, chunkBytesMax)).toMatchObject({ data: { length: 0 }, eof: true });
  });

  test('a file that grows after its end was met goes on', async () => {
    const path = await made('growing', pattern(100));
    await files.openRead('r', path);
    expect(await files.read('r', 0, 100)).toMatchObject({ eof: true });
    await writeFile(path, pattern(50), { flag: 'a' });
    expect(await files.read('r', 100, 25)).toMatchObject({ data: { length: 25 }, eof: false });
    expect(await files.read('r', 100, 50)).toMatchObject({ data: { length: 50 }, eof: true });
  });

  test('a read goes into the buffer of its caller, and no further than was asked', async () => {
    const content = pattern(5_000);
    await files.openRead('r', await made('into', content));
    const into = new Uint8Array(200).fill(7);
    const { data, eof } = await files.read('r', 100, 150, { into });
    expect([data.buffer === into.buffer, data.byteOffset, data.byteLength, eof]).toEqual([
      true,
      0,
      150,
      false,
    ]);
    expect(Buffer.compare(data, content.subarray(100, 250))).toBe(0);
    expect([...into.subarray(150)]).toEqual(new Array(50).fill(7));
  });

  test('a chunk has at most 262,144 bytes, and what is refused costs the handle nothing', async () => {
    await files.openRead('r', await made('largest', pattern(chunkBytesMax + 1)));
    expect(await files.read('r', 0, chunkBytesMax)).toMatchObject({
      data: { length: chunkBytesMax },
      eof: false,
    });
    const isRefused = { code: 'invalid_option' };
    await expect(files.read('r', 0, chunkBytesMax + 1)).rejects.toMatchObject({
      ...isRefused,
      field: 'maxBytes',
    });
    await expect(files.read('r', 0, 0)).rejects.toMatchObject({ ...isRefused, field: 'maxBytes' });
    await expect(files.read('r', -1, 1)).rejects.toMatchObject({ ...isRefused, field: 'offset' });
    await expect(files.read('r', 0.5, 1)).rejects.toMatchObject({ ...isRefused, field: 'offset' });
    await expect(files.read('r', 0, 9, { into: new Uint8Array(8) })).rejects.toMatchObject({
      ...isRefused,
      field: 'into',
    });
    await expect(files.openRead('', '/a')).rejects.toMatchObject({ ...isRefused, field: 'handleId' });
    await expect(files.openRead('p', 'a/b')).rejects.toMatchObject({ ...isRefused, field: 'path' });
    await expect(files.openRead('p', '/a\0b')).rejects.toMatchObject({ ...isRefused, field: 'path' });
    await files.openWrite('w', join(folder, 'largest-written'));
    await expect(files.write('w', pattern(chunkBytesMax + 1))).rejects.toMatchObject(isRefused);
    await expect(files.write('w', pattern(0))).rejects.toMatchObject(isRefused);
    expect(await files.write('w', pattern(chunkBytesMax))).toEqual({ offset: chunkBytesMax });
    expect(await files.read('r', 0, 1)).toMatchObject({ eof: false });
  });

  test('stat tells size and time of the open file', async () => {
    const path = await made('stat', pattern(12_345));
    await files.openRead('r', path);
    const facts = await files.stat('r');
    expect(facts.size).toBe(12_345);
    expect(Math.floor(facts.modifiedAtMs)).toBe(Math.floor((await stat(path)).mtimeMs));
  });

  test('opening for writing truncates at once and in place: inode, hard links and mode stay', async () => {
    const path = await made('in-place', pattern(5_000));
    await chmod(path, 0o751);
    await link(path, `${path}-link`);
    const before = await stat(path);
    await files.openWrite('w', path);
    expect((await stat(path)).size).toBe(0);
    await files.write('w', pattern(10));
    await files.close('w');
    const { ino, mode, nlink, size } = await stat(path);
    expect({ ino, mode, nlink, size }).toEqual({ ino: before.ino, mode: before.mode, nlink: 2, size: 10 });
    expect(Buffer.compare(await readFile(`${path}-link`), pattern(10))).toBe(0);
  });

  test.each(attributes)('opening for writing keeps the extended attribute %s', async (name) => {
    const path = await made('attributes', pattern(5_000));
    attribute(path, `os.setxattr(path, '${name}', b'here')`);
    await files.openWrite('w', path);
    await files.write('w', pattern(10));
    await files.close('w');
    expect(attribute(path, `print(os.getxattr(path, '${name}').decode())`)).toBe('here\n');
  });

  test('writes follow each other, and each is visible when it has returned', async () => {
    const path = join(folder, 'sequential');
    await files.openWrite('w', path);
    const content = pattern(10_000);
    for (let offset = 0; offset < content.length; offset += 2_500) {
      const { offset: next } = await files.write('w', content.subarray(offset, offset + 2_500));
      expect(next).toBe(offset + 2_500);
      expect((await stat(path)).size).toBe(next);
    }
    expect(Buffer.compare(await readFile(path), content)).toBe(0);
  });

  test('writes that do not wait for each other keep their order', async () => {
    const path = join(folder, 'ordered');
    const content = pattern(20 * 1_000);
    await files.openWrite('w', path);
    const writes = Array.from({ length: 20 }, (_, i) =>
      files.write('w', content.subarray(i * 1_000, (i + 1) * 1_000)),
    );
    expect((await Promise.all(writes)).map(({ offset }) => offset)).toEqual(
      writes.map((_, i) => (i + 1) * 1_000),
    );
    expect(Buffer.compare(await readFile(path), content)).toBe(0);
  });

  test('a writer goes on at an offset where that is supported, and says so where not', async () => {
    const path = await made('resumed', pattern(1_000));
    if (!files.resumesWrites) {
      const refused = { code: 'file_resume_unsupported' };
      await expect(files.openWrite('w', path, { offset: 600 })).rejects.toMatchObject(refused);
      expect((await stat(path)).size).toBe(1_000);
      return;
    }
    await files.openWrite('w', path, { offset: 600 });
    expect((await stat(path)).size).toBe(600);
    expect(await files.write('w', Buffer.from('end'))).toEqual({ offset: 603 });
    const wanted = Buffer.concat([pattern(600), Buffer.from('end')]);
    expect(Buffer.compare(await readFile(path), wanted)).toBe(0);
    await expect(files.openWrite('x', path, { offset: 604 })).rejects.toMatchObject({ code: 'file_changed' });
    expect((await stat(path)).size).toBe(603);
  });

  test('a handle refuses what it was not opened for, and goes on with what it was', async () => {
    await files.openRead('r', await made('kind', pattern(10)));
    await files.openWrite('w', join(folder, 'kind-written'));
    const refused = { code: 'file_handle_wrong_kind' };
    await expect(files.write('r', pattern(1))).rejects.toMatchObject(refused);
    await expect(files.read('w', 0, 1)).rejects.toMatchObject(refused);
    await expect(files.stat('w')).rejects.toMatchObject(refused);
    expect(await files.read('r', 0, 10)).toMatchObject({ eof: true });
    expect(await files.write('w', pattern(3))).toEqual({ offset: 3 });
  });

  test('an id is one handle’s at a time, also while that is still being opened', async () => {
    const path = await made('duplicate', pattern(10));
    const first = files.openRead('same', path);
    await expect(files.openRead('same', path)).rejects.toMatchObject({ code: 'file_handle_duplicate' });
    await first;
    await expect(files.openWrite('same', path)).rejects.toMatchObject({ code: 'file_handle_duplicate' });
    expect((await stat(path)).size).toBe(10);
    await files.close('same');
    await files.openRead('same', path);
    expect(await files.read('same', 0, 10)).toMatchObject({ eof: true });
  });

  test('at most 64 handles are opening or open on a connection; each close makes room for one', async () => {
    const path = await made('many', pattern(10));
    const opened = Array.from({ length: handlesMax }, (_, i) => files.openRead(`h${i}`, path));
    const refused = { code: 'file_handles_exhausted', retryable: true };
    await expect(files.openRead('one-more', path)).rejects.toMatchObject(refused);
    await Promise.all(opened);
    await expect(files.openWrite('one-more', path)).rejects.toMatchObject(refused);
    expect((await stat(path)).size).toBe(10);
    await files.close('h7');
    await files.openRead('one-more', path);
    await using other = await running.connect();
    await other.openRead('h0', path);
  });

  test('an unknown handle is refused by all but close, which does nothing', async () => {
    const refused = { code: 'file_handle_unknown' };
    await expect(files.read('no', 0, 1)).rejects.toMatchObject(refused);
    await expect(files.write('no', pattern(1))).rejects.toMatchObject(refused);
    await expect(files.stat('no')).rejects.toMatchObject(refused);
    await files.close('no');
    await files.openRead('r', await made('closed-twice', pattern(1)));
    await Promise.all([files.close('r'), files.close('r')]);
    await files.close('r');
    await expect(files.read('r', 0, 1)).rejects.toMatchObject(refused);
  });

  test('close lets what is under way finish, and refuses what waits: the first reads succeed, the last ones not', async () => {
    const content = pattern(chunkBytesMax);
    await files.openRead('r', await made('close-waits', content));
    const reads = Array.from({ length: 40 }, () => files.read('r', 0, chunkBytesMax));
    const outcomes = Promise.allSettled(reads);
    await files.close('r');
    const settled = await outcomes;
    const done = settled.filter(({ status }) => status === 'fulfilled').length;
    expect(done).toBeGreaterThan(0);
    for (const one of settled.slice(0, done))
      expect(one).toMatchObject({ status: 'fulfilled', value: { data: { length: chunkBytesMax } } });
    for (const one of settled.slice(done))
      expect(one).toMatchObject({ reason: { code: 'file_handle_closed' } });
  });

  test('close keeps a handle that is being opened from becoming live', async () => {
    const path = await made('close-early', pattern(10));
    const opening = files.openRead('r', path);
    const closing = files.close('r');
    await expect(opening).rejects.toMatchObject({ code: 'file_handle_closed' });
    await closing;
    await expect(files.read('r', 0, 1)).rejects.toMatchObject({ code: 'file_handle_unknown' });
    await files.openRead('r', path);
  });

  test('reads wait for the opening they were called behind', async () => {
    const path = await made('pipelined', pattern(10));
    const [, chunk] = await Promise.all([files.openRead('r', path), files.read('r', 0, 10)]);
    expect(chunk).toMatchObject({ data: { length: 10 }, eof: true });
  });

  test('what is no regular file, or is not there, is not opened, and its id stays free', async () => {
    await mkdir(join(folder, 'a-folder'));
    execFileSync('mkfifo', [join(folder, 'a-fifo')]);
    for (const name of ['a-folder', 'a-fifo']) {
      await expect(files.openRead('x', join(folder, name))).rejects.toMatchObject({
        code: 'file_not_regular',
      });
      await expect(files.openWrite('x', join(folder, name))).rejects.toMatchObject({
        code: 'file_not_regular',
      });
    }
    const missing = { code: 'file_not_found', path: join(folder, 'missing'), handleId: 'x' };
    await expect(files.openRead('x', join(folder, 'missing'))).rejects.toMatchObject(missing);
    const nowhere = files.openWrite('x', join(folder, 'no-folder', 'a'));
    await expect(nowhere).rejects.toMatchObject({ code: 'file_not_found' });
    await files.openWrite('x', join(folder, 'there-now'));
  });

  test('an input or output error closes its own handle and no other', async () => {
    // Nothing lies at address 0 of a process's memory, so every read there is an I/O error.
    await files.openRead('bad', '/proc/self/mem');
    await files.openRead('good', await made('beside', pattern(10)));
    const reads = await Promise.allSettled([files.read('bad', 0, 8), files.read('good', 0, 10)]);
    expect(reads).toMatchObject([
      { reason: { code: 'file_io_failed', errno: 'EIO', retryable: true } },
      { value: { eof: true } },
    ]);
    await expect(files.read('bad', 0, 8)).rejects.toMatchObject({ code: 'file_handle_unknown' });
    expect(await files.read('good', 0, 10)).toMatchObject({ eof: true });
    await files.openRead('bad', join(folder, 'beside'));
  });

  test('a signal that is aborted stops a call before it begins', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const path = await made('aborted', pattern(10));
    const cancelled = { code: 'file_cancelled', name: 'AbortError', cause: { message: 'enough' } };
    await expect(files.openWrite('w', path, { signal })).rejects.toMatchObject(cancelled);
    expect((await stat(path)).size).toBe(10);
    await files.openRead('r', path);
    await expect(files.read('r', 0, 1, { signal })).rejects.toMatchObject(cancelled);
    await expect(files.stat('r', { signal })).rejects.toMatchObject(cancelled);
    await files.openWrite('w', path);
    await expect(files.write('w', pattern(1), { signal })).rejects.toMatchObject(cancelled);
    expect(await files.write('w', pattern(1))).toEqual({ offset: 1 });
  });

  test('the end of the connection ends all of its handles, and refuses all that comes after', async () => {
    const path = await made('ended', pattern(10));
    await files.openRead('r', path);
    await files[Symbol.asyncDispose]();
    await files[Symbol.asyncDispose]();
    const ended = { code: 'file_connection_closed' };
    await expect(files.read('r', 0, 1)).rejects.toMatchObject(ended);
    await expect(files.openWrite('w', path)).rejects.toMatchObject(ended);
    await files.close('r');
    expect((await stat(path)).size).toBe(10);
  });
});
