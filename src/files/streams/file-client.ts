import { ProtocolError } from '../../protocol/errors/port-errors.ts';
import { checkOptionNames } from '../../protocol/option-names.ts';
import { type Unread, unread } from '../../protocol/unread.ts';
import { fileCancelled } from '../file-error.ts';
import { CheckedFileStreams, type Signal } from './checked-file-streams.ts';
import { base64Of, bytesOfBase64 } from './chunk-text.ts';
import { type ConnectionOptions, connectionOptionNames, connectionOptions } from './connection-options.ts';
import type { FileChunk, FileFacts, FileStreams, ReadOptions, WriteProgress } from './file-streams.ts';
import type { MessageTransport } from './message-transport.ts';
import { RequestConnection } from './request-connection.ts';
import {
  errorOfRefusal,
  type ServiceMethod,
  type ServiceResult,
  serviceMethods,
} from './service-protocol.ts';

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
  checkOptionNames('connectFiles', options, connectionOptionNames);
  return new FileClient(transport, options);
}

class FileClient extends CheckedFileStreams {
  readonly resumesWrites = true;
  readonly #connection: RequestConnection;

  constructor(transport: MessageTransport, options: ConnectionOptions) {
    super();
    this.#connection = new RequestConnection(transport, {
      ...connectionOptions(options),
      errorOf: errorOfRefusal,
      onClosed: () => undefined,
    });
  }

  protected async openForReading(handleId: string, path: string, signal: Signal): Promise<void> {
    await this.#request(serviceMethods.openRead, { handleId, path }, signal);
  }

  protected async readChunk(
    handleId: string,
    offset: number,
    maxBytes: number,
    { into, signal }: ReadOptions,
  ): Promise<FileChunk> {
    const result = await this.#request(serviceMethods.read, { handleId, offset, maxBytes }, signal);
    const data = bytesOfBase64(serviceMethods.read, result.dataBase64, maxBytes, into);
    if (data.byteLength < maxBytes && result.eof !== true)
      throw new ProtocolError(serviceMethods.read, 'a short chunk came before the end of the file');
    return { data, eof: result.eof === true };
  }

  protected async facts(handleId: string, signal: Signal): Promise<FileFacts> {
    const { size, modifiedAtMs } = await this.#request(serviceMethods.stat, { handleId }, signal);
    return { size: numberIn('stat', size), modifiedAtMs: numberIn('stat', modifiedAtMs) };
  }

  protected async openForWriting(
    handleId: string,
    path: string,
    offset: number,
    signal: Signal,
  ): Promise<void> {
    await this.#request(serviceMethods.openWrite, { handleId, path, offset }, signal);
  }

  protected async writeChunk(handleId: string, data: Uint8Array, signal: Signal): Promise<WriteProgress> {
    if (signal?.aborted === true) throw fileCancelled(signal, { handleId });
    const params = `{"handleId":${JSON.stringify(handleId)},"dataBase64":"${base64Of(data)}"}`;
    const result = await this.#connection.request(serviceMethods.write, params, { handleId });
    return { offset: numberIn('write', unread<ServiceResult>(result).offset) };
  }

  protected async closeHandle(handleId: string): Promise<void> {
    // The end of the connection has closed it already.
    if (this.#connection.closedError !== undefined) return;
    await this.#request(serviceMethods.closeRead, { handleId }, undefined);
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
    signal: Signal,
  ): Promise<Unread<ServiceResult>> {
    if (signal?.aborted === true) throw fileCancelled(signal, { handleId: params.handleId });
    return unread<ServiceResult>(await this.#connection.request(method, JSON.stringify(params), params));
  }
}

function numberIn(method: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(Math.floor(value)) && value >= 0) return value;
  throw new ProtocolError(method, 'a number was expected in the answer');
}
