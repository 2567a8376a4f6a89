import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { attach } from '../../src/files/attachments/turn-attachments.ts';
import { LocalFileStreams } from '../../src/files/streams/local-file-streams.ts';
import { epochMs, idsOf, onDisk, openStore, temporaryFolder } from './attachments-rig.ts';

const dayMs = 86_400_000;
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

describe('stage', () => {
  test('gives a frozen attachment that says all there is to know of the copy', async () => {
    const { store, directory, source } = await openStore();
    const path = await source('notes.md', '# notes\n');
    const attachment = await store.stage(path);
    const checksum = sha256('# notes\n');
    expect(attachment).toEqual({
      id: checksum,
      name: 'notes.md',
      path: join(directory, checksum, 'notes.md'),
      size: 8,
      contentType: 'text/markdown',
      checksum,
      stagedAt: epochMs,
      expiresAt: epochMs + dayMs,
      persist: false,
    });
    expect(Object.isFrozen(attachment)).toBe(true);
    expect(await readFile(attachment.path, 'utf8')).toBe('# notes\n');
  });

  test('keeps the copy from all other users', async () => {
    const { store, directory } = await openStore();
    const { id, path } = await store.stage(Buffer.from('secret'));
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
    for (const folder of [directory, join(directory, id), join(directory, '.incoming')])
      expect((await lstat(folder)).mode & 0o777).toBe(0o700);
    expect((await lstat(join(directory, '.index.jsonl'))).mode & 0o777).toBe(0o600);
  });

  test.each<
    [string, (path: string) => Parameters<Awaited<ReturnType<typeof openStore>>['store']['stage']>[0]]
  >([
    ['a path', (path) => path],
    ['a file: URL', (path) => new URL(`file://${path}`)],
    ['bytes', () => new Uint8Array(Buffer.from('the same bytes'))],
    ['an ArrayBuffer', () => new Uint8Array(Buffer.from('the same bytes')).buffer],
    ['a Blob', () => new Blob(['the same ', 'bytes'])],
    ['a File', () => new File(['the same bytes'], 'kept.txt')],
    ['a web stream', () => new Blob(['the same bytes']).stream()],
    ['a Node stream', (path) => createReadStream(path, { highWaterMark: 3 })],
    ['a stream of text', () => Readable.from(['the same', ' bytes'])],
    ['an iterable of bytes', () => [Buffer.from('the same'), Buffer.from(' bytes')]],
  ])('takes %s, and the same content gets the same id', async (_form, make) => {
    const { store, source } = await openStore();
    const attachment = await store.stage(make(await source('kept.txt', 'the same bytes')));
    expect(attachment.id).toBe(sha256('the same bytes'));
    expect(await readFile(attachment.path, 'utf8')).toBe('the same bytes');
  });

  test('keeps one copy of one content, staged at the same time or later, and each caller’s own name', async () => {
    const { store, directory } = await openStore();
    const names = ['a.txt', 'b.txt', 'c.txt', 'a.txt'];
    const staged = await Promise.all(names.map((name) => store.stage(Buffer.from('one'), { name })));
    expect(staged.map(({ name }) => name)).toEqual(names);
    expect(new Set(staged.map(({ id }) => id)).size).toBe(1);
    for (const { path, name } of staged) {
      expect(path.endsWith(`/${name}`)).toBe(true);
      expect(await readFile(path, 'utf8')).toBe('one');
    }
    expect(await onDisk(directory)).toEqual({ ids: [sha256('one')], bytes: 3, incoming: [] });
    expect(await store.metrics()).toMatchObject({ hits: 3, misses: 1, total: { count: 1, bytes: 3 } });
  });

  test('stretches the time of a content that is staged again, and never shortens it', async () => {
    const { store } = await openStore();
    const content = Buffer.from('one');
    const stagings = [
      { ttlMs: 1_000, ends: epochMs + 1_000 },
      { ttlMs: 500, ends: epochMs + 1_000 },
      { ttlMs: 9_000, ends: epochMs + 9_000 },
      { ttlMs: Number.POSITIVE_INFINITY, ends: null },
      { ttlMs: 1, ends: null },
    ];
    for (const { ttlMs, ends } of stagings) {
      expect((await store.stage(content, { ttlMs })).expiresAt).toBe(ends);
    }
  });

  test('copies large files on a worker, tells how far it is, and finds what is in them', async () => {
    const { store, source } = await openStore();
    const bytes = Buffer.alloc(40 * 1_048_576, 'x');
    const told: (readonly [number, number])[] = [];
    const attachment = await store.stage(await source('large.bin', bytes), {
      onProgress: (copied, total) => told.push([copied, total]),
    });
    expect(attachment).toMatchObject({ id: sha256(bytes), size: bytes.byteLength });
    expect((await readFile(attachment.path)).equals(bytes)).toBe(true);
    expect(told.at(0)?.[1]).toBe(bytes.byteLength);
  });

  test('replaces a copy that somebody has tampered with', async () => {
    const { store } = await openStore();
    const { path } = await store.stage(Buffer.from('whole'));
    await writeFile(path, 'cut');
    expect((await store.stage(Buffer.from('whole'))).path).toBe(path);
    expect(await readFile(path, 'utf8')).toBe('whole');
  });

  test('refuses a file with another checksum than the one it must have, and keeps nothing of it', async () => {
    const { store, directory } = await openStore();
    await expect(store.stage(Buffer.from('b'), { checksum: sha256('a') })).rejects.toMatchObject({
      code: 'file_checksum_mismatch',
    });
    expect(await onDisk(directory)).toEqual({ ids: [], bytes: 0, incoming: [] });
    expect((await store.stage(Buffer.from('a'), { checksum: sha256('a').toUpperCase() })).size).toBe(1);
  });

  test.each([
    ['ttlMs', { ttlMs: -1 }],
    ['ttlMs', { ttlMs: Number.NaN }],
    ['maxBytes', { maxBytes: 0.5 }],
    ['checksum', { checksum: 'abc' }],
    ['within', { within: 'relative' }],
  ])('refuses a bad %s at the call, and names it', async (field, options) => {
    const { store } = await openStore();
    await expect(store.stage(Buffer.from('x'), options)).rejects.toMatchObject({
      code: 'invalid_option',
      field,
    });
  });
});

