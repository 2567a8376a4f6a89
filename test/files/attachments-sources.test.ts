import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { onDisk, openStore, temporaryFolder } from './attachments-rig.ts';

/** What a small disk fails with, and how a shell is started and told that has one. */
type SmallDisk = readonly [errno: string, shell: readonly [string, ...string[]], limit: string];
const largestFile: SmallDisk = ['EFBIG', ['bash', '-c'], 'ulimit -f 4096'];
/** 4 MiB, mounted where only the program sees it. */
const mounted: SmallDisk = [
  'ENOSPC',
  ['unshare', '--user', '--map-root-user', '--mount', 'bash', '-c'],
  'mkdir "$2" && mount -t tmpfs -o size=4m,mode=700 tmpfs "$2"',
];

/** Not every system lets its users mount. */
const smallDisks: readonly SmallDisk[] = canMount() ? [largestFile, mounted] : [largestFile];

function canMount(): boolean {
  const [, [command, ...args]] = mounted;
  return spawnSync(command, [...args, 'mount -t tmpfs tmpfs /tmp']).status === 0;
}

const empty = { ids: [], bytes: 0, incoming: [] };
/** Above the size from which a worker copies. */
const largeBytes = 4 * 1_048_576;

describe('a source', () => {
  test.each([
    ['a folder', (path: string) => mkdir(path), 'file_not_regular'],
    [
      'a FIFO that nobody writes to',
      async (path: string) => execFileSync('mkfifo', [path]),
      'file_not_regular',
    ],
    ['a link', (path: string) => symlink('/etc/hostname', path), 'file_not_regular'],
    ['a link into nothing', (path: string) => symlink('/nowhere', path), 'file_not_regular'],
    ['a link in a circle', (path: string) => symlink(path, path), 'file_not_regular'],
    ['a device', (path: string) => Promise.resolve(path), 'file_not_regular', '/dev/zero'],
    ['a missing file', (path: string) => Promise.resolve(path), 'file_not_found'],
  ])('that is %s is refused', async (_what, make, code, path?: string) => {
    const { store, sources, directory } = await openStore();
    const source = path ?? join(sources, 'source');
    await make(source);
    await expect(store.stage(source)).rejects.toMatchObject({ code, path: source });
    expect(await onDisk(directory)).toEqual(empty);
  });

  test.each([
    ['', /path/],
    ['a\0b', /NUL/],
  ])('path %j is refused at the call', async (path, accepted) => {
    const { store } = await openStore();
    await expect(store.stage(path)).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'source',
      accepted: expect.stringMatching(accepted),
    });
  });

  test('of a kind that cannot be read is refused at the call', async () => {
    const { store } = await openStore();
    await expect(store.stage(new URL('https://example.com/x'))).rejects.toMatchObject({ field: 'source' });
    await expect(store.stage(Readable.from([1, 2]))).rejects.toMatchObject({ field: 'source' });
  });

  test('within a folder may be reached by links that stay inside, and by none that lead out', async () => {
    const { store, sources, source } = await openStore();
    const within = join(sources, 'inside');
    await mkdir(within);
    await writeFile(join(within, 'log.1'), 'inside');
    await symlink('log.1', join(within, 'log'));
    await symlink(await source('outside', 'outside'), join(within, 'out'));
    await symlink('..', join(within, 'up'));
    expect(await store.stage(join(within, 'log'), { within })).toMatchObject({ name: 'log', size: 6 });
    for (const path of ['out', 'up/outside', '../outside'])
      await expect(store.stage(join(within, path), { within })).rejects.toMatchObject({
        code: 'file_outside_roots',
      });
  });

  test('of the proc file system, which says nothing of its size, is not taken for empty', async () => {
    const { store } = await openStore();
    await expect(store.stage('/proc/self/status')).rejects.toMatchObject({ code: 'file_changed' });
  });

  test.each([
    ['grows', (path: string) => appendFileSync(path, 'more')],
    ['is written over with as many bytes', (path: string) => overwrite(path)],
    ['is removed', (path: string) => rmSync(path)],
  ])('that %s while it is read is refused, and nothing of it stays', async (_what, change) => {
    const { store, sources, directory } = await openStore();
    const path = join(sources, 'busy.log');
    writeFileSync(path, Buffer.alloc(900_000, 'x'));
    let changed = false;
    const staging = store.stage(path, {
      onProgress() {
        if (!changed) change(path);
        changed = true;
      },
    });
    await expect(staging).rejects.toMatchObject({ code: 'file_changed' });
    expect(await onDisk(directory)).toEqual(empty);
  });

  test('that is cut short while a worker reads it is refused', async () => {
    const { store, sources, directory } = await openStore();
    const path = join(sources, 'large.bin');
    await writeFile(path, Buffer.alloc(96 * 1_048_576, 'x'));
    let cut: Promise<void> | undefined;
    const staging = store.stage(path, {
      onProgress() {
        cut ??= truncate(path, 10);
      },
    });
    await expect(staging).rejects.toMatchObject({ code: 'file_changed' });
    await cut;
    expect(await onDisk(directory)).toEqual(empty);
  });

  test('that fails half-way takes its own error to the caller, and nothing of it stays', async () => {
    const { store, directory } = await openStore();
    const broken = new Error('the line is dead');
    async function* chunks() {
      yield Buffer.from('half');
      throw broken;
    }
    await expect(store.stage(chunks())).rejects.toBe(broken);
    expect(await onDisk(directory)).toEqual(empty);
  });
});

