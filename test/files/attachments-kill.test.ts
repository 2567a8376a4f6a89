import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { FileStore } from '../../src/files/file-store.ts';
import { idsOf, onDisk, temporaryFolder } from './attachments-rig.ts';
import { randomNumbers } from './random-numbers.ts';

const kills = 100;
/** Hosts that live at one time, each with folders of its own. */
const lanes = 2;
const storesPerHost = 2;
const program = join(import.meta.dirname, 'staging-program.ts');

interface Said {
  readonly directory: string;
  readonly what: 'staged' | 'released';
  readonly id: string;
}

/** What its hosts are given; the folder is the test's own. */
interface Place {
  readonly folder: string;
  /** A file that a worker copies. */
  readonly large: string;
}

async function place(): Promise<Place> {
  const folder = await temporaryFolder();
  const large = join(folder, 'large.bin');
  await writeFile(large, Buffer.alloc(1_100_000, 'large'));
  // A host without folders ends by itself, and only then keeps what it has compiled: that spares the others most of their start.
  await once(startHost({ folder, large }, 0, []), 'exit');
  return { folder, large };
}

/** Starts a host of these folders. */
function startHost({ folder, large }: Place, seed: number, directories: readonly string[]) {
  return spawn(process.execPath, ['--no-warnings', program, String(seed), large, ...directories], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Kills a host when it has said so much, at the latest; `0` is before it has opened anything. Returns what it has said. */
async function killedHost(host: ReturnType<typeof startHost>, lines: number): Promise<readonly Said[]> {
  const said: Said[] = [];
  for await (const line of createInterface({ input: host.stdout })) {
    // The last line may be half a line.
    if (line.endsWith('}')) said.push(JSON.parse(line));
    if (said.length === lines) host.kill('SIGKILL');
  }
  if (host.exitCode === null && host.signalCode === null) await once(host, 'exit');
  expect(host.signalCode).toBe('SIGKILL');
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

/** Kills a host after the other in the same folders. */
async function killAgainAndAgain(where: Place, lane: number): Promise<void> {
  const directories = Array.from({ length: storesPerHost }, (_, index) =>
    join(where.folder, `store-${lane}-${index}`),
  );
  const random = randomNumbers(20_260_101 + lane);
  const before = new Map<string, readonly string[]>();
  for (let kill = 0; kill < kills / lanes; kill += 1) {
    const seed = lane * kills + kill;
    const lines = random(12);
    const said = await killedHost(startHost(where, seed, directories), lines);
    for (const directory of directories)
      await checkAfter(said, directory, before, `host ${seed}, killed after ${lines} lines`);
  }
}

/** Opens a folder after the kill and compares it with what its hosts have said. */
async function checkAfter(
  said: readonly Said[],
  directory: string,
  before: Map<string, readonly string[]>,
  which: string,
): Promise<void> {
  await using store = await FileStore.open({ directory, freeBytesMin: 0 });
  const listed = await store.list();
  const { total } = await store.metrics();
  expect(await onDisk(directory), which).toEqual({ ids: idsOf(listed), bytes: total.bytes, incoming: [] });
  const mentioned = new Set(said.filter((one) => one.directory === directory).map(({ id }) => id));
  const untouched = (before.get(directory) ?? []).filter((id) => !mentioned.has(id));
  expect(idsOf(listed), which).toEqual(expect.arrayContaining([...untouched, ...wanted(said, directory)]));
  for (const { path, size } of listed) expect((await readFile(path)).byteLength, which).toBe(size);
  before.set(directory, idsOf(listed));
}

test('a host that is killed 100 times, wherever it was in its staging, loses no file it had said to keep and leaves none behind that nobody knows', async () => {
  const where = await place();
  await Promise.all(Array.from({ length: lanes }, (_, lane) => killAgainAndAgain(where, lane)));
}, 120_000);

test('two processes on one folder: the second is refused while the first lives, and takes over when it is killed', async () => {
  const where = await place();
  const directory = join(where.folder, 'store');
  const child = startHost(where, 7, [directory]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // 'begun', and then the first thing that it has done: so it has the folder.
  await lines.next();
  await lines.next();
  await expect(FileStore.open({ directory })).rejects.toMatchObject({
    code: 'file_store_owned',
    message: expect.stringContaining(`process ${child.pid}`),
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using store = await FileStore.open({ directory });
  expect((await onDisk(directory)).ids).toEqual(idsOf(await store.list()));
});
