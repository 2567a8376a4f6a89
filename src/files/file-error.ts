import { CodexError, type CodexErrorOptions } from '../protocol/errors/codex-error.ts';
import type { CodexErrorCode } from '../protocol/errors/error-catalogue.ts';

/** The stable codes of what can go wrong with a file; docs/errors.md says what to do on each. */
export type FileErrorCode = Extract<CodexErrorCode, `file_${string}`>;

/** What is known about the failure besides its code. */
export interface FileErrorFacts extends CodexErrorOptions {
  readonly path?: string | undefined;
  readonly handleId?: string | undefined;
  /** The system's name of the error, such as `ENOSPC`, where the system named one. */
  readonly errno?: string | undefined;
}

/**
 * A file, a handle or a connection to files failed. Codes `file_…`.
 *
 * @example
 * if (FileError.isInstance(error) && error.code === 'file_no_space') await makeRoom(error.path);
 */
export class FileError extends CodexError {
  static override readonly kind: string = 'FileError';

  declare readonly code: FileErrorCode;
  /** The path as the caller gave it. */
  readonly path: string | undefined;
  readonly handleId: string | undefined;
  readonly errno: string | undefined;

  constructor(code: FileErrorCode, message: string, facts: FileErrorFacts = {}) {
    super(code, message, facts);
    // Code written for AbortSignal tells an abort by this name.
    if (code === 'file_cancelled') this.name = 'AbortError';
    this.path = facts.path;
    this.handleId = facts.handleId;
    this.errno = facts.errno;
  }
}

const codesByErrno: Readonly<Record<string, FileErrorCode>> = {
  ENOENT: 'file_not_found',
  ENOTDIR: 'file_not_found',
  EACCES: 'file_access_denied',
  EPERM: 'file_access_denied',
  EROFS: 'file_access_denied',
  EISDIR: 'file_not_regular',
  // A FIFO that nobody reads, or a socket.
  ENXIO: 'file_not_regular',
  // A symbolic link where none is followed, or a circle of them.
  ELOOP: 'file_not_regular',
  ENOSPC: 'file_no_space',
  EDQUOT: 'file_no_space',
  EFBIG: 'file_no_space',
};

/** Failures of the system that pass: another try may meet a better moment. */
const passing = new Set(['EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'ETIMEDOUT']);

/** Which file and which handle an error speaks of. */
export type FileNames = Pick<FileErrorFacts, 'path' | 'handleId'>;

/** The `FileError` for what the file system threw; one that is a `FileError` already stays what it is. */
export function fileErrorFrom(error: unknown, names: FileNames = {}): FileError {
  return FileError.isInstance(error) ? error : systemFileError(errnoOf(error), error, names);
}

/** The `FileError` for what the system calls `errno`. */
export function systemFileError(errno: string | undefined, cause: unknown, names: FileNames): FileError {
  const code = codesByErrno[errno ?? ''] ?? 'file_io_failed';
  const subject = names.path ?? (names.handleId === undefined ? 'The file' : `Handle ${names.handleId}`);
  return new FileError(code, `${subject} ${explained(code)}${errno === undefined ? '' : ` (${errno})`}.`, {
    ...names,
    errno,
    cause,
    retryable: errno !== undefined && passing.has(errno),
  });
}

/** The error for work that its caller's signal called off. `cause` is the signal's reason. */
export function fileCancelled(signal: AbortSignal, facts: FileNames = {}): FileError {
  return new FileError('file_cancelled', 'The file operation was called off by its caller.', {
    ...facts,
    cause: signal.reason,
  });
}

function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function explained(code: FileErrorCode): string {
  switch (code) {
    case 'file_not_found':
      return 'does not exist, or a folder on the way to it does not; create the folder first';
    case 'file_access_denied':
      return 'may not be opened by this process; check its owner and mode';
    case 'file_not_regular':
      return 'is no regular file; folders, links, FIFOs, sockets and devices are refused';
    case 'file_no_space':
      return 'could not be written: the disk or a quota is full; free some space';
    default:
      return 'could not be read or written';
  }
}
