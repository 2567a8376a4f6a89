/**
 * The faults of the closest relative, (a) to (h), none of which may be ours: see "What it does not do to you" in docs/files.md.
 */
import { appendFileSync } from 'node:fs';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onDisk, openStore } from './attachments-rig.ts';

test('(a) a file that is staged again while a sweep runs is there when the caller is told so', async () => {
  const { store, directory } = await openStore();
  const contents = Array.from({ length: 40 }, (_, i) => Buffer.from(`content ${i}`));
  await Promise.all(contents.map((content) => store.stage(content, { ttlMs: 0 })));
  const [, ...again] = await Promise.all([
    store.forceCleanup(),
    ...contents.map((content) => store.stage(content, { ttlMs: 60_000 })),
    store.forceCleanup(),
  ]);
  const staged = again.filter((one) => 'path' in one);
  expect(staged).toHaveLength(40);
  for (const [index, { path }] of staged.entries())
    expect(await readFile(path, 'utf8')).toBe(`content ${index}`);
  expect((await onDisk(directory)).ids).toHaveLength(40);
});

test('(b) a file is removed with its folder', async () => {
  const { store, directory } = await openStore();
  const { id } = await store.stage(Buffer.from('x'), { ttlMs: 0 });
  expect(await readdir(directory)).toContain(id);
  await store.forceCleanup();
  expect((await readdir(directory)).sort()).toEqual(['.incoming', '.index.jsonl', '.owner']);
});

test('(c) a file is never in memory as a whole', async () => {
  const { store, sources } = await openStore();
  const path = join(sources, 'large.bin');
  await writeFile(path, Buffer.alloc(256 * 1_048_576, 'x'));
  globalThis.gc?.();
  const before = process.memoryUsage();
  let peak = 0;
  const measure = () => {
    const now = process.memoryUsage();
    peak = Math.max(peak, now.arrayBuffers + now.external - before.arrayBuffers - before.external);
  };
  async function* chunks() {
    const chunk = Buffer.alloc(1_048_576, 'x');
    for (let count = 0; count < 256; count += 1) yield chunk;
  }
  const fromPath = await store.stage(path, { onProgress: measure });
  const fromChunks = await store.stage(chunks(), { onProgress: measure });
  expect(fromChunks.id).toBe(fromPath.id);
  expect(peak).toBeLessThan(32 * 1_048_576);
});

test('(d) a source that changes while it is copied is found out', async () => {
  const { store, source } = await openStore();
  const path = await source('log', Buffer.alloc(900_000));
  const staging = store.stage(path, { onProgress: () => appendFileSync(path, 'x') });
  await expect(staging).rejects.toMatchObject({ code: 'file_changed', path });
});

test('(e) a name leads nowhere', async () => {
  const { store, sources, directory } = await openStore();
  const { path, name, id } = await store.stage(Buffer.from('x'), { name: '../../../escape.txt' });
  expect([name, path]).toEqual(['escape.txt', join(directory, id, 'escape.txt')]);
  await expect(lstat(join(sources, 'escape.txt'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('(f) a store is never larger than it may be', async () => {
  const { store, directory } = await openStore({ fileBytesMax: 10, storeBytesMax: 25, storeFilesMax: 3 });
  const stagings = Array.from({ length: 12 }, (_, i) => store.stage(Buffer.alloc(i, `${i}`)));
  const outcomes = await Promise.allSettled(stagings);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'limit_exceeded' });
  }
  const { ids, bytes } = await onDisk(directory);
  expect(ids.length).toBeLessThanOrEqual(3);
  expect(bytes).toBeLessThanOrEqual(25);
  expect(await store.metrics()).toMatchObject({ total: { count: ids.length, bytes } });
});

test('(g) a file that is in use does not expire', async () => {
  const { store, clock } = await openStore({ sweepIntervalMs: 1_000 });
  const one = await store.stage(Buffer.from('x'), { ttlMs: 0 });
  using _hold = store.hold([one]);
  await clock.advance(5_000);
  await store.forceCleanup();
  expect(await readFile(one.path, 'utf8')).toBe('x');
});

test('(h) opening a store removes nothing that is still wanted', async () => {
  const first = await openStore();
  const kept = await first.store.stage(Buffer.from('kept'), { persist: true });
  await expect(openStore({ directory: first.directory })).rejects.toMatchObject({ code: 'file_store_owned' });
  expect(await readFile(kept.path, 'utf8')).toBe('kept');
  await first.store.close();
  const second = await openStore({ directory: first.directory });
  expect(await second.store.list()).toEqual([kept]);
  expect(await readFile(kept.path, 'utf8')).toBe('kept');
});