/** Same size, another time. */
function overwrite(path: string): void {
  writeFileSync(path, Buffer.alloc(900_000, 'y'));
  utimesSync(path, 1, 1);
}

describe('calling off', () => {
  test.each([
    ['on the event loop', 800_000],
    ['on a worker', 64 * 1_048_576],
  ])('a staging %s ends it between two chunks, and nothing of it stays', async (_where, size) => {
    const { store, sources, directory } = await openStore();
    const path = join(sources, 'source.bin');
    await writeFile(path, Buffer.alloc(size, 'x'));
    const caller = new AbortController();
    const staging = store.stage(path, { signal: caller.signal, onProgress: () => caller.abort('enough') });
    await expect(staging).rejects.toMatchObject({
      code: 'file_cancelled',
      name: 'AbortError',
      cause: 'enough',
    });
    expect(await onDisk(directory)).toEqual(empty);
  });

  test('before its turn comes reads nothing', async () => {
    const { store } = await openStore();
    await expect(store.stage('/nowhere', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'file_cancelled',
    });
  });

  test('by what onProgress throws gives the caller that error, also from a worker', async () => {
    const { store, sources, directory } = await openStore();
    const path = join(sources, 'source.bin');
    await writeFile(path, Buffer.alloc(64 * 1_048_576, 'x'));
    const objection = new Error('no');
    const object = () => {
      throw objection;
    };
    await expect(store.stage(path, { onProgress: object })).rejects.toBe(objection);
    await expect(store.stage(Buffer.from('x'), { onProgress: object })).rejects.toBe(objection);
    expect(await onDisk(directory)).toEqual(empty);
  });

  test('a staging that waits for its turn lets the others go on', async () => {
    const { store } = await openStore();
    const gate = Promise.withResolvers<void>();
    async function* held(text: string) {
      await gate.promise;
      yield Buffer.from(text);
    }
    const running = Array.from({ length: 16 }, (_, i) => store.stage(held(`${i}`)));
    const caller = new AbortController();
    const { signal } = caller;
    // As many as there are turns: one of them that kept its place would keep a turn for ever.
    const waiting = Array.from({ length: 16 }, (_, i) => store.stage(held(`waiting ${i}`), { signal }));
    const behind = store.stage(held('behind'));
    caller.abort();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'file_cancelled' });
    gate.resolve();
    expect(await Promise.all([...running, behind])).toHaveLength(17);
  });
});

