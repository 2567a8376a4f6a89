/** Copies a file of so many MiB to a service, and prints by how much the process grew: `copy-memory.ts SOCKET FROM TO MIB`. */
import { open } from 'node:fs/promises';
import { connectFiles, connectUnixSocket, copy, LocalFileStreams } from '../../src/files/index.ts';

const [, , socketPath = '', from = '', to = '', mebibytes = '0'] = process.argv;
const handle = await open(from, 'w');
await handle.truncate(Number(mebibytes) * 1_048_576);
await handle.close();

await using remote = connectFiles(await connectUnixSocket(socketPath));
await using files = new LocalFileStreams();
globalThis.gc?.();
const idle = process.memoryUsage.rss();
let highest = idle;
const onProgress = (): void => {
  highest = Math.max(highest, process.memoryUsage.rss());
};
const { bytes } = await copy({ files, path: from }, { files: remote, path: to }, { onProgress });
process.stdout.write(JSON.stringify({ bytes, extraBytes: highest - idle }));
