import { pathToFileURL } from 'node:url';
import { getSystemErrorName } from 'node:util';
import { HandshakeError, ProtocolError } from '../../protocol/errors/port-errors.ts';
import { type RpcErrorFacts, rpcError } from '../../protocol/errors/rpc-errors.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { isRecord, unread } from '../../protocol/unread.ts';
import { FileError, type FileNames, systemFileError } from '../file-error.ts';
import { CheckedFileStreams, type Signal } from './checked-file-streams.ts';
import { base64Bytes, base64Of, bytesOfBase64 } from './chunk-text.ts';
import { type ConnectionOptions, connectionOptionNames, connectionOptions } from './connection-options.ts';
import type { FileChunk, FileFacts, FileStreams, ReadOptions, WriteProgress } from './file-streams.ts';
import { HandleTable } from './handle-table.ts';
import type { MessageTransport } from './message-transport.ts';
import { RequestConnection } from './request-connection.ts';

/** Requests of one handle that are sent before the first is answered: the server carries them out in order. */
export const execServerRequestsMax = 16;

/** What the client of an exec-server may be told. */
export interface ExecServerOptions extends ConnectionOptions {
  /** How the client names itself. Default `codex-actors`. */
  readonly clientName?: string;
}

const execServerOptionNames = {
  ...connectionOptionNames,
  clientName: 'own',
} as const satisfies OptionNames<ExecServerOptions>;

/**
 * The files of a remote `codex exec-server` 0.169, over a transport to it. It owns the transport.
 *
 * The server opens for writing only from the beginning, so `resumesWrites` is false; `stat` is asked by path; what the server may
 * reach is up to its own user and sandbox. Fails with `HandshakeError`, or as the connection does; the transport is closed then.
 *
 * @example
 * const transport = await connectWebSocket('ws://127.0.0.1:4500', { token });
 * await using files = await connectExecServer(transport);
 */
export async function connectExecServer(
  transport: MessageTransport,
  options: ExecServerOptions = {},
): Promise<FileStreams> {
  checkOptionNames('connectExecServer', options, execServerOptionNames);
  const streams = new ExecServerStreams(transport, options);
  try {
    await streams.initialize(options.clientName ?? 'codex-actors');
    return streams;
  } catch (error) {
    await streams[Symbol.asyncDispose]();
    throw error;
  }
}

interface RemoteFile {
  readonly handleId: string;
  readonly path: string;
  readonly url: string;
  /** Where the next write goes. */
  offset: number;
}

