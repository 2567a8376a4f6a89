import { InvalidOptionError, LimitExceededError } from '../../protocol/errors/call-errors.ts';
import { FileError, type FileErrorCode, fileErrorFrom } from '../file-error.ts';
import type { CopiedBytes } from './incoming-file.ts';

/** The facts of a failed copy, since errors lose their class on the way between threads. */
export type CopyFailure =
  | { readonly kind: 'called_off' }
  | { readonly kind: 'limit'; readonly limit: string; readonly max: number; readonly actual: number }
  | { readonly kind: 'option'; readonly field: string; readonly accepted: string }
  | {
      readonly kind: 'file';
      readonly code: FileErrorCode;
      readonly message: string;
      readonly path: string | undefined;
      readonly errno: string | undefined;
      readonly retryable: boolean;
    };

/** What a worker answers. */
export type CopyOutcome =
  | { readonly ok: true; readonly copied: CopiedBytes }
  | { readonly ok: false; readonly failure: CopyFailure };

/** The facts of an error, to be sent. */
export function failureFacts(error: unknown, path: string): CopyFailure {
  if (LimitExceededError.isInstance(error)) {
    return { kind: 'limit', limit: error.limit, max: error.max, actual: error.actual };
  }
  if (InvalidOptionError.isInstance(error)) {
    return { kind: 'option', field: error.field, accepted: error.accepted };
  }
  const { code, message, errno, retryable, path: named } = fileErrorFrom(error, { path });
  return { kind: 'file', code, message, errno, retryable, path: named };
}

/** The error that facts speak of. */
export function errorOfFacts(failure: Exclude<CopyFailure, { kind: 'called_off' }>): Error {
  switch (failure.kind) {
    case 'limit':
      return new LimitExceededError(failure.limit, failure.max, failure.actual);
    case 'option':
      return new InvalidOptionError(failure.field, undefined, failure.accepted);
    case 'file': {
      const { code, message, path, errno, retryable } = failure;
      return new FileError(code, message, { path, errno, retryable });
    }
  }
}
