import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { FileStore } from '../../src/files/file-store.ts';
import { idsOf, onDisk, temporaryFolder } from './attachments-rig.ts';
import { randomNumbers } from './random-numbers.ts';

const storesPerHost = 10;
const hosts = 10;
const program = join(import.meta.dirname, 'staging-program.ts');

interface Said {
  readonly directory: string;
  readonly what: 'staged' | 'released';
  readonly id: string;
}

/** Starts a host that works in all folders, kills it when it has said so much, and returns what it has said. */
async function killedHost(
  seed: number,
  directories: readonly string[],
  lines: number,
): Promise<readonly Said[]> {
  const child = spawn(process.execPath, ['--no-warnings', program, String(seed), ...directories], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Said[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be half a line.
    if (line.endsWith('}')) said.push(JSON.parse(line));
    if (said.length === lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return said;
}

/** What a folder must hold: staged for good, said to be so, and not released since. */
function wanted(said: readonly Said[], directory: string): readonly string[] {
  const ids = new Set<string>();
  for (const one of said) {
    if (one.directory !== directory) continue;
    if (one.what === 'staged') ids.add(one.id);
    else ids.delete(one.id);
  }
  return [...ids];
}

test('a host that is killed 100 times, wherever it was in its staging, loses no file it had said to keep and leaves none behind that nobody knows', async () => {
  const folder = await temporaryFolder();
  const directories = Array.from({ length: storesPerHost }, (_, index) => join(folder, `store-${index}`));
  const random = randomNumbers(20_260_101);
  const before = new Map<string, readonly string[]>();
  for (let host = 0; host < hosts; host += 1) {
    const said = await killedHost(host, directories, 1 + random(40));
    await Promise.all(directories.map((directory) => checkAfter(said, directory, before)));
  }
}, 60_000);

/** Opens a folder after the kill and compares it with what its hosts have said. */
async function checkAfter(
  said: readonly Said[],
  directory: string,
  before: Map<string, readonly string[]>,
): Promise<void> {
  await using store = await FileStore.open({ directory, freeBytesMin: 0 });
  const listed = await store.list();
  const { total } = await store.metrics();
  expect(await onDisk(directory)).toEqual({ ids: idsOf(listed), bytes: total.bytes, incoming: [] });
  const mentioned = new Set(said.filter((one) => one.directory === directory).map(({ id }) => id));
  const untouched = (before.get(directory) ?? []).filter((id) => !mentioned.has(id));
  expect(idsOf(listed)).toEqual(expect.arrayContaining([...untouched, ...wanted(said, directory)]));
  for (const { path, size } of listed) expect((await readFile(path)).byteLength).toBe(size);
  before.set(directory, idsOf(listed));
}

test('two processes on one folder: the second is refused while the first lives, and takes over when it is killed', async () => {
  const directory = join(await temporaryFolder(), 'store');
  const child = spawn(process.execPath, ['--no-warnings', program, '7', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await expect(FileStore.open({ directory })).rejects.toMatchObject({
    code: 'file_store_owned',
    message: expect.stringContaining(`process ${child.pid}`),
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using store = await FileStore.open({ directory });
  expect((await onDisk(directory)).ids).toEqual(idsOf(await store.list()));
});
