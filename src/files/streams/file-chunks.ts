import { nanoid } from 'nanoid';
import type { FileChunk, FileStreams } from './file-streams.ts';

/** Where the chunks of an open file come from, and how far ahead they are asked for. */
export interface ChunkSource {
  readonly files: FileStreams;
  readonly handleId: string;
  /** Where to begin. */
  readonly offset: number;
  /** What is known of the file's size: nobody reads ahead beyond it. */
  readonly size: number;
  readonly chunkBytes: number;
  /** Reads that are under way at a time. */
  readonly pipeline: number;
  readonly signal?: AbortSignal | undefined;
  /** A buffer for one read; its owner is whoever gets the chunk. */
  takeBuffer(): Uint8Array;
}

/** An id that no other handle of any connection has. */
export function newHandleId(purpose: string): string {
  return `${purpose}-${nanoid()}`;
}

/**
 * The chunks of an open file in order, up to its end, with up to `pipeline` reads under way at a time. When it is left, the reads
 * under way have ended. Fails as `read` does.
 */
export async function* chunksInOrder(source: ChunkSource): AsyncGenerator<FileChunk, void, void> {
  const { chunkBytes, pipeline } = source;
  const underWay: Promise<FileChunk>[] = [];
  let offset = source.offset;
  const ask = (): void => {
    const read = source.files.read(source.handleId, offset, chunkBytes, {
      into: source.takeBuffer(),
      signal: source.signal,
    });
    // A read that fails before its turn is heard of when its turn comes.
    read.catch(() => undefined);
    underWay.push(read);
    offset += chunkBytes;
  };
  try {
    for (;;) {
      // The first is asked for whatever the size: only the file itself knows where it ends.
      while (underWay.length === 0 || (underWay.length < pipeline && offset < source.size)) ask();
      const chunk = await underWay.shift();
      if (chunk === undefined) return;
      if (chunk.data.byteLength > 0) yield chunk;
      if (chunk.eof) return;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
