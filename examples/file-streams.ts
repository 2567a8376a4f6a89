/** Moves a large file between two hosts: a service of its own process, a connection that breaks half-way, and a checksum at the end. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  connectFiles,
  connectUnixSocket,
  copy,
  FileError,
  LocalFileStreams,
  listenUnixSocket,
  serveFiles,
} from 'codex-actors/files';

const folder = await mkdtemp(path.join(tmpdir(), 'file-streams-'));
const source = path.join(folder, 'dataset.bin');
const target = path.join(folder, 'copy.bin');
await writeFile(source, randomBytes(8 * 1_048_576));

// The far host: only what lies below the folder can be opened, and only by this user.
const listener = await listenUnixSocket(path.join(folder, 'files.sock'), (transport) =>
  serveFiles(transport, { roots: [folder] }),
);

// The near host. The first connection is lost on the way; the copy makes another and goes on.
await using files = new LocalFileStreams();
const connections: ReturnType<typeof connectFiles>[] = [];
const connect = async () => {
  const connection = connectFiles(await connectUnixSocket(listener.address));
  connections.push(connection);
  return connection;
};
const result = await copy(
  { files: connect, path: source },
  { files, path: target },
  {
    onProgress: ({ bytes, size, retries }) => {
      process.stdout.write(`${Math.round((100 * bytes) / size)} % after ${retries} retries\n`);
      if (bytes > size / 2 && retries === 0) void connections[0]?.[Symbol.asyncDispose]();
    },
  },
);
assert.equal(result.retries, 1);
assert.deepEqual(await readFile(target), await readFile(source));

// Nothing else of the far host can be reached.
const curious = await connect();
const refused = await curious.openRead('passwords', '/etc/passwd').catch((error: unknown) => error);
assert.ok(FileError.isInstance(refused) && refused.code === 'file_outside_roots');
await curious[Symbol.asyncDispose]();

await listener.close();
await rm(folder, { recursive: true });
process.stdout.write(`${result.bytes} bytes, SHA-256 ${result.sha256}\n`);
