import { CodexError } from '../../protocol/errors/codex-error.ts';
import { errorCatalogue } from '../../protocol/errors/error-catalogue.ts';
import { type RpcErrorFacts, rpcError } from '../../protocol/errors/rpc-errors.ts';
import { isRecord, type Unread } from '../../protocol/unread.ts';
import { FileError, type FileErrorCode, type FileNames } from '../file-error.ts';

/** What the service answers. Reading and writing have handles of their own kind, so their verbs are apart too. */
export const serviceMethods = {
  openRead: 'fs/readFile/open',
  read: 'fs/readFile/read',
  stat: 'fs/readFile/stat',
  closeRead: 'fs/readFile/close',
  openWrite: 'fs/writeFile/open',
  write: 'fs/writeFile/write',
  closeWrite: 'fs/writeFile/close',
} as const;

/** One of the service's methods. */
export type ServiceMethod = (typeof serviceMethods)[keyof typeof serviceMethods];

const knownMethods: ReadonlySet<string> = new Set(Object.values(serviceMethods));

export function isServiceMethod(method: string): method is ServiceMethod {
  return knownMethods.has(method);
}

/** The parameters of all methods; which of them a method reads stands in docs/files.md. */
export interface ServiceParams {
  readonly handleId: string;
  readonly path: string;
  readonly offset: number;
  readonly maxBytes: number;
  readonly dataBase64: string;
}

/** What an answer may hold. */
export interface ServiceResult {
  readonly dataBase64: string;
  readonly eof: boolean;
  readonly size: number;
  readonly modifiedAtMs: number;
  readonly offset: number;
}

const invalidRequest = -32600;
const invalidParams = -32602;
const internalError = -32603;
const notFound = -32004;

const numbers: Readonly<Partial<Record<FileErrorCode, number>>> = {
  file_not_found: notFound,
  file_handle_unknown: notFound,
  file_handle_duplicate: invalidRequest,
  file_handle_wrong_kind: invalidRequest,
  file_handles_exhausted: invalidRequest,
  file_queue_full: invalidRequest,
  file_outside_roots: invalidParams,
  file_not_regular: invalidParams,
};

/** An error as it goes over the wire: the numbers of `codex exec-server`, and our own code in `data`. Unexpected ones tell nothing of themselves. */
export function refusalOf(error: unknown): RpcErrorFacts {
  if (FileError.isInstance(error)) {
    const { code, message, errno, retryable } = error;
    return { code: numbers[code] ?? internalError, message, data: { code, errno, retryable } };
  }
  if (CodexError.isInstance(error) && error.code === 'invalid_option')
    return { code: invalidParams, message: error.message, data: { code: error.code } };
  return { code: internalError, message: 'The service failed. Its own log may say why.' };
}

/** The error that a refusal stood for; an `RpcError` when it is none of the service's own. */
export function errorOfRefusal(method: string, facts: RpcErrorFacts, names: FileNames): CodexError {
  const data: Unread<{ code: FileErrorCode; errno: string; retryable: boolean }> = isRecord(facts.data)
    ? facts.data
    : {};
  if (!isFileErrorCode(data.code)) return rpcError(method, facts);
  return new FileError(data.code, facts.message.slice(0, refusalLengthMax), {
    ...names,
    errno: typeof data.errno === 'string' ? data.errno : undefined,
    retryable: data.retryable === true,
  });
}

/** The longest message of a refusal that is kept, in characters. */
const refusalLengthMax = 1_000;

function isFileErrorCode(code: unknown): code is FileErrorCode {
  return typeof code === 'string' && code.startsWith('file_') && code in errorCatalogue;
}