describe('release', () => {
  test('ends one staging; the last one takes the file with it', async () => {
    const { store, directory } = await openStore();
    const { id } = await store.stage(Buffer.from('one'), { persist: true });
    await store.stage(Buffer.from('one'));
    expect(await store.release(id)).toBe(false);
    expect((await onDisk(directory)).ids).toEqual([id]);
    expect(await store.release(id)).toBe(true);
    expect(await store.release(id)).toBe(false);
    expect(await onDisk(directory)).toEqual({ ids: [], bytes: 0, incoming: [] });
    expect(await store.get(id)).toBeUndefined();
  });

  test('of a file in use takes effect when its use ends', async () => {
    const { store, directory } = await openStore();
    const one = await store.stage(Buffer.from('one'));
    const hold = store.hold([one]);
    expect(await store.release(one)).toBe(false);
    expect((await onDisk(directory)).ids).toEqual([one.id]);
    hold.release();
    expect(await store.list()).toEqual([]);
    expect((await onDisk(directory)).ids).toEqual([]);
  });
});

describe('temporary', () => {
  test('ends with its scope, and leaves alone what others have staged', async () => {
    const { store, directory } = await openStore();
    const kept = await store.stage(Buffer.from('kept'));
    {
      await using gone = await store.temporary(Buffer.from('gone'));
      await using shared = await store.temporary(Buffer.from('kept'));
      expect(shared.attachment.id).toBe(kept.id);
      expect((await onDisk(directory)).ids).toContain(gone.attachment.id);
    }
    expect((await onDisk(directory)).ids).toEqual([kept.id]);
  });

  test('is not swept while its scope is open, and gives no time to a later staging', async () => {
    const { store, clock } = await openStore({ sweepIntervalMs: 3_600_000 });
    const scope = await store.temporary(Buffer.from('one'));
    await clock.advance(10 * dayMs);
    await store.forceCleanup();
    expect(idsOf(await store.list())).toEqual([scope.attachment.id]);
    expect((await store.stage(Buffer.from('one'), { ttlMs: 5_000 })).expiresAt).toBe(
      epochMs + 10 * dayMs + 5_000,
    );
    await scope.release();
    expect(await store.list()).toHaveLength(1);
    await clock.advance(5_000);
    expect(await store.forceCleanup()).toMatchObject({ count: 1 });
  });

  test('may end after its store', async () => {
    const { store } = await openStore();
    const scope = await store.temporary(Buffer.from('one'));
    await store.close();
    expect(await scope.release()).toBe(true);
  });
});

