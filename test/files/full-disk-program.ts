/** Stages and writes files that are too large for the disk, and prints what comes of it. Run on a small disk, or with a limit on the size of files. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../src/files/file-error.ts';
import { FileStore } from '../../src/files/file-store.ts';
import { chunkBytesMax, LocalFileStreams } from '../../src/files/index.ts';

const [, , directory = '', sources = ''] = process.argv;
// Without a listener the system ends the process; with one the write fails.
process.on('SIGXFSZ', () => undefined);

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'staged',
    (error: unknown) => (FileError.isInstance(error) ? `${error.code} ${error.errno}` : String(error)),
  );

/** Writes until nothing more goes; makes room again. */
async function streamed(path: string): Promise<void> {
  await using files = new LocalFileStreams();
  await files.openWrite('huge', path);
  await files.openRead('beside', path);
  try {
    for (let written = 0; written < 8 * 1_048_576; written += chunkBytesMax)
      await files.write('huge', Buffer.alloc(chunkBytesMax));
  } finally {
    // The failure has closed its own handle and no other.
    await files.read('beside', 0, 1);
    await files.openWrite('huge', path);
    await rm(path);
  }
}

await using store = await FileStore.open({ directory, freeBytesMin: 0 });
const small = join(sources, 'small.txt');
await writeFile(small, 'small');
const outcomes = {
  bytes: await codeOf(store.stage(Buffer.alloc(8 * 1_048_576))),
  path: await codeOf(store.stage(join(sources, 'huge.bin'))),
  streamed: await codeOf(streamed(join(directory, 'streamed.bin'))),
  after: await codeOf(store.stage(small)),
  list: (await store.list()).map(({ name }) => name),
  incoming: await readdir(join(directory, '.incoming')),
};
process.stdout.write(JSON.stringify(outcomes));
