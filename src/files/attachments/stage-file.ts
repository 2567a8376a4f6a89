import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FileError } from '../file-error.ts';
import { ServedRoots } from '../streams/served-roots.ts';
import { type CopiedBytes, type CopyLimits, IncomingFile } from './incoming-file.ts';

/** One copy of a file into the store; plain data, so that a worker can be asked to do it. */
export interface CopyTask {
  readonly sourcePath: string;
  /** The folder that links must not lead out of; undefined when no link is followed. */
  readonly within: string | undefined;
  readonly incomingPath: string;
  readonly limits: CopyLimits;
  /** Whether the copy must survive a failure of power. */
  readonly durable: boolean;
  /** Bytes read at once. */
  readonly chunkBytes: number;
}

/** How whoever asked for a copy follows it, and calls it off. */
export interface CopyObserver {
  /** Throws to call it off; asked between two chunks. */
  checkpoint(): void;
  /** @param bytes Copied so far. @param total In all. */
  progress(bytes: number, total: number): void;
}

/**
 * Copies a regular file and hashes it in the same pass: while one chunk is hashed and written, the next is read.
 *
 * Fails with `file_not_regular` for folders, FIFOs, sockets, devices and links, `file_changed` when the source was changed or removed
 * meanwhile, `LimitExceededError`, `file_no_space`, or what the system says. Nothing of the copy stays then.
 */
export async function copyFileIn(task: CopyTask, observer: CopyObserver): Promise<CopiedBytes> {
  const source = await openSource(task);
  try {
    const before = await regularFacts(source, task.sourcePath);
    const total = Number(before.size);
    const incoming = await IncomingFile.create(task.incomingPath, task.limits, total);
    try {
      await pump(source, incoming, task.chunkBytes, total, observer);
      checkUnchanged(task.sourcePath, before, await source.stat({ bigint: true }), incoming.size);
      return await incoming.finish(task.durable);
    } catch (error) {
      await incoming.discard();
      throw error;
    }
  } finally {
    await source.close();
  }
}

/** A FIFO without a writer is found out, not waited for. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

async function openSource({ sourcePath, within }: CopyTask): Promise<FileHandle> {
  if (within !== undefined) return (await ServedRoots.of([within])).open(sourcePath, readOnly);
  return open(sourcePath, readOnly | (constants.O_NOFOLLOW ?? 0));
}

async function regularFacts(source: FileHandle, path: string): Promise<BigIntStats> {
  const facts = await source.stat({ bigint: true });
  if (facts.isFile()) return facts;
  throw new FileError(
    'file_not_regular',
    `${path} is no regular file; folders, FIFOs, sockets and devices are refused.`,
    { path },
  );
}

async function pump(
  source: FileHandle,
  incoming: IncomingFile,
  chunkBytes: number,
  total: number,
  observer: CopyObserver,
): Promise<void> {
  let current: Buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, Math.max(total, 1)));
  let other: Buffer | undefined;
  let reading = source.read(current, 0, current.length, 0);
  // More bytes than there were: it has grown, and that is found out below.
  while (incoming.size <= total) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) return;
    observer.checkpoint();
    const position = incoming.size + bytesRead;
    // Where nothing more is expected, one byte shows whether that is so.
    other ??= Buffer.allocUnsafeSlow(position < total ? current.length : 1);
    reading = source.read(other, 0, other.length, position);
    // When the write fails first, nobody waits for the read any more.
    reading.catch(() => undefined);
    await incoming.write(current.subarray(0, bytesRead));
    observer.progress(incoming.size, total);
    [current, other] = [other, current];
  }
}

/** Also the times are compared: a file that was written over with as many bytes has changed too. */
function checkUnchanged(path: string, before: BigIntStats, after: BigIntStats, bytesRead: number): void {
  const same =
    after.nlink > 0n &&
    after.size === before.size &&
    after.mtimeNs === before.mtimeNs &&
    after.ctimeNs === before.ctimeNs &&
    before.size === BigInt(bytesRead);
  if (same) return;
  throw new FileError(
    'file_changed',
    `${path} was changed or removed while it was read. Stage it again once nobody writes to it.`,
    { path },
  );
}