describe('the sweep', () => {
  test('removes what is expired, folder and all, at its time on the clock', async () => {
    const { store, clock, directory } = await openStore({ sweepIntervalMs: 60_000 });
    await store.stage(Buffer.from('short'), { ttlMs: 30_000 });
    const long = await store.stage(Buffer.from('long'), { ttlMs: 90_000 });
    await clock.advance(59_999);
    expect(await store.metrics()).toMatchObject({ swept: { count: 0, bytes: 0 } });
    await clock.advance(1);
    expect(await store.metrics()).toMatchObject({ swept: { count: 1, bytes: 5 } });
    expect((await onDisk(directory)).ids).toEqual([long.id]);
  });

  test('never removes a file in use, however old it is', async () => {
    const { store, clock, directory } = await openStore();
    const one = await store.stage(Buffer.from('one'), { ttlMs: 0 });
    const hold = store.hold([one]);
    await clock.advance(365 * dayMs);
    expect(await store.forceCleanup()).toEqual({ count: 0, bytes: 0, failed: 0 });
    expect((await onDisk(directory)).ids).toEqual([one.id]);
    expect(await store.metrics()).toMatchObject({ inUse: { count: 1, bytes: 3 }, expired: { count: 1 } });
    hold.release();
    hold.release();
    await store.metrics();
    expect((await onDisk(directory)).ids).toEqual([]);
  });

  test('leaves persistent files, and forceCleanup says what it did', async () => {
    const { store, clock } = await openStore({ sweepIntervalMs: dayMs * 1_000 });
    await store.stage(Buffer.from('persistent'), { persist: true, ttlMs: 0 });
    await store.stage(Buffer.from('expirable'), { ttlMs: 10 });
    await clock.advance(10);
    expect(await store.metrics()).toMatchObject({
      persistent: { count: 1, bytes: 10 },
      expirable: { count: 1, bytes: 9 },
      expired: { count: 1, bytes: 9 },
    });
    expect(await store.forceCleanup()).toEqual({ count: 1, bytes: 9, failed: 0 });
    expect(await store.list()).toMatchObject([{ persist: true, expiresAt: null }]);
  });

  test('of more than a thousand files is whole all the same', async () => {
    const { store, directory } = await openStore();
    await Promise.all(
      Array.from({ length: 1_010 }, (_, i) => store.stage(Buffer.from(`${i}`), { ttlMs: 0 })),
    );
    expect(await store.forceCleanup()).toMatchObject({ count: 1_010 });
    expect((await onDisk(directory)).ids).toEqual([]);
  });
});

