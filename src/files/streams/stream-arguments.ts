import { isAbsolute } from 'node:path';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { chunkBytesMax } from './file-streams.ts';

/** The longest handle id, in UTF-16 code units. */
export const handleIdLengthMax = 128;

/** Refuses what cannot name a handle. */
export function checkHandleId(handleId: unknown): asserts handleId is string {
  if (typeof handleId === 'string' && handleId.length > 0 && handleId.length <= handleIdLengthMax) return;
  throw new InvalidOptionError('handleId', handleId, `a string of 1 to ${handleIdLengthMax} characters`);
}

/** Refuses what is no absolute path of this system. */
export function checkPath(path: unknown): asserts path is string {
  if (typeof path === 'string' && isAbsolute(path) && !path.includes('\0')) return;
  throw new InvalidOptionError('path', path, 'an absolute path without NUL');
}

/** Refuses what is no offset in a file. */
export function checkOffset(offset: unknown): asserts offset is number {
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return;
  throw new InvalidOptionError('offset', offset, 'a whole number from 0');
}

/** Refuses to read what is no whole number of bytes, or more than a chunk, or more than fits into the caller's buffer. */
export function checkRead(offset: unknown, maxBytes: unknown, into?: Uint8Array): void {
  checkOffset(offset);
  checkChunkBytes('maxBytes', maxBytes);
  if (into !== undefined && into.byteLength < maxBytes)
    throw new InvalidOptionError(
      'into',
      into.byteLength,
      `a buffer of at least maxBytes (${maxBytes}) bytes`,
    );
}

/** Refuses to write nothing, more than a chunk, or something other than bytes. */
export function checkWrite(data: unknown): asserts data is Uint8Array {
  if (!(data instanceof Uint8Array)) throw new InvalidOptionError('data', data, 'a Uint8Array');
  checkChunkBytes('data.byteLength', data.byteLength);
}

/** Refuses a number of bytes that no chunk has. */
export function checkChunkBytes(field: string, bytes: unknown): asserts bytes is number {
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 1 && bytes <= chunkBytesMax)
    return;
  throw new InvalidOptionError(field, bytes, `a whole number from 1 to ${chunkBytesMax}`);
}
