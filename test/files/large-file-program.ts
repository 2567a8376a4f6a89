/** Stages a file of so many MiB, copies it on, and prints by how much the process grew at its highest: `large-file-program.ts FOLDER MIB`. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStore } from '../../src/files/file-store.ts';
import { LocalFileStreams } from '../../src/files/index.ts';

const [, , folder = '', mebibytes = '0'] = process.argv;
const path = join(folder, 'large.bin');
const handle = await open(path, 'w');
await handle.truncate(Number(mebibytes) * 1_048_576);
await handle.close();

await using store = await FileStore.open({ directory: join(folder, 'store') });
await using files = new LocalFileStreams();
globalThis.gc?.();
const idle = process.memoryUsage.rss();
const staged = await store.stage(path);
await store.upload(staged, { files, path: join(folder, 'copied.bin') });
const highest = process.resourceUsage().maxRSS * 1_024;
process.stdout.write(JSON.stringify({ bytes: staged.size, extraBytes: highest - idle }));