describe('a limit', () => {
  test.each([
    ['fileBytesMax', { fileBytesMax: 10 }, {}],
    ['maxBytes', {}, { maxBytes: 10 }],
    ['storeBytesMax', { storeBytesMax: 10 }, {}],
  ])(
    '%s refuses a file that is larger, names itself, and leaves nothing behind',
    async (limit, limits, options) => {
      const { store, directory, source } = await openStore(limits);
      const failure = { code: 'limit_exceeded', limit, max: 10, actual: 11 };
      await expect(store.stage(await source('path', '12345678901'), options)).rejects.toMatchObject(failure);
      await expect(store.stage(Buffer.from('12345678901'), options)).rejects.toMatchObject(failure);
      await expect(store.stage(Readable.from([Buffer.from('12345678901')]), options)).rejects.toMatchObject(
        failure,
      );
      expect(await onDisk(directory)).toEqual(empty);
      expect(await store.stage(Buffer.from('1234567890'), options)).toMatchObject({ size: 10 });
    },
  );

  test('is told by a worker as well as on the event loop', async () => {
    const { store, source } = await openStore({ fileBytesMax: largeBytes - 1 });
    await expect(store.stage(await source('large', Buffer.alloc(largeBytes)))).rejects.toMatchObject({
      code: 'limit_exceeded',
      limit: 'fileBytesMax',
      actual: largeBytes,
    });
  });

  test('storeFilesMax refuses one file more, after what is expired has gone, and never the same content', async () => {
    const { store, clock } = await openStore({ storeFilesMax: 2, sweepIntervalMs: 1e9 });
    await store.stage(Buffer.from('a'), { ttlMs: 5 });
    await store.stage(Buffer.from('b'));
    await expect(store.stage(Buffer.from('c'))).rejects.toMatchObject({ limit: 'storeFilesMax', actual: 3 });
    await store.stage(Buffer.from('b'), { name: 'again' });
    await clock.advance(5);
    expect(await store.stage(Buffer.from('c'))).toMatchObject({ size: 1 });
  });

  test('freeBytesMin keeps space for the others on the disk', async () => {
    const { store, directory, source } = await openStore({ freeBytesMin: 2 ** 52 });
    const failure = { code: 'file_no_space', message: expect.stringContaining('freeBytesMin') };
    await expect(store.stage(Buffer.from('x'))).rejects.toMatchObject(failure);
    await expect(store.stage(await source('large', Buffer.alloc(largeBytes)))).rejects.toMatchObject(failure);
    expect(await onDisk(directory)).toEqual(empty);
  });

  test.each(smallDisks)(
    'of the system on what can be written (%s) ends a staging with file_no_space, leaves nothing behind, and the store goes on',
    async (errno, [command, ...args], limit) => {
      const sources = await temporaryFolder();
      await writeFile(join(sources, 'huge.bin'), Buffer.alloc(8 * 1_048_576));
      const program = join(import.meta.dirname, 'full-disk-program.ts');
      const store = join(sources, 'store');
      const run = [`${limit} && exec "$0" --no-warnings "$@"`, process.execPath, program, store, sources];
      const { stdout } = await promisify(execFile)(command, [...args, ...run]);
      expect(JSON.parse(stdout)).toEqual({
        bytes: `file_no_space ${errno}`,
        path: `file_no_space ${errno}`,
        streamed: `file_no_space ${errno}`,
        after: 'staged',
        list: ['small.txt'],
        incoming: [],
      });
    },
  );
});

test.each(smallDisks.filter(([errno]) => errno === 'ENOSPC'))(
  'on a disk with room for the copy but none for the index (%s), a staging is refused and leaves neither a file nor a name behind',
  async (_errno, [command, ...args], limit) => {
    const program = join(import.meta.dirname, 'tight-disk-program.ts');
    const store = join(await temporaryFolder(), 'store');
    const run = [`${limit} && exec "$0" --no-warnings "$@"`, process.execPath, program, store];
    const { stdout } = await promisify(execFile)(command, [...args, ...run]);
    const { contents, all, listed, onDisk: there, named, namesOnDisk } = JSON.parse(stdout);
    expect([contents.staged > 0, contents.refused > 0]).toEqual([true, true]);
    expect([all.staged > contents.staged, all.refused > contents.refused]).toEqual([true, true]);
    expect([there, namesOnDisk]).toEqual([listed, named]);
  },
);

test('what was hashed is what is in the copy, whatever the size', async () => {
  const { store, source } = await openStore();
  for (const size of [0, 1, 262_143, 262_144, 262_145, 1_048_576, 1_048_577, 3_000_001]) {
    const bytes = Buffer.alloc(size, `${size}.`);
    const { id, path } = await store.stage(await source(`${size}`, bytes));
    expect(id).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(id);
  }
});

/** Bytes that this process has read and written so far, all of its threads, or undefined where the system does not tell. */
function bytesMoved(): { readonly read: number; readonly written: number } | undefined {
  if (!existsSync('/proc/self/io')) return undefined;
  const io = readFileSync('/proc/self/io', 'utf8');
  const count = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1]);
  return { read: count('rchar'), written: count('wchar') };
}

const stagedSizes: readonly (readonly [where: string, size: number])[] = [
  ['the event loop', 1_048_576],
  ['a worker', 64 * 1_048_576],
];

test.each(bytesMoved() === undefined ? [] : stagedSizes)(
  'what is staged on %s is read once and written once: one pass, of %i bytes',
  async (_where, size) => {
    const { store, source } = await openStore();
    const path = await source('large.bin', Buffer.alloc(size, 'x'));
    // The worker is there, and its program read.
    await store.stage(await source('first.bin', Buffer.alloc(4 * 1_048_576, 'y')));
    const before = bytesMoved();
    await store.stage(path);
    const after = bytesMoved();
    expect((after?.read ?? 0) - (before?.read ?? 0)).toBeLessThan(1.5 * size);
    expect((after?.written ?? 0) - (before?.written ?? 0)).toBeLessThan(1.5 * size);
  },
);
