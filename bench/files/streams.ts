/** How fast files stream, against the least code that moves the same bytes in the same way; and what a copy of 1 GiB costs in memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectExecServer,
  connectFiles,
  connectUnixSocket,
  connectWebSocket,
  copy,
  type FileStreams,
  LocalFileStreams,
} from '../../src/files/index.ts';
import { startExecServer } from '../../test/files/exec-server.ts';
import { type Figure, interleaved, median, type Ratio, report } from '../measure.ts';
import { BareExecServer, bareCopy, bareRead, bareServiceRead, chunkBytes } from './bare-loops.ts';

const mebibyte = 1_048_576;
const figures: Figure[] = [];
const ratios: Ratio[] = [];
const folder = await mkdtemp(join(tmpdir(), 'bench-streams-'));
const children: ChildProcess[] = [];

async function made(name: string, mebibytes: number): Promise<string> {
  const path = join(folder, name);
  const handle = await open(path, 'w');
  const block = Buffer.from(Uint8Array.from({ length: mebibyte }, (_, index) => (index * 167) & 0xff));
  for (let written = 0; written < mebibytes; written += 1) await handle.write(block);
  await handle.close();
  return path;
}

/** Reads a whole file in chunks of its own size, `inFlight` reads at a time, and keeps none of it. */
async function readAll(
  files: FileStreams,
  path: string,
  inFlight: number,
  bytes = chunkBytes,
): Promise<number> {
  await files.openRead('bench', path);
  let offset = 0;
  let total = 0;
  let ended = false;
  const worker = async (): Promise<void> => {
    const into = Buffer.allocUnsafeSlow(bytes);
    while (!ended) {
      const start = offset;
      offset += bytes;
      const { data, eof } = await files.read('bench', start, bytes, { into });
      total += data.byteLength;
      if (eof) ended = true;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  await files.close('bench');
  return total;
}

interface Contender {
  readonly name: string;
  readonly subject: string;
  readonly run: () => Promise<number>;
}

/** MiB/s of each contender, in turn. */
async function rates(mebibytes: number, rounds: number, contenders: readonly Contender[]): Promise<number[]> {
  const checked = contenders.map(({ run, name, subject }) => async () => {
    const bytes = await run();
    if (bytes !== mebibytes * mebibyte) throw new Error(`${name}, ${subject}: ${bytes} bytes arrived`);
  });
  const samples = await interleaved(checked, rounds, 1);
  return samples.map((taken, index) => {
    const value = mebibytes / (median(taken) / 1000);
    const { name = '', subject = '' } = contenders[index] ?? {};
    figures.push({ name, subject, value, unit: 'MiB/s' });
    return value;
  });
}

function atLeast(name: string, value: number, limit: number): void {
  ratios.push({ name, value, limit, want: 'at least' });
}

async function measureLocal(): Promise<void> {
  const path = await made('local', 512);
  const copied = join(folder, 'copied');
  await using files = new LocalFileStreams();
  const [bare = 0, ours = 0, bareCopied = 0, oursCopied = 0] = await rates(512, 9, [
    { name: 'local read, 256 KiB chunks', subject: 'bare', run: () => bareRead(path) },
    { name: 'local read, 256 KiB chunks', subject: 'codex-actors', run: () => readAll(files, path, 1) },
    { name: 'local copy', subject: 'bare', run: () => bareCopy(path, copied) },
    {
      name: 'local copy',
      subject: 'codex-actors',
      run: async () => (await copy({ files, path }, { files, path: copied }, { verify: false })).bytes,
    },
  ]);
  atLeast('local read over a bare fs loop', ours / bare, 0.9);
  figures.push({
    name: 'local copy with SHA-256 over bare without',
    subject: 'codex-actors',
    value: oursCopied / bareCopied,
    unit: 'ratio',
  });
}

async function startService(kind: 'bare' | 'ours', path: string): Promise<string> {
  const socketPath = join(folder, `${kind}.sock`);
  const script = new URL('./service-process.ts', import.meta.url).pathname;
  const child = fork(script, [kind, socketPath, path], { execArgv: ['--no-warnings'] });
  children.push(child);
  await once(child, 'message');
  return socketPath;
}

async function measureService(): Promise<void> {
  const path = await made('served', 256);
  const bareSocket = await startService('bare', path);
  await using files = connectFiles(await connectUnixSocket(await startService('ours', path)));
  const name = 'service over a unix socket';
  const [bare = 0, strict = 0, two = 0] = await rates(256, 9, [
    { name: `${name}, strict`, subject: 'bare', run: () => bareServiceRead(bareSocket) },
    { name: `${name}, strict`, subject: 'codex-actors', run: () => readAll(files, path, 1) },
    { name: `${name}, pipeline 2`, subject: 'codex-actors', run: () => readAll(files, path, 2) },
  ]);
  atLeast('service, strict, over a bare JSON-lines loop', strict / bare, 0.75);
  atLeast('service, pipeline 2, over a bare strict JSON-lines loop', two / bare, 0.95);
}

async function measureExecServer(): Promise<void> {
  const path = await made('remote', 256);
  await using server = await startExecServer();
  const { url, token } = server;
  await using files = await connectExecServer(await connectWebSocket(url, { token }));
  const bare = await BareExecServer.connect(url, token);
  const shapes = [
    [mebibyte, 2],
    [262_144, 8],
    [65_536, 8],
    [65_536, 16],
  ] as const;
  const ofBare = shapes.map(([bytes, inFlight]) => ({
    name: `exec-server, ${bytes / 1024} KiB blocks, ${inFlight} in flight`,
    subject: 'bare',
    run: () => bare.read(path, bytes, inFlight),
  }));
  const ofOurs = shapes.slice(1).map(([bytes, inFlight]) => ({
    name: `exec-server, ${bytes / 1024} KiB blocks, ${inFlight} in flight`,
    subject: 'codex-actors',
    run: () => readAll(files, path, inFlight, bytes),
  }));
  const measured = await rates(256, 5, [...ofBare, ...ofOurs]);
  bare.close();
  const best = (values: readonly number[]): number => Math.max(...values);
  const ratio = best(measured.slice(shapes.length)) / best(measured.slice(0, shapes.length));
  atLeast("exec-server, best over a bare client's best", ratio, 0.95);
}

/** Resident memory, at its highest, over what the process needs at rest, while 1 GiB is copied and read back. */
async function measureMemory(): Promise<void> {
  const path = await made('large', 1_024);
  await using files = new LocalFileStreams();
  globalThis.gc?.();
  const idle = process.memoryUsage.rss();
  let highest = idle;
  const onProgress = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  await copy({ files, path }, { files, path: join(folder, 'large-copy') }, { onProgress });
  const value = (highest - idle) / mebibyte;
  figures.push({
    name: 'RSS over idle while 1 GiB is copied',
    subject: 'codex-actors',
    value: value * mebibyte,
    unit: 'bytes',
  });
  ratios.push({ name: 'MiB of RSS over idle while 1 GiB is copied', value, limit: 64, want: 'at most' });
}

try {
  await measureMemory();
  await measureLocal();
  await measureService();
  await measureExecServer();
  report({ suite: 'file-streams', figures, ratios });
} finally {
  for (const child of children) child.disconnect();
  await rm(folder, { recursive: true });
}