class ExecServerStreams extends CheckedFileStreams {
  readonly resumesWrites = false;
  readonly #connection: RequestConnection;
  readonly #table = new HandleTable<RemoteFile>({
    underWayMax: execServerRequestsMax,
    release: (file) => this.#release(file),
  });

  constructor(transport: MessageTransport, options: ConnectionOptions) {
    super();
    this.#connection = new RequestConnection(transport, {
      ...connectionOptions(options),
      errorOf: errorOfExecServer,
      // The server closes the handles of a connection that is gone.
      onClosed: (error) => void this.#table.end(error).catch(() => undefined),
    });
  }

  async initialize(clientName: string): Promise<void> {
    const params = JSON.stringify({ clientName, resumeSessionId: null });
    const result = await this.#connection.request('initialize', params);
    const environment = isRecord(result) && isRecord(result.environmentInfo) ? result.environmentInfo : {};
    if (!isRecord(environment.capabilities) || environment.capabilities.fileWriteStreaming !== true)
      throw new HandshakeError('the exec-server does not stream files; codex 0.169 does');
    this.#connection.notify('initialized');
  }

  protected openForReading(handleId: string, path: string, signal: Signal): Promise<void> {
    return this.#table.open(handleId, 'read', signal, () => this.#open(handleId, path, 'read'));
  }

  protected readChunk(
    handleId: string,
    offset: number,
    maxBytes: number,
    { into, signal }: ReadOptions,
  ): Promise<FileChunk> {
    // One byte more than is wanted tells whether the file goes on; the server's own `eof` is silent where a chunk ends exactly at the end.
    const params = { handleId, offset, len: maxBytes + 1 };
    const read = async (): Promise<FileChunk> => {
      const { chunk, eof } = unread<{ chunk: string; eof: boolean }>(
        await this.#request('fs/readBlock', params, { handleId }),
      );
      const data = bytesOfBase64('fs/readBlock', chunk, maxBytes, into);
      const isShort = typeof chunk === 'string' && base64Bytes(chunk) <= maxBytes;
      if (isShort && eof !== true)
        throw new ProtocolError('fs/readBlock', 'a short block came before the end of the file');
      return { data, eof: isShort };
    };
    return this.#table.use(handleId, 'read', read, signal);
  }

  protected facts(handleId: string, signal: Signal): Promise<FileFacts> {
    return this.#table.use(handleId, 'read', (file) => this.#stat(file), signal);
  }

  protected async openForWriting(
    handleId: string,
    path: string,
    offset: number,
    signal: Signal,
  ): Promise<void> {
    if (offset > 0) throw resumeUnsupported(handleId, path);
    await this.#table.open(handleId, 'write', signal, () => this.#open(handleId, path, 'replace'));
  }

  protected writeChunk(handleId: string, data: Uint8Array, signal: Signal): Promise<WriteProgress> {
    const write = async (file: RemoteFile): Promise<WriteProgress> => {
      const start = file.offset;
      file.offset += data.byteLength;
      const params = `{"handleId":${JSON.stringify(handleId)},"offset":${start},"chunk":"${base64Of(data)}"}`;
      await this.#connection.request('fs/writeBlock', params, { handleId });
      return { offset: start + data.byteLength };
    };
    return this.#table.use(handleId, 'write', write, signal);
  }

  protected closeHandle(handleId: string): Promise<void> {
    return this.#table.close(handleId);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }

  async #open(handleId: string, path: string, mode: 'read' | 'replace'): Promise<RemoteFile> {
    const file: RemoteFile = { handleId, path, url: pathToFileURL(path).href, offset: 0 };
    try {
      await this.#request('fs/open', { handleId, path: file.url, mode }, file);
      return file;
    } catch (error) {
      // An answer that came too late, or not at all, may have opened it.
      if (FileError.isInstance(error) && error.code === 'file_request_timeout')
        this.#release(file).catch(() => undefined);
      throw error;
    }
  }

  async #stat(file: RemoteFile): Promise<FileFacts> {
    const facts = unread<FileFacts>(await this.#request('fs/getMetadata', { path: file.url }, file));
    if (typeof facts.size !== 'number' || typeof facts.modifiedAtMs !== 'number')
      throw new ProtocolError('fs/getMetadata', 'the answer has no size');
    return { size: facts.size, modifiedAtMs: facts.modifiedAtMs };
  }

  async #release(file: RemoteFile): Promise<void> {
    if (this.#connection.closedError !== undefined) return;
    await this.#request('fs/close', { handleId: file.handleId }, file);
  }

  #request(method: string, params: object, names: FileNames): Promise<unknown> {
    return this.#connection.request(method, JSON.stringify(params), names);
  }
}

function resumeUnsupported(handleId: string, path: string): FileError {
  const message =
    'An exec-server opens files for writing only from their beginning. Write the whole file again.';
  return new FileError('file_resume_unsupported', message, { handleId, path });
}

/** The server names system errors in the text only; numbers of its own it has few. */
function errorOfExecServer(method: string, facts: RpcErrorFacts, names: FileNames): Error {
  const cause = rpcError(method, facts);
  const osError = /\(os error (\d+)\)/.exec(facts.message)?.[1];
  if (osError !== undefined) return systemFileError(getSystemErrorName(-Number(osError)), cause, names);
  if (facts.code === -32004)
    return new FileError('file_handle_unknown', 'The exec-server has no such handle.', { ...names, cause });
  if (/is not a file/.test(facts.message))
    return new FileError('file_not_regular', `${names.path} is no regular file.`, { ...names, cause });
  return cause;
}
