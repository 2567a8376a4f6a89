import { createHash, type Hash } from 'node:crypto';
import { FileError, fileCancelled } from '../file-error.ts';
import { ChunkBuffers } from './chunk-buffers.ts';
import type { CopyPlan } from './copy-options.ts';
import { chunksInOrder, newHandleId } from './file-chunks.ts';
import type { FileFacts, FileStreams } from './file-streams.ts';

/** What is known of a copy, whatever becomes of its connections. */
export class CopyState {
  /** Bytes that the target has acknowledged, without a gap. */
  bytes = 0;
  /** Of exactly those bytes. */
  hash: Hash = createHash('sha256');
  /** The source as it was when the copy began. */
  source: FileFacts | undefined;
  /** Whether all has been written and closed. */
  isWritten = false;
  retries = 0;

  acknowledge(data: Uint8Array): void {
    this.hash.update(data);
    this.bytes += data.byteLength;
  }

  beginAgain(): void {
    this.hash = createHash('sha256');
    this.bytes = 0;
  }
}

/** Writes from where `state` has come to up to the source's end. On a failure, `state` tells what was acknowledged. */
export async function writeRest(
  plan: CopyPlan,
  state: CopyState,
  source: FileStreams,
  target: FileStreams,
): Promise<void> {
  if (!target.resumesWrites) state.beginAgain();
  const reading = newHandleId('copy');
  const writing = newHandleId('copy');
  try {
    await source.openRead(reading, plan.from.path, { signal: plan.signal });
    const size = checkUnchanged(plan, state, await source.stat(reading));
    await target.openWrite(writing, plan.to.path, { offset: state.bytes, signal: plan.signal });
    await pump(plan, state, { source, reading, size, target, writing });
    await target.close(writing);
  } finally {
    // After a failure, what closing has to say adds nothing; after a success the target is closed already.
    await Promise.allSettled([source.close(reading), target.close(writing)]);
  }
  state.isWritten = true;
}

/** A source that changed between two connections would be spliced of two files. Returns its size. */
function checkUnchanged(plan: CopyPlan, state: CopyState, found: FileFacts): number {
  const { path } = plan.from;
  state.source ??= found;
  if (state.source.size === found.size && state.source.modifiedAtMs === found.modifiedAtMs) return found.size;
  throw new FileError(
    'file_changed',
    `${path} was changed while it was copied. Copy it again from the beginning.`,
    {
      path,
    },
  );
}

interface OpenEnds {
  readonly source: FileStreams;
  readonly reading: string;
  readonly size: number;
  readonly target: FileStreams;
  readonly writing: string;
}

interface WriteUnderWay {
  readonly data: Uint8Array;
  readonly written: Promise<unknown>;
}

/** Reads ahead and writes behind, `pipeline` chunks each, in buffers that go round. */
async function pump(plan: CopyPlan, state: CopyState, ends: OpenEnds): Promise<void> {
  const { source: files, reading: handleId, size } = ends;
  const writes: WriteUnderWay[] = [];
  const buffers = new ChunkBuffers(plan.chunkBytes);
  const acknowledgeFirst = async (): Promise<void> => {
    const [first] = writes;
    if (first === undefined) return;
    await first.written;
    writes.shift();
    state.acknowledge(first.data);
    buffers.give(first.data);
    plan.onProgress({ bytes: state.bytes, size, retries: state.retries });
  };
  const takeBuffer = (): Uint8Array => buffers.take();
  const { chunkBytes, pipeline, signal } = plan;
  const offset = state.bytes;
  try {
    for await (const { data } of chunksInOrder({
      files,
      handleId,
      offset,
      size,
      chunkBytes,
      pipeline,
      signal,
      takeBuffer,
    })) {
      if (signal?.aborted === true) throw fileCancelled(signal, { path: plan.from.path });
      if (writes.length >= pipeline) await acknowledgeFirst();
      const written = ends.target.write(ends.writing, data);
      // One that fails before its turn is heard of when its turn comes.
      written.catch(() => undefined);
      writes.push({ data, written });
    }
    while (writes.length > 0) await acknowledgeFirst();
  } finally {
    // No buffer may be in use, and no byte unaccounted for, when the copy goes on elsewhere.
    await acknowledgeSettled(state, writes);
  }
}

/** After a failure: what was written before it counts, up to the first write that failed too. */
async function acknowledgeSettled(state: CopyState, writes: readonly WriteUnderWay[]): Promise<void> {
  const settled = await Promise.allSettled(writes.map(({ written }) => written));
  const failed = settled.findIndex(({ status }) => status === 'rejected');
  for (const { data } of writes.slice(0, failed < 0 ? writes.length : failed)) state.acknowledge(data);
}

/** Reads the target back; `file_checksum_mismatch` when it is not what was copied. */
export async function verifyTarget(plan: CopyPlan, state: CopyState, files: FileStreams): Promise<void> {
  const handleId = newHandleId('verify');
  const hash = createHash('sha256');
  const buffers = new ChunkBuffers(plan.chunkBytes);
  const takeBuffer = (): Uint8Array => buffers.take();
  try {
    await files.openRead(handleId, plan.to.path, { signal: plan.signal });
    const { chunkBytes, pipeline, signal } = plan;
    const source = {
      files,
      handleId,
      offset: 0,
      size: state.bytes,
      chunkBytes,
      pipeline,
      signal,
      takeBuffer,
    };
    for await (const { data } of chunksInOrder(source)) {
      hash.update(data);
      buffers.give(data);
    }
  } finally {
    await Promise.allSettled([files.close(handleId)]);
  }
  if (hash.digest('hex') === state.hash.copy().digest('hex')) return;
  const { path } = plan.to;
  throw new FileError(
    'file_checksum_mismatch',
    `${path} does not hold what was copied into it. Copy it again.`,
    { path },
  );
}
