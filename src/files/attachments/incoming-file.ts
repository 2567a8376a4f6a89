import { createHash } from 'node:crypto';
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import { FileError } from '../file-error.ts';
import { writeAll } from '../write-all.ts';
import { headBytes } from './content-type.ts';

/** How often a long copy looks at the free space, in bytes written. */
const spaceCheckedEveryBytes = 67_108_864;

/** What bounds one copy. */
export interface CopyLimits {
  /** The limit that `bytesMax` comes from, as errors name it. */
  readonly bytesMaxName: string;
  readonly bytesMax: number;
  readonly freeBytesMin: number;
}

/** What a copy turned out to be. */
export interface CopiedBytes {
  readonly checksum: string;
  readonly size: number;
  /** The first bytes, for the content type. */
  readonly head: Uint8Array;
}

/**
 * A file on its way into the store: written and hashed in one pass, private to this user, and removed unless it is finished.
 */
export class IncomingFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #limits: CopyLimits;
  readonly #hash = createHash('sha256');
  readonly #head = Buffer.alloc(headBytes);
  #headLength = 0;
  #size = 0;
  #nextSpaceCheck = spaceCheckedEveryBytes;

  private constructor(path: string, handle: FileHandle, limits: CopyLimits) {
    this.#path = path;
    this.#handle = handle;
    this.#limits = limits;
  }

  /** @param expectedBytes What is known of the size beforehand, so that a file that cannot fit is refused before it is copied. */
  static async create(path: string, limits: CopyLimits, expectedBytes = 0): Promise<IncomingFile> {
    checkSize(expectedBytes, limits);
    await checkSpace(path, expectedBytes, limits);
    return new IncomingFile(path, await open(path, 'wx', 0o600), limits);
  }

  get size(): number {
    return this.#size;
  }

  /** Writes and hashes at the same time. The caller leaves `chunk` alone until this has settled. */
  async write(chunk: Uint8Array): Promise<void> {
    const size = this.#size + chunk.byteLength;
    checkSize(size, this.#limits);
    if (size >= this.#nextSpaceCheck) {
      await checkSpace(this.#path, chunk.byteLength, this.#limits);
      this.#nextSpaceCheck = size + spaceCheckedEveryBytes;
    }
    const writing = writeAll(this.#handle, chunk, this.#size);
    this.#hash.update(chunk);
    this.#keepHead(chunk);
    await writing;
    this.#size = size;
  }

  /** Closes the file. @param durable Whether it must survive a failure of power. */
  async finish(durable: boolean): Promise<CopiedBytes> {
    const written = (await this.#handle.stat()).size;
    if (written !== this.#size) {
      throw new FileError('file_io_failed', `${this.#size} bytes were written, ${written} are in the copy.`);
    }
    if (durable) await this.#handle.datasync();
    await this.#handle.close();
    const head = Uint8Array.from(this.#head.subarray(0, this.#headLength));
    return { checksum: this.#hash.digest('hex'), size: this.#size, head };
  }

  /** Leaves nothing behind. Never rejects. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    // A copy that cannot be removed now is removed when the store is next opened.
    await unlink(this.#path).catch(() => undefined);
  }

  #keepHead(chunk: Uint8Array): void {
    if (this.#headLength === headBytes) return;
    const kept = chunk.subarray(0, headBytes - this.#headLength);
    this.#head.set(kept, this.#headLength);
    this.#headLength += kept.byteLength;
  }
}

function checkSize(bytes: number, { bytesMax, bytesMaxName }: CopyLimits): void {
  if (bytes > bytesMax) throw new LimitExceededError(bytesMaxName, bytesMax, bytes);
}

async function checkSpace(path: string, bytes: number, { freeBytesMin }: CopyLimits): Promise<void> {
  if (freeBytesMin === 0) return;
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize - bytes >= freeBytesMin) return;
  throw new FileError(
    'file_no_space',
    `Staging would leave less than freeBytesMin (${freeBytesMin} bytes) free on the disk. Free some space, or lower freeBytesMin.`,
  );
}
