import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { type CopiedBytes, type CopyLimits, IncomingFile } from './incoming-file.ts';
import type { CopyObserver } from './stage-file.ts';

/** Bytes hashed at once, so that the event loop gets its turn in between. */
const sliceBytes = 262_144;

/** One copy of what an application hands over piece by piece. */
export interface ChunksTask {
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Bytes in all, where it is known beforehand. */
  readonly total: number | undefined;
  readonly incomingPath: string;
  readonly limits: CopyLimits;
  readonly durable: boolean;
}

/**
 * Copies and hashes chunks as they come, and takes the next only when the last is written. Fails with what the source throws, with
 * `InvalidOptionError` for a chunk that is neither bytes nor text, with `LimitExceededError` or `file_no_space`. Nothing of the copy stays then,
 * and the source is closed.
 */
export async function copyChunksIn(task: ChunksTask, observer: CopyObserver): Promise<CopiedBytes> {
  const incoming = await IncomingFile.create(task.incomingPath, task.limits, task.total);
  try {
    for await (const chunk of task.chunks) {
      const bytes = bytesOf(chunk);
      for (let at = 0; at < bytes.byteLength; at += sliceBytes) {
        observer.checkpoint();
        await incoming.write(bytes.subarray(at, at + sliceBytes));
        observer.progress(incoming.size, task.total ?? incoming.size);
      }
    }
    observer.checkpoint();
    return await incoming.finish(task.durable);
  } catch (error) {
    await incoming.discard();
    throw error;
  }
}

/** A stream of text gives text. */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new InvalidOptionError('source', chunk, 'a stream of bytes (Uint8Array) or of text');
}
