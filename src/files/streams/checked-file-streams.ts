import type {
  FileChunk,
  FileFacts,
  FileOperationOptions,
  FileStreams,
  OpenWriteOptions,
  ReadOptions,
  WriteProgress,
} from './file-streams.ts';
import { checkHandleId, checkOffset, checkPath, checkRead, checkWrite } from './stream-arguments.ts';

/** Calls an operation off that has not begun; undefined where nobody may. */
export type Signal = AbortSignal | undefined;

/** The half that all implementations share: arguments are checked before anything is done, and only then handed on. */
export abstract class CheckedFileStreams implements FileStreams {
  abstract readonly resumesWrites: boolean;

  protected abstract openForReading(handleId: string, path: string, signal: Signal): Promise<void>;
  protected abstract readChunk(
    handleId: string,
    offset: number,
    maxBytes: number,
    options: ReadOptions,
  ): Promise<FileChunk>;
  protected abstract facts(handleId: string, signal: Signal): Promise<FileFacts>;
  protected abstract openForWriting(
    handleId: string,
    path: string,
    offset: number,
    signal: Signal,
  ): Promise<void>;
  protected abstract writeChunk(handleId: string, data: Uint8Array, signal: Signal): Promise<WriteProgress>;
  protected abstract closeHandle(handleId: string): Promise<void>;
  abstract [Symbol.asyncDispose](): Promise<void>;

  async openRead(handleId: string, path: string, options: FileOperationOptions = {}): Promise<void> {
    checkHandleId(handleId);
    checkPath(path);
    return this.openForReading(handleId, path, options.signal);
  }

  async read(
    handleId: string,
    offset: number,
    maxBytes: number,
    options: ReadOptions = {},
  ): Promise<FileChunk> {
    checkHandleId(handleId);
    checkRead(offset, maxBytes, options.into);
    return this.readChunk(handleId, offset, maxBytes, options);
  }

  async stat(handleId: string, options: FileOperationOptions = {}): Promise<FileFacts> {
    checkHandleId(handleId);
    return this.facts(handleId, options.signal);
  }

  async openWrite(handleId: string, path: string, options: OpenWriteOptions = {}): Promise<void> {
    const { offset = 0, signal } = options;
    checkHandleId(handleId);
    checkPath(path);
    checkOffset(offset);
    return this.openForWriting(handleId, path, offset, signal);
  }

  async write(
    handleId: string,
    data: Uint8Array,
    options: FileOperationOptions = {},
  ): Promise<WriteProgress> {
    checkHandleId(handleId);
    checkWrite(data);
    return this.writeChunk(handleId, data, options.signal);
  }

  async close(handleId: string): Promise<void> {
    checkHandleId(handleId);
    return this.closeHandle(handleId);
  }
}
