/** What staging costs, against `sha256sum` and `cp`, and what the event loop feels of it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { FileStore } from '../../src/files/index.ts';
import { type Figure, interleaved, median, type Ratio, report } from '../measure.ts';

const mib = 1_048_576;
const largeBytes = 256 * mib;
const hugeBytes = 1_024 * mib;
const smallFiles = 2_000;
const copiedOneByOne = 200;
const smallBytes = 2_048;

const figures: Figure[] = [];
const ratios: Ratio[] = [];
const folder = await mkdtemp(join(tmpdir(), 'codex-actors-bench-'));

async function run(command: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with code ${code}`);
}

/** Bytes that no file system can leave out. */
async function writeLarge(path: string, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(mib);
  const file = await open(path, 'w');
  for (let at = 0; at < bytes; at += mib) {
    for (let offset = 0; offset < mib; offset += 8) chunk.writeDoubleLE(at + offset, offset);
    await file.write(chunk);
  }
  await file.close();
}

/** Stages a file that the store does not have, and gives it up again, so that the disk stays as it was. */
async function stageAnew(store: FileStore, path: string): Promise<void> {
  const { id } = await store.stage(path);
  await store.release(id);
}

async function large(store: FileStore): Promise<void> {
  const path = join(folder, 'large.bin');
  await writeLarge(path, largeBytes);
  const copy = join(folder, 'copy.bin');
  const [staging = [], hashing = [], copying = []] = await interleaved(
    [
      () => stageAnew(store, path),
      () => run('sha256sum', path),
      () => run('cp', path, copy).then(() => rm(copy)),
    ],
    7,
    1,
  );
  const rate = (samples: readonly number[]) => (largeBytes / mib / median(samples)) * 1_000;
  const name = 'one file of 256 MiB';
  figures.push({ name, subject: 'codex-actors, staged', value: rate(staging), unit: 'MiB/s' });
  figures.push({ name, subject: 'sha256sum', value: rate(hashing), unit: 'MiB/s' });
  figures.push({ name, subject: 'cp', value: rate(copying), unit: 'MiB/s' });
  ratios.push({
    name: 'staging over the slower of sha256sum and cp',
    value: rate(staging) / Math.min(rate(hashing), rate(copying)),
    limit: 0.85,
    want: 'at least',
  });
  await rm(path);
}

async function eventLoop(store: FileStore): Promise<void> {
  const path = join(folder, 'huge.bin');
  await writeLarge(path, hugeBytes);
  globalThis.gc?.();
  const idle = process.memoryUsage().rss;
  let rss = idle;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await store.stage(path, {
    onProgress: () => {
      rss = Math.max(rss, process.memoryUsage().rss);
    },
  });
  delay.disable();
  const name = 'while 1 GiB is staged';
  // What the histogram has of its own timer's millisecond is not a delay.
  const p99 = delay.percentile(99) / 1e6 - 1;
  figures.push({ name: `event-loop delay ${name}, p99`, subject: 'codex-actors', value: p99, unit: 'ms' });
  figures.push({
    name: `memory beyond idle ${name}`,
    subject: 'codex-actors',
    value: rss - idle,
    unit: 'bytes',
  });
  ratios.push({ name: 'event-loop delay in ms, p99', value: p99, limit: 10, want: 'at most' });
  ratios.push({ name: 'MiB beyond idle', value: (rss - idle) / mib, limit: 64, want: 'at most' });
  await store.reset();
  await rm(path);
}

async function small(store: FileStore): Promise<void> {
  const sources = join(folder, 'small');
  const copies = join(folder, 'copies');
  await mkdir(sources);
  await mkdir(copies);
  const paths = Array.from({ length: smallFiles }, (_, index) => join(sources, `${index}.txt`));
  for (const [index, path] of paths.entries()) await writeFile(path, `${index}`.padEnd(smallBytes, '.'));
  const perMinute = (count: number, elapsedMs: number) => (count / elapsedMs) * 60_000;
  const start = performance.now();
  await Promise.all(paths.map((path) => store.stage(path)));
  const staged = perMinute(smallFiles, performance.now() - start);
  const copyStart = performance.now();
  for (const path of paths.slice(0, copiedOneByOne)) execFileSync('cp', [path, copies]);
  const copied = perMinute(copiedOneByOne, performance.now() - copyStart);
  const name = 'files of 2 KiB';
  figures.push({ name, subject: 'codex-actors, staged', value: staged, unit: 'files/min' });
  figures.push({ name, subject: 'cp, one by one', value: copied, unit: 'files/min' });
  ratios.push({
    name: 'small files a minute over 10,000',
    value: staged / 10_000,
    limit: 1,
    want: 'at least',
  });
  ratios.push({ name: 'small files over cp one by one', value: staged / copied, limit: 1, want: 'at least' });
}

try {
  await using store = await FileStore.open({ directory: join(folder, 'store'), freeBytesMin: 0 });
  await large(store);
  await eventLoop(store);
  await small(store);
} finally {
  await rm(folder, { recursive: true, force: true });
}
report({ suite: 'file-staging', figures, ratios });
