import { ProtocolError } from '../../protocol/errors/port-errors.ts';
import { type Unread, unread } from '../../protocol/unread.ts';
import { fileCancelled } from '../file-error.ts';
import { base64Of, bytesOfBase64 } from './chunk-text.ts';
import { type ConnectionOptions, connectionOptions } from './connection-options.ts';
import type {
  FileChunk,
  FileFacts,
  FileOperationOptions,
  FileStreams,
  OpenWriteOptions,
  ReadOptions,
  WriteProgress,
} from './file-streams.ts';
import type { MessageTransport } from './message-transport.ts';
import { RequestConnection } from './request-connection.ts';
import {
  errorOfRefusal,
  type ServiceMethod,
  type ServiceResult,
  serviceMethods,
} from './service-protocol.ts';
import { checkHandleId, checkOffset, checkPath, checkRead, checkWrite } from './stream-arguments.ts';

/**
 * The files of another process or host that runs `serveFiles`. It owns the transport.
 *
 * Requests are sent at once; the service keeps the rules of handles and their order. Once sent, `signal` calls nothing off.
 *
 * @example
 * await using files = connectFiles(await connectUnixSocket('/run/app/files.sock'));
 * await files.openRead('log', '/srv/data/build.log');
 */
export function connectFiles(transport: MessageTransport, options: ConnectionOptions = {}): FileStreams {
  return new FileClient(transport, options);
}

class FileClient implements FileStreams {
  readonly resumesWrites = true;
  readonly #connection: RequestConnection;

  constructor(transport: MessageTransport, options: ConnectionOptions) {
    this.#connection = new RequestConnection(transport, {
      ...connectionOptions(options),
      errorOf: errorOfRefusal,
      onClosed: () => undefined,
    });
  }

  async openRead(handleId: string, path: string, options: FileOperationOptions = {}): Promise<void> {
    checkHandleId(handleId);
    checkPath(path);
    await this.#request(serviceMethods.openRead, { handleId, path }, options);
  }

  async read(
    handleId: string,
    offset: number,
    maxBytes: number,
    options: ReadOptions = {},
  ): Promise<FileChunk> {
    checkHandleId(handleId);
    checkRead(offset, maxBytes, options.into);
    const result = await this.#request(serviceMethods.read, { handleId, offset, maxBytes }, options);
    const data = bytesOfBase64(serviceMethods.read, result.dataBase64, maxBytes, options.into);
    if (data.byteLength < maxBytes && result.eof !== true)
      throw new ProtocolError(serviceMethods.read, 'a short chunk came before the end of the file');
    return { data, eof: result.eof === true };
  }

  async stat(handleId: string, options: FileOperationOptions = {}): Promise<FileFacts> {
    checkHandleId(handleId);
    const { size, modifiedAtMs } = await this.#request(serviceMethods.stat, { handleId }, options);
    return { size: numberIn('stat', size), modifiedAtMs: numberIn('stat', modifiedAtMs) };
  }

  async openWrite(handleId: string, path: string, options: OpenWriteOptions = {}): Promise<void> {
    checkHandleId(handleId);
    checkPath(path);
    const offset = options.offset ?? 0;
    checkOffset(offset);
    await this.#request(serviceMethods.openWrite, { handleId, path, offset }, options);
  }

  async write(
    handleId: string,
    data: Uint8Array,
    options: FileOperationOptions = {},
  ): Promise<WriteProgress> {
    checkHandleId(handleId);
    checkWrite(data);
    if (options.signal?.aborted === true) throw fileCancelled(options.signal, { handleId });
    const params = `{"handleId":${JSON.stringify(handleId)},"dataBase64":"${base64Of(data)}"}`;
    const result = await this.#connection.request(serviceMethods.write, params, { handleId });
    return { offset: numberIn('write', unread<ServiceResult>(result).offset) };
  }

  async close(handleId: string): Promise<void> {
    checkHandleId(handleId);
    // The end of the connection has closed it already.
    if (this.#connection.closedError !== undefined) return;
    await this.#request(serviceMethods.closeRead, { handleId }, {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }

  async #request(
    method: ServiceMethod,
    params: {
      readonly handleId: string;
      readonly path?: string;
      readonly offset?: number;
      readonly maxBytes?: number;
    },
    { signal }: FileOperationOptions,
  ): Promise<Unread<ServiceResult>> {
    if (signal?.aborted === true) throw fileCancelled(signal, { handleId: params.handleId });
    return unread<ServiceResult>(await this.#connection.request(method, JSON.stringify(params), params));
  }
}

function numberIn(method: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(Math.floor(value)) && value >= 0) return value;
  throw new ProtocolError(method, 'a number was expected in the answer');
}
