import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FileError } from '../file-error.ts';
import { writeAll } from '../write-all.ts';
import type { FileChunk, FileFacts } from './file-streams.ts';
import type { OpenPath } from './served-roots.ts';

/** Permissions of a file that a write creates, less the process's umask, as for any other program. */
const createdMode = 0o666;

/** A FIFO must be found out, not waited for. */
const nonBlocking = constants.O_NONBLOCK ?? 0;

const openAnywhere: OpenPath = (path, flags, mode) => open(path, flags, mode);

/** An open regular file of this machine. It knows nothing of ids and turns: whoever holds it keeps its operations apart. */
export class RegularFile {
  readonly #handle: FileHandle;
  /** The size when it was last looked at: what lies before it needs no further look to know that it is not the end. */
  #knownSize: number;
  #writeOffset = 0;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#knownSize = size;
  }

  /** Opens for reading. Throws what the system throws, or `file_not_regular`. */
  static forReading(path: string, openPath: OpenPath = openAnywhere): Promise<RegularFile> {
    return RegularFile.#open(path, constants.O_RDONLY, openPath);
  }

  /** Opens for writing, creates where needed, and cuts the file to its first `offset` bytes. `file_changed` when it has fewer. */
  static async forWriting(
    path: string,
    offset: number,
    openPath: OpenPath = openAnywhere,
  ): Promise<RegularFile> {
    const create = offset === 0 ? constants.O_CREAT : 0;
    const file = await RegularFile.#open(path, constants.O_WRONLY | create, openPath);
    try {
      await file.#cutTo(path, offset);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Not O_TRUNC: nothing is cut before it is known to be a regular file. */
  static async #open(path: string, flags: number, openPath: OpenPath): Promise<RegularFile> {
    const handle = await openPath(path, flags | nonBlocking, createdMode);
    try {
      const facts = await handle.stat();
      if (facts.isFile()) return new RegularFile(handle, facts.size);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    throw new FileError(
      'file_not_regular',
      `${path} is no regular file; folders, FIFOs, sockets and devices are refused.`,
      {
        path,
      },
    );
  }

  async #cutTo(path: string, offset: number): Promise<void> {
    if (offset > this.#knownSize)
      throw new FileError(
        'file_changed',
        `${path} has ${this.#knownSize} bytes; the writer that goes on had written ${offset}. Begin again from 0.`,
        { path },
      );
    await this.#handle.truncate(offset);
    this.#writeOffset = offset;
  }

  /** Fills `target` from `offset` on, less where the file ends. */
  async read(offset: number, target: Uint8Array): Promise<FileChunk> {
    for (let filled = 0; ; ) {
      const { bytesRead } = await this.#handle.read(
        target,
        filled,
        target.byteLength - filled,
        offset + filled,
      );
      if (bytesRead === 0) return { data: target.subarray(0, filled), eof: true };
      filled += bytesRead;
      const eof = await this.#endsAt(offset + filled);
      if (eof || filled === target.byteLength) return { data: target.subarray(0, filled), eof };
    }
  }

  /** Whether the file ends at `offset`, looked up only where the size that is known does not reach beyond it. */
  async #endsAt(offset: number): Promise<boolean> {
    if (offset >= this.#knownSize) this.#knownSize = (await this.#handle.stat()).size;
    return offset >= this.#knownSize;
  }

  /** Writes all of `data` behind what was written before; returns the offset behind it. */
  async write(data: Uint8Array): Promise<number> {
    await writeAll(this.#handle, data, this.#writeOffset);
    this.#writeOffset += data.byteLength;
    return this.#writeOffset;
  }

  async facts(): Promise<FileFacts> {
    const { size, mtimeMs } = await this.#handle.stat();
    this.#knownSize = size;
    return { size, modifiedAtMs: mtimeMs };
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
