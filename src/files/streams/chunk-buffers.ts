/** Free buffers that are kept for reuse; more are left to the garbage collector. */
export const freeBuffersMax = 32;

/** Buffers of one size, used again and again: a new one for each chunk costs more than copying the chunk. */
export class ChunkBuffers {
  readonly #chunkBytes: number;
  readonly #free: Buffer[] = [];
  /** Buffers that were lent, by the memory they stand for. */
  readonly #lent = new Map<ArrayBufferLike, Buffer>();

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  take(): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#chunkBytes);
    this.#lent.set(buffer.buffer, buffer);
    return buffer;
  }

  /** Takes back a buffer, given whole or by a part of it, that nobody reads any more. What was not lent here is passed over. */
  give(part: Uint8Array): void {
    const buffer = this.#lent.get(part.buffer);
    if (buffer === undefined) return;
    this.#lent.delete(part.buffer);
    if (this.#free.length < freeBuffersMax) this.#free.push(buffer);
  }
}
