import { FileError, fileErrorFrom } from '../file-error.ts';
import type {
  FileChunk,
  FileFacts,
  FileOperationOptions,
  FileStreams,
  OpenWriteOptions,
  ReadOptions,
  WriteProgress,
} from './file-streams.ts';
import { HandleTable } from './handle-table.ts';
import { RegularFile } from './regular-file.ts';
import type { OpenPath } from './served-roots.ts';
import { checkHandleId, checkOffset, checkPath, checkRead, checkWrite } from './stream-arguments.ts';

/**
 * The files of this machine, by `node:fs`. A whole `FileStreams` of its own: its handles and their limit are its own too.
 *
 * @example
 * await using files = new LocalFileStreams();
 * await files.openWrite('report', '/srv/reports/today.txt');
 * await files.write('report', Buffer.from('all is well\n'));
 * await files.close('report');
 */
export class LocalFileStreams implements FileStreams {
  readonly resumesWrites = true;
  readonly #openPath: OpenPath | undefined;
  readonly #table = new HandleTable<RegularFile>({ underWayMax: 1, release: closeFile });

  /** @param openPath Opens paths, and refuses those that must not be. Default: whatever the process itself may open. */
  constructor(openPath?: OpenPath) {
    this.#openPath = openPath;
  }

  async openRead(handleId: string, path: string, options: FileOperationOptions = {}): Promise<void> {
    checkHandleId(handleId);
    checkPath(path);
    await this.#table.open(handleId, 'read', options.signal, () =>
      named({ path, handleId }, () => RegularFile.forReading(path, this.#openPath)),
    );
  }

  async read(
    handleId: string,
    offset: number,
    maxBytes: number,
    options: ReadOptions = {},
  ): Promise<FileChunk> {
    checkHandleId(handleId);
    checkRead(offset, maxBytes, options.into);
    return this.#table.use(
      handleId,
      'read',
      (file) => {
        const target = options.into?.subarray(0, maxBytes) ?? Buffer.allocUnsafeSlow(maxBytes);
        return named({ handleId }, () => file.read(offset, target));
      },
      options.signal,
    );
  }

  async stat(handleId: string, options: FileOperationOptions = {}): Promise<FileFacts> {
    checkHandleId(handleId);
    return this.#table.use(
      handleId,
      'read',
      (file) => named({ handleId }, () => file.facts()),
      options.signal,
    );
  }

  async openWrite(handleId: string, path: string, options: OpenWriteOptions = {}): Promise<void> {
    checkHandleId(handleId);
    checkPath(path);
    const offset = options.offset ?? 0;
    checkOffset(offset);
    await this.#table.open(handleId, 'write', options.signal, () =>
      named({ path, handleId }, () => RegularFile.forWriting(path, offset, this.#openPath)),
    );
  }

  async write(
    handleId: string,
    data: Uint8Array,
    options: FileOperationOptions = {},
  ): Promise<WriteProgress> {
    checkHandleId(handleId);
    checkWrite(data);
    return this.#table.use(
      handleId,
      'write',
      async (file) => ({ offset: await named({ handleId }, () => file.write(data)) }),
      options.signal,
    );
  }

  async close(handleId: string): Promise<void> {
    checkHandleId(handleId);
    await this.#table.close(handleId);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#table.end(new FileError('file_connection_closed', 'These file streams were closed.'));
  }
}

/** Runs file work; what it throws becomes a `FileError` that names the file. */
async function named<T>(
  facts: { readonly path?: string; readonly handleId: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileErrorFrom(error, facts);
  }
}

/** Closing reports what writing could not, such as a full disk behind a network. */
async function closeFile(file: RegularFile): Promise<void> {
  try {
    await file.close();
  } catch (error) {
    throw fileErrorFrom(error);
  }
}
