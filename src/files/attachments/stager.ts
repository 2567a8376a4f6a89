import { lstat } from 'node:fs/promises';
import { FileError, fileCancelled, fileErrorFrom } from '../file-error.ts';
import type { Attachment } from './attachment.ts';
import { contentTypeOf } from './content-type.ts';
import type { CopiedBytes, CopyLimits } from './incoming-file.ts';
import { type RegistryClient, storeClosed } from './registry-client.ts';
import { safeName } from './safe-name.ts';
import type { ReadableSource } from './source.ts';
import { copyChunksIn } from './stage-chunks.ts';
import type { CheckedStageOptions } from './stage-options.ts';
import type { FilesEstate } from './staged-files.ts';
import { type CopyOptions, ownObserver, StagingPool } from './staging-pool.ts';
import { StagingSlots } from './staging-slots.ts';

/** One staging: what, as what, and for whom. */
export interface Staging extends CheckedStageOptions, CopyOptions {
  readonly source: ReadableSource;
  readonly name: string;
  readonly scoped: boolean;
}

/** Brings sources into the store: copies on the side, beside each other, and then asks the registry to take the copy in. */
export class Stager {
  readonly #estate: FilesEstate;
  readonly #registry: RegistryClient;
  readonly #pool = new StagingPool();
  readonly #slots = new StagingSlots();

  constructor(estate: FilesEstate, registry: RegistryClient) {
    this.#estate = estate;
    this.#registry = registry;
  }

  /** Stages a source. Whatever fails, nothing of it stays. */
  async stage(staging: Staging): Promise<Attachment> {
    await this.#slots.enter(staging.signal);
    try {
      await this.#registry.call({ type: 'files.open' });
      return await this.#copyAndCommit(staging);
    } finally {
      this.#slots.leave();
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #copyAndCommit(staging: Staging): Promise<Attachment> {
    const { source, scoped, ttlMs, persist, signal } = staging;
    const incoming = this.#estate.area.incoming();
    try {
      const { checksum: id, size, head } = await this.#copy(staging, incoming.path);
      checkChecksum(staging, id);
      if (signal?.aborted === true) throw fileCancelled(signal);
      const name = safeName(staging.name);
      return await this.#registry.call({
        type: 'files.commit',
        incomingPath: incoming.path,
        content: { id, size, contentType: contentTypeOf(head, name) },
        name,
        ttlMs,
        persist,
        scoped,
      });
    } catch (error) {
      // Whatever it was: workers are ended and the folder is given up as a store closes.
      if (this.#registry.isClosed) throw storeClosed();
      throw error instanceof Error && 'errno' in error
        ? fileErrorFrom(error, source.kind === 'path' ? { path: source.path } : {})
        : error;
    } finally {
      await incoming.end();
    }
  }

  async #copy(staging: Staging, incomingPath: string): Promise<CopiedBytes> {
    const { source, persist: durable, within } = staging;
    const limits = this.#limits(staging.maxBytes);
    if (source.kind === 'chunks') {
      const { chunks, total } = source;
      return copyChunksIn({ chunks, total, incomingPath, limits, durable }, ownObserver(staging));
    }
    const { size } = await lstat(source.path);
    const task = { sourcePath: source.path, within, incomingPath, limits, durable };
    return this.#pool.copy(task, size, staging);
  }

  #limits(maxBytes: number | undefined): CopyLimits {
    const { fileBytesMax, freeBytesMin } = this.#estate.limits;
    return maxBytes !== undefined && maxBytes < fileBytesMax
      ? { bytesMax: maxBytes, bytesMaxName: 'maxBytes', freeBytesMin }
      : { bytesMax: fileBytesMax, bytesMaxName: 'fileBytesMax', freeBytesMin };
  }
}

function checkChecksum({ checksum, source }: Staging, found: string): void {
  if (checksum === undefined || checksum === found) return;
  throw new FileError(
    'file_checksum_mismatch',
    `The file has the SHA-256 ${found}, not ${checksum}. Fetch it again from where it came.`,
    source.kind === 'path' ? { path: source.path } : {},
  );
}
