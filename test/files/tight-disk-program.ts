/** Stages on a disk that has room for the copies, and at times none for the index; prints what it was told, and what is on the disk. */
import { open, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../src/files/file-error.ts';
import { FileStore } from '../../src/files/file-store.ts';

const pageBytes = 4_096;
const [, , directory = ''] = process.argv;
const store = await FileStore.open({ directory, freeBytesMin: 0 });
const filler = join(directory, 'filler');

/** Takes all that is free. */
async function fill(): Promise<void> {
  const handle = await open(filler, 'a');
  try {
    for (;;) await handle.write(Buffer.alloc(pageBytes));
  } catch {
    await handle.close();
  }
}

/** Leaves room for so much more. */
async function free(pages: number): Promise<void> {
  await truncate(filler, (await stat(filler)).size - pages * pageBytes);
}

const outcomes = { staged: 0, refused: 0 };
async function tried(work: Promise<unknown>): Promise<void> {
  try {
    await work;
    outcomes.staged += 1;
  } catch (error) {
    if (!FileError.isInstance(error) || error.code !== 'file_no_space') throw error;
    outcomes.refused += 1;
  }
}

const names = async (id: string) => (await readdir(join(directory, id))).length;
await fill();
for (let count = 0; count < 40; count += 1) {
  // For the copy; at first also for the index, whose next page must then do without.
  await free(count === 0 ? 2 : 1);
  await tried(store.stage(Buffer.from(`content ${count}`)));
  await fill();
}
const contents = { ...outcomes };
await free(3);
const { id } = await store.stage(Buffer.from('content'), { name: 'first.txt' });
await fill();
let named = 1;
for (let count = 0; count < 40; count += 1) {
  await free(1);
  const staged = outcomes.staged;
  await tried(store.stage(Buffer.from('content'), { name: `${count}.txt` }));
  named += outcomes.staged - staged;
  await fill();
}
const onDisk = (await readdir(directory)).filter((name) => /^[0-9a-f]{64}$/.test(name)).length;
const told = { listed: (await store.list()).length, onDisk, named, namesOnDisk: await names(id) };
process.stdout.write(JSON.stringify({ contents, all: outcomes, ...told }));
await store.close();
