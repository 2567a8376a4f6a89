import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DirectoryLock } from '../../src/files/attachments/directory-lock.ts';
import { namesMax } from '../../src/files/attachments/file-entry.ts';
import { IncomingFile } from '../../src/files/attachments/incoming-file.ts';
import { StagingSlots } from '../../src/files/attachments/staging-slots.ts';
import { FileStore } from '../../src/files/file-store.ts';
import { LocalFileStreams } from '../../src/files/streams/local-file-streams.ts';
import { idsOf, onDisk, openStore, temporaryFolder } from './attachments-rig.ts';

afterEach(() => vi.unstubAllEnvs());

test('a content has at most 64 names; a further one leads to the first', async () => {
  const { store, directory } = await openStore();
  const content = Buffer.from('one');
  const first = await store.stage(content, { name: 'first.txt' });
  for (let count = 1; count < namesMax; count += 1) await store.stage(content, { name: `${count}.txt` });
  expect(await readdir(join(directory, first.id))).toHaveLength(namesMax);
  const oneMore = await store.stage(content, { name: 'one-more.txt' });
  expect(oneMore).toMatchObject({ path: first.path });
  expect(await readdir(join(directory, first.id))).toHaveLength(namesMax);
});

test('stagings that wait for their turn are bounded: one more is refused', async () => {
  const slots = new StagingSlots();
  for (let count = 0; count < 16; count += 1) await slots.enter(undefined);
  let begun = 0;
  const waiting = Array.from({ length: 10_000 }, () => slots.enter(undefined).then(() => (begun += 1)));
  await expect(slots.enter(undefined)).rejects.toMatchObject({ code: 'queue_full' });
  for (let count = 0; count < 10_000; count += 1) slots.leave();
  await Promise.all(waiting);
  expect(begun).toBe(10_000);
});

test('a long copy looks again at the space that it is to leave free', async () => {
  const path = join(await temporaryFolder(), 'incoming');
  let freeBytesMin = 1;
  const limits = {
    bytesMaxName: 'fileBytesMax',
    bytesMax: 2 ** 40,
    get freeBytesMin() {
      return freeBytesMin;
    },
  };
  const incoming = await IncomingFile.create(path, limits);
  freeBytesMin = 2 ** 52;
  const chunk = Buffer.alloc(16 * 1_048_576);
  for (let written = 0; written < 3; written += 1) await incoming.write(chunk);
  await expect(incoming.write(chunk)).rejects.toMatchObject({ code: 'file_no_space' });
  await incoming.discard();
});

test('a file that the system would not remove stays in the table, and goes with the next sweep', async () => {
  const { store, directory } = await openStore();
  const one = await store.stage(Buffer.from('one'), { persist: true });
  const aside = `${directory}-aside`;
  await rename(directory, aside);
  await writeFile(directory, 'no folder');
  expect(await store.release(one)).toBe(false);
  expect(idsOf(await store.list())).toEqual([one.id]);
  await rm(directory);
  await rename(aside, directory);
  expect(await store.forceCleanup()).toEqual({ count: 1, bytes: 3, failed: 0 });
  expect(await onDisk(directory)).toEqual({ ids: [], bytes: 0, incoming: [] });
});

test('one tick of the ticker sweeps all that is over, also when that is more than one message removes', async () => {
  const { store, clock, directory } = await openStore({ sweepIntervalMs: 1_000 });
  await Promise.all(
    Array.from({ length: 1_010 }, (_, index) => store.stage(Buffer.from(`${index}`), { ttlMs: 1 })),
  );
  const swept = new Promise<void>((resolve) => {
    store.select(({ count }) => count).subscribe((count) => count === 0 && resolve());
  });
  await clock.advance(1_000);
  await swept;
  await store.metrics();
  expect((await onDisk(directory)).ids).toEqual([]);
});

test('a hold that is released twice takes nothing from another hold', async () => {
  const { store } = await openStore();
  const one = await store.stage(Buffer.from('one'), { ttlMs: 0 });
  const [first, second] = [store.hold([one]), store.hold([one])];
  first.release();
  first.release();
  await store.forceCleanup();
  expect(await store.metrics()).toMatchObject({ inUse: { count: 1 } });
  second.release();
  expect(await store.list()).toEqual([]);
});

test('a staged file that somebody has tampered with is uploaded to nobody as whole', async () => {
  const { store, sources } = await openStore();
  const staged = await store.stage(Buffer.from('whole'));
  await writeFile(staged.path, 'false');
  await using files = new LocalFileStreams();
  await expect(store.upload(staged, { files, path: join(sources, 'copy') })).rejects.toMatchObject({
    code: 'file_checksum_mismatch',
    path: staged.path,
  });
});

test('an owner that was taken over leaves the folder to its successor when it is released', async () => {
  const directory = await temporaryFolder();
  const owner = await DirectoryLock.acquire(directory, 0);
  await owner.release();
  const successor = await DirectoryLock.acquire(directory, 0);
  await owner.release();
  expect(await readdir(join(directory, '.owner'))).toEqual(['2']);
  expect(await successor.isHeld()).toBe(true);
});

describe('the folder that a store made for itself below the temporary folder', () => {
  const program = join(import.meta.dirname, 'private-store-program.ts');

  /** A process with a store of its own, once it has staged something. */
  async function processWithStore(folder: string) {
    const child = spawn(process.execPath, ['--no-warnings', program], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    return { child, directory: String(line).trim() };
  }

  test('is removed by the next store of this user when its process was killed, but neither while that lives nor while it is young', async () => {
    const folder = await temporaryFolder();
    const [killed, alive] = await Promise.all([processWithStore(folder), processWithStore(folder)]);
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    vi.stubEnv('TMPDIR', folder);
    const names = async () => (await readdir(folder)).map((name) => join(folder, name));
    {
      await using _young = await FileStore.open({ freeBytesMin: 0 });
      expect(await names()).toEqual(expect.arrayContaining([killed.directory, alive.directory]));
    }
    {
      await using _later = await FileStore.open({ freeBytesMin: 0, wallClock: () => Date.now() + 120_000 });
      expect(await names()).not.toContain(killed.directory);
      expect(await names()).toContain(alive.directory);
    }
    alive.child.stdin.end();
    expect(await once(alive.child, 'exit')).toEqual([0, null]);
    expect(await names()).toEqual([]);
  });
});