describe('reset', () => {
  test('removes everything, what is in use when its use ends', async () => {
    const { store, directory } = await openStore();
    const used = await store.stage(Buffer.from('used'), { persist: true });
    await store.stage(Buffer.from('persistent'), { persist: true });
    await store.stage(Buffer.from('other'));
    const hold = store.hold([used]);
    expect(await store.reset()).toEqual({ count: 2, bytes: 15, failed: 0 });
    expect((await onDisk(directory)).ids).toEqual([used.id]);
    hold.release();
    await store.metrics();
    expect((await onDisk(directory)).ids).toEqual([]);
  });
});

describe('hold', () => {
  test('refuses a file that is not there, and then holds none', async () => {
    const { store } = await openStore();
    const one = await store.stage(Buffer.from('one'));
    expect(() => store.hold([one, sha256('two')])).toThrow(
      expect.objectContaining({ code: 'file_not_found' }),
    );
    expect(await store.metrics()).toMatchObject({ inUse: { count: 0 } });
  });
});

describe('attach', () => {
  test('adds to the options it is given, without changing them, and moves what is there to the end', async () => {
    const { store } = await openStore();
    const [a, b] = await Promise.all([store.stage(Buffer.from('a')), store.temporary(Buffer.from('b'))]);
    const options = { model: 'm', attachments: [a] };
    const next = attach(options, b, a);
    expect(next).toEqual({ model: 'm', attachments: [b, a] });
    expect(options.attachments).toEqual([a]);
  });

  test.each([
    ['options', undefined, []],
    ['attachments[0]', {}, ['/etc/hostname']],
  ])('refuses %s that cannot be, by name', (field, options, attachments) => {
    expect(() => Reflect.apply(attach, undefined, [options, ...attachments])).toThrow(
      expect.objectContaining({ code: 'invalid_option', field }),
    );
  });
});

describe('upload', () => {
  test('writes the staged bytes over streams, also while the file is expired and swept', async () => {
    const { store, sources, source } = await openStore();
    const bytes = Buffer.alloc(3_000_000, 'y');
    const staged = await store.stage(await source('big.bin', bytes), { ttlMs: 0 });
    await using files = new LocalFileStreams();
    const path = join(sources, 'copy.bin');
    await Promise.all([
      store.upload(staged, { files, path }),
      store.get(staged.id).then(() => store.forceCleanup()),
    ]);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  test('refuses what is not staged', async () => {
    const { store, sources } = await openStore();
    await using files = new LocalFileStreams();
    await expect(store.upload(sha256('x'), { files, path: join(sources, 'x') })).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });
});

describe('select', () => {
  test('tells of a part of the table when that part changes', async () => {
    const { store } = await openStore();
    const told: number[] = [];
    const bytes = store.select((state) => state.bytes);
    bytes.subscribe((value) => told.push(value));
    const one = await store.stage(Buffer.from('12345'));
    await store.stage(Buffer.from('12345'));
    await store.stage(Buffer.from('678'));
    store.hold([one]).release();
    expect(told).toEqual([5, 8]);
    expect(bytes.get()).toBe(8);
  });
});

describe('a store without a folder of its own', () => {
  test('takes its files with it, and so refuses to keep any', async () => {
    const { FileStore } = await import('../../src/files/file-store.ts');
    const store = await FileStore.open({ freeBytesMin: 0 });
    const { path } = await store.stage(Buffer.from('x'));
    await expect(store.stage(Buffer.from('x'), { persist: true })).rejects.toMatchObject({
      field: 'persist',
    });
    await store.close();
    await expect(lstat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(lstat(store.directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a folder', () => {
  test('that others may write to is refused: they could put links where files are expected', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o777);
    await expect(openStore({ directory: folder })).rejects.toMatchObject({ code: 'file_access_denied' });
  });

  test('keeps what is not the store’s', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    const { store } = await openStore({ directory: folder });
    await store.stage(Buffer.from('x'));
    await store.reset();
    expect(await readFile(join(folder, 'thesis.txt'), 'utf8')).toBe('years of work');
    await rm(join(folder, 'thesis.txt'));
  });
});
