import { appendFile, mkdir, readdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DirectoryLock } from '../../src/files/attachments/directory-lock.ts';
import { idsOf, onDisk, openCrashableStore, openStore, temporaryFolder } from './attachments-rig.ts';

const orphan = 'f'.repeat(64);

/** A store that is closed again, and what was in it. */
async function earlierStore() {
  const { store, directory } = await openStore();
  const persistent = await store.stage(Buffer.from('persistent'), { persist: true, name: 'p.txt' });
  const expirable = await store.stage(Buffer.from('expirable'), { ttlMs: 1_000, name: 'e.txt' });
  await store.stage(Buffer.from('expirable'), { ttlMs: 1_000, name: 'again.txt' });
  await store.temporary(Buffer.from('temporary'));
  await store.close();
  return { directory, persistent, expirable };
}

describe('a store that is opened again', () => {
  test('has what was in it, under all names and with its time; scopes have ended', async () => {
    const { directory, persistent, expirable } = await earlierStore();
    const { store, clock } = await openStore({ directory });
    expect(idsOf(await store.list())).toEqual(idsOf([persistent, expirable]));
    expect(await store.get(expirable)).toEqual(expirable);
    expect((await readdir(join(directory, expirable.id))).sort()).toEqual(['again.txt', 'e.txt']);
    await clock.advance(1_000);
    await store.forceCleanup();
    expect(idsOf(await store.list())).toEqual([persistent.id]);
    expect(await readFile(persistent.path, 'utf8')).toBe('persistent');
  });

  test('removes files without an entry and half-written ones, and forgets entries without a file', async () => {
    const { directory, persistent, expirable } = await earlierStore();
    await mkdir(join(directory, orphan));
    await writeFile(join(directory, orphan, 'orphan.txt'), 'orphan');
    await writeFile(join(directory, '.incoming', 'half'), 'hal');
    await writeFile(join(directory, persistent.id, 'stranger.txt'), 'stranger');
    await unlink(join(directory, expirable.id, 'e.txt'));
    await writeFile(join(directory, expirable.id, 'again.txt'), 'cut');
    const { store } = await openStore({ directory });
    expect(idsOf(await store.list())).toEqual([persistent.id]);
    expect(await onDisk(directory)).toEqual({ ids: [persistent.id], bytes: 10, incoming: [] });
    expect(await readdir(join(directory, persistent.id))).toEqual(['p.txt']);
  });

  test('reads past a line that a crash has cut short, and writes on behind the last whole one', async () => {
    const { directory, persistent } = await earlierStore();
    await appendFile(join(directory, '.index.jsonl'), '{"v":1,"remove":"');
    const first = await openStore({ directory });
    expect(idsOf(await first.store.list())).toContain(persistent.id);
    const fresh = await first.store.stage(Buffer.from('fresh'));
    await first.store.close();
    const second = await openStore({ directory });
    expect(idsOf(await second.store.list())).toContain(fresh.id);
  });

  test('believes no line that would lead elsewhere', async () => {
    const { directory, persistent } = await earlierStore();
    const index = join(directory, '.index.jsonl');
    const line =
      (await readFile(index, 'utf8')).split('\n').find((text) => text.includes(persistent.id)) ?? '';
    for (const name of ['../../escape', '..', 'a/b'])
      await appendFile(index, `${line.replace('p.txt', name)}\n`);
    await appendFile(index, `${line.replace(persistent.id, '../etc')}\nnot JSON\n[]\n`);
    const { store } = await openStore({ directory });
    expect(await store.get(persistent)).toEqual(persistent);
  });

  test('touches nothing in a folder whose index is of another version', async () => {
    const { directory, persistent } = await earlierStore();
    await appendFile(join(directory, '.index.jsonl'), '{"v":2,"all":"new"}\n');
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'file_access_denied' });
    expect((await onDisk(directory)).ids).toContain(persistent.id);
  });

  test('follows no link that was put in place of its folders or its index', async () => {
    const { directory, persistent, expirable } = await earlierStore();
    const elsewhere = await temporaryFolder();
    await writeFile(join(elsewhere, 'p.txt'), 'persistent');
    await rename(join(directory, persistent.id), join(elsewhere, 'moved'));
    await symlink(elsewhere, join(directory, persistent.id));
    const { store } = await openStore({ directory });
    expect(idsOf(await store.list())).toEqual([expirable.id]);
    expect(await readdir(elsewhere)).toContain('p.txt');
    await store.close();
    await rename(join(directory, '.index.jsonl'), join(elsewhere, 'index'));
    await symlink(join(elsewhere, 'index'), join(directory, '.index.jsonl'));
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'file_not_regular' });
  });

  test('rewrites an index that is mostly history', async () => {
    const { store, directory } = await openStore();
    const content = Buffer.from('again and again');
    for (let round = 0; round < 1_100; round += 1) await store.stage(content);
    await store.forceCleanup();
    const lines = (await readFile(join(directory, '.index.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    await store.stage(Buffer.from('another'));
    expect((await readFile(join(directory, '.index.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('a registry that crashes', () => {
  test('starts again with the same files, the same uses and open scopes, and cleans up', async () => {
    const { store, clock, directory, crash } = await openCrashableStore({ sweepIntervalMs: 60_000 });
    const used = await store.stage(Buffer.from('used'), { ttlMs: 0 });
    const gone = await store.stage(Buffer.from('gone'), { ttlMs: 0 });
    const scope = await store.temporary(Buffer.from('scope'));
    const hold = store.hold([used]);
    crash();
    await clock.advance(60_000);
    expect(await store.metrics()).toMatchObject({ total: { count: 2 }, inUse: { count: 1 } });
    expect((await onDisk(directory)).ids).toEqual(idsOf([used, scope.attachment]));
    expect((await onDisk(directory)).ids).not.toContain(gone.id);
    hold.release();
    await scope.release();
    expect(await onDisk(directory)).toEqual({ ids: [], bytes: 0, incoming: [] });
  });

  test('costs no staging that is under way', async () => {
    const { store, crash, directory } = await openCrashableStore();
    const half = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    async function* chunks() {
      yield Buffer.from('first half, ');
      half.resolve();
      await rest.promise;
      yield Buffer.from('second half');
    }
    const staging = store.stage(chunks());
    await half.promise;
    crash();
    // What waits in the registry when it crashes is told so, and may be asked again.
    await expect(store.list()).rejects.toMatchObject({ code: 'file_io_failed', retryable: true });
    rest.resolve();
    expect(await readFile((await staging).path, 'utf8')).toBe('first half, second half');
    expect((await onDisk(directory)).incoming).toEqual([]);
  });
});

describe('a registry that is killed', () => {
  test('while it takes the folder leaves it to the next store all the same', async () => {
    const { store, clock, directory } = await openCrashableStore({}, { timeoutMs: 0 });
    const listing = Promise.allSettled([store.list()]);
    await clock.settle();
    const closing = store.close();
    await clock.advance(0);
    await closing;
    expect(await listing).toMatchObject([{ status: 'rejected' }]);
    const next = await openStore({ directory });
    expect(await next.store.list()).toEqual([]);
  });
});

describe('the folder of a store', () => {
  test('has one owner: a second store of the same process is refused', async () => {
    const { directory } = await openStore();
    await expect(openStore({ directory })).rejects.toMatchObject({
      code: 'file_store_owned',
      message: expect.stringContaining('another store of this process'),
    });
  });

  test('passes to the next when its owner is closed, or has ended without a word', async () => {
    const directory = await temporaryFolder();
    const first = await DirectoryLock.acquire(directory, 0);
    await first.release();
    const second = await DirectoryLock.acquire(directory, 0);
    expect(await first.isHeld()).toBe(false);
    const owner = join(directory, '.owner', '2');
    const identity = JSON.parse(await readFile(owner, 'utf8'));
    // The number of this process, but of one that started at another time.
    await writeFile(owner, JSON.stringify({ ...identity, startTicks: '1' }));
    const third = await DirectoryLock.acquire(directory, 0);
    expect([await second.isHeld(), await third.isHeld()]).toEqual([false, true]);
  });

  test('stays with an owner of whom nothing can be told, as long as it is heard of', async () => {
    const directory = await temporaryFolder();
    const lock = await DirectoryLock.acquire(directory, 1_000);
    const owner = join(directory, '.owner', '1');
    const identity = JSON.parse(await readFile(owner, 'utf8'));
    await writeFile(owner, JSON.stringify({ ...identity, pidSpace: 'another container' }));
    await lock.refresh(50_000);
    await expect(DirectoryLock.acquire(directory, 349_999)).rejects.toMatchObject({
      code: 'file_store_owned',
    });
    const next = await DirectoryLock.acquire(directory, 350_000);
    expect(await lock.refresh(350_001)).toBe(false);
    expect(await next.isHeld()).toBe(true);
  });

  test('goes to exactly one of many who want it at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const directory = await temporaryFolder();
      // Every second folder has a stale owner to be taken over from.
      if (round % 2 === 1) await (await DirectoryLock.acquire(directory, 0)).release();
      const takers = await Promise.allSettled(
        Array.from({ length: 8 }, () => DirectoryLock.acquire(directory, 0)),
      );
      expect(takers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  test('that another has taken over is left alone: sweeping and staging are refused', async () => {
    const { store, directory } = await openStore();
    const one = await store.stage(Buffer.from('one'), { ttlMs: 0 });
    await writeFile(join(directory, '.owner', '2'), JSON.stringify({ released: false }));
    await expect(store.forceCleanup()).rejects.toMatchObject({ code: 'file_store_owned' });
    await expect(store.stage(Buffer.from('two'))).rejects.toMatchObject({ code: 'file_store_owned' });
    expect((await onDisk(directory)).ids).toEqual([one.id]);
  });
});
