import { FileError, fileErrorFrom } from '../file-error.ts';
import { CheckedFileStreams, type Signal } from './checked-file-streams.ts';
import type { FileChunk, FileFacts, ReadOptions, WriteProgress } from './file-streams.ts';
import { HandleTable } from './handle-table.ts';
import { RegularFile } from './regular-file.ts';
import type { OpenPath } from './served-roots.ts';

/**
 * The files of this machine, by `node:fs`. A whole `FileStreams` of its own: its handles and their limit are its own too.
 *
 * @example
 * await using files = new LocalFileStreams();
 * await files.openWrite('report', '/srv/reports/today.txt');
 * await files.write('report', Buffer.from('all is well\n'));
 * await files.close('report');
 */
export class LocalFileStreams extends CheckedFileStreams {
  readonly resumesWrites = true;
  readonly #openPath: OpenPath | undefined;
  readonly #table = new HandleTable<RegularFile>({ underWayMax: 1, release: closeFile });

  /** @param openPath Opens paths, and refuses those that must not be. Default: whatever the process itself may open. */
  constructor(openPath?: OpenPath) {
    super();
    this.#openPath = openPath;
  }

  protected openForReading(handleId: string, path: string, signal: Signal): Promise<void> {
    return this.#table.open(handleId, 'read', signal, () =>
      named({ path, handleId }, () => RegularFile.forReading(path, this.#openPath)),
    );
  }

  protected readChunk(
    handleId: string,
    offset: number,
    maxBytes: number,
    { into, signal }: ReadOptions,
  ): Promise<FileChunk> {
    const read = (file: RegularFile): Promise<FileChunk> => {
      const target = into?.subarray(0, maxBytes) ?? Buffer.allocUnsafeSlow(maxBytes);
      return named({ handleId }, () => file.read(offset, target));
    };
    return this.#table.use(handleId, 'read', read, signal);
  }

  protected facts(handleId: string, signal: Signal): Promise<FileFacts> {
    return this.#table.use(handleId, 'read', (file) => named({ handleId }, () => file.facts()), signal);
  }

  protected openForWriting(handleId: string, path: string, offset: number, signal: Signal): Promise<void> {
    return this.#table.open(handleId, 'write', signal, () =>
      named({ path, handleId }, () => RegularFile.forWriting(path, offset, this.#openPath)),
    );
  }

  protected writeChunk(handleId: string, data: Uint8Array, signal: Signal): Promise<WriteProgress> {
    const write = async (file: RegularFile): Promise<WriteProgress> => ({
      offset: await named({ handleId }, () => file.write(data)),
    });
    return this.#table.use(handleId, 'write', write, signal);
  }

  protected closeHandle(handleId: string): Promise<void> {
    return this.#table.close(handleId);
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
