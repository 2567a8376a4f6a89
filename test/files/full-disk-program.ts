/** Stages files that are too large for the disk, and prints what comes of it. Run with a limit on the size of files. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../src/files/file-error.ts';
import { FileStore } from '../../src/files/file-store.ts';

const [, , directory = '', sources = ''] = process.argv;
// Without a listener the system ends the process; with one the write fails.
process.on('SIGXFSZ', () => undefined);

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'staged',
    (error: unknown) => (FileError.isInstance(error) ? `${error.code} ${error.errno}` : String(error)),
  );

await using store = await FileStore.open({ directory, freeBytesMin: 0 });
const small = join(sources, 'small.txt');
await writeFile(small, 'small');
const outcomes = {
  bytes: await codeOf(store.stage(Buffer.alloc(8 * 1_048_576))),
  path: await codeOf(store.stage(join(sources, 'huge.bin'))),
  after: await codeOf(store.stage(small)),
  list: (await store.list()).map(({ name }) => name),
  incoming: await readdir(join(directory, '.incoming')),
};
process.stdout.write(JSON.stringify(outcomes));
