import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import type { RpcErrorFacts } from '../../protocol/errors/rpc-errors.ts';
import type { WireId } from '../../protocol/json-rpc-codec.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { type Unread, unread } from '../../protocol/unread.ts';
import { parseWireMessage, type WireMessage } from '../../protocol/wire-message.ts';
import { FileError } from '../file-error.ts';
import { ChunkBuffers } from './chunk-buffers.ts';
import { base64Bytes, base64Of, bytesOfBase64 } from './chunk-text.ts';
import { chunkBytesMax } from './file-streams.ts';
import { LocalFileStreams } from './local-file-streams.ts';
import type { MessageTransport } from './message-transport.ts';

import { type OpenPath, ServedRoots } from './served-roots.ts';
import {
  isServiceMethod,
  refusalOf,
  type ServiceMethod,
  type ServiceParams,
  serviceMethods,
} from './service-protocol.ts';
import { checkChunkBytes, checkHandleId } from './stream-arguments.ts';

/**
 * Requests of one connection that a service has not answered, and answers that have not been taken. More than a client may have in
 * flight, since it can hear of an answer before the service hears that it was taken.
 */
export const requestsUnderWayMax = 256;

/** What a service gives access to. */
export interface FileServiceOptions {
  /** The folders whose files may be opened, as absolute paths. Nothing else can be, by whatever spelling or link. */
  readonly roots: readonly string[];
  /** Whether files may be read only. Default false. */
  readonly readOnly?: boolean;
}

const serviceOptionNames = {
  roots: 'own',
  readOnly: 'own',
} as const satisfies OptionNames<FileServiceOptions>;

/** The service of one connection. */
export interface FileService extends AsyncDisposable {
  /** Resolves when the connection has ended and all its handles are closed. */
  readonly closed: Promise<void>;
  /** Ends the connection; resolves as `closed` does. */
  close(): Promise<void>;
}

/**
 * Answers the file requests of one connection, for files below `roots`: `connectFiles` is its client.
 *
 * The connection's end closes its handles. More than 256 requests without an answer end the connection: its client keeps no bounds.
 *
 * @throws InvalidOptionError when a root is no existing folder, or an option cannot be. The transport is closed then.
 * @example
 * const listener = await listenUnixSocket('/run/app/files.sock', (transport) => serveFiles(transport, { roots: ['/srv/data'] }));
 */
export async function serveFiles(
  transport: MessageTransport,
  options: FileServiceOptions,
): Promise<FileService> {
  try {
    checkOptionNames('serveFiles', options, serviceOptionNames);
    const { readOnly = false } = options;
    if (typeof readOnly !== 'boolean') throw new InvalidOptionError('readOnly', readOnly, 'true or false');
    const roots = await ServedRoots.of(options.roots);
    return new FileConnection(transport, roots.open, readOnly);
  } catch (error) {
    await transport.close();
    throw error;
  }
}

type Params = Unread<ServiceParams>;

class FileConnection implements FileService {
  readonly closed: Promise<void>;
  readonly #transport: MessageTransport;
  readonly #files: LocalFileStreams;
  readonly #readOnly: boolean;
  readonly #buffers = new ChunkBuffers(chunkBytesMax);
  #underWay = 0;
  #markClosed: (() => void) | undefined;

  constructor(transport: MessageTransport, openPath: OpenPath, readOnly: boolean) {
    this.#transport = transport;
    this.#files = new LocalFileStreams(openPath);
    this.#readOnly = readOnly;
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
    transport.onMessage({
      message: (text) => this.#receive(parseWireMessage(text)),
      closed: () => void this.#release(),
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A failure to close a file has no one left to be told. */
  async #release(): Promise<void> {
    await this.#files[Symbol.asyncDispose]().catch(() => undefined);
    this.#markClosed?.();
  }

  #receive(message: WireMessage): void {
    if (message.kind === 'request' && this.#underWay < requestsUnderWayMax) {
      this.#underWay += 1;
      void this.#serve(message.id, message.method, unread<ServiceParams>(message.params));
    } else if (message.kind !== 'notification') {
      this.#transport.close().catch(() => undefined);
    }
  }

  /** A request counts as under way until its answer has been taken, so that answers nobody reads are bounded too. */
  async #serve(id: WireId, method: string, params: Params): Promise<void> {
    try {
      await this.#transport.send(await this.#answer(id, method, params));
    } catch {
      // The connection is gone, and what was asked with it.
    } finally {
      this.#underWay -= 1;
    }
  }

  async #answer(id: WireId, method: string, params: Params): Promise<string> {
    const idText = typeof id === 'string' ? JSON.stringify(id) : String(id);
    try {
      if (!isServiceMethod(method)) return errorText(idText, unknownMethod(method));
      return `{"id":${idText},"result":${await this.#perform(method, params)}}`;
    } catch (error) {
      return errorText(idText, refusalOf(error));
    }
  }

  /** The result as JSON text. What the parameters are is checked where they are used. */
  async #perform(method: ServiceMethod, params: Params): Promise<string> {
    const { handleId } = params;
    checkHandleId(handleId);
    switch (method) {
      case serviceMethods.openRead:
        await this.#files.openRead(handleId, text('path', params.path));
        return '{}';
      case serviceMethods.read:
        return this.#read(handleId, whole('offset', params.offset), whole('maxBytes', params.maxBytes));
      case serviceMethods.stat:
        return JSON.stringify(await this.#files.stat(handleId));
      case serviceMethods.openWrite:
        return this.#openWrite(handleId, params);
      case serviceMethods.write:
        return this.#write(handleId, text('dataBase64', params.dataBase64));
      case serviceMethods.closeRead:
      case serviceMethods.closeWrite:
        await this.#files.close(handleId);
        return '{}';
    }
  }

  async #read(handleId: string, offset: number, maxBytes: number): Promise<string> {
    const into = this.#buffers.take();
    try {
      const { data, eof } = await this.#files.read(handleId, offset, maxBytes, { into });
      return `{"dataBase64":"${base64Of(data)}","eof":${eof}}`;
    } finally {
      this.#buffers.give(into);
    }
  }

  async #openWrite(handleId: string, params: Params): Promise<string> {
    const path = text('path', params.path);
    if (this.#readOnly)
      throw new FileError('file_access_denied', 'This service lets files be read only.', { path, handleId });
    await this.#files.openWrite(handleId, path, { offset: whole('offset', params.offset ?? 0) });
    return '{}';
  }

  async #write(handleId: string, dataBase64: string): Promise<string> {
    checkChunkBytes('dataBase64', base64Bytes(dataBase64));
    const data = bytesOfBase64(serviceMethods.write, dataBase64, chunkBytesMax);
    const { offset } = await this.#files.write(handleId, data);
    return `{"offset":${offset}}`;
  }
}

function text(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new InvalidOptionError(field, value, 'a string');
}

function whole(field: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new InvalidOptionError(field, value, 'a whole number');
}

function unknownMethod(method: string): RpcErrorFacts {
  return { code: -32601, message: `There is no method ${JSON.stringify(method.slice(0, 100))} here.` };
}

function errorText(idText: string, error: RpcErrorFacts): string {
  return `{"id":${idText},"error":${JSON.stringify(error)}}`;
}
