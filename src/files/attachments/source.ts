import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';

/**
 * What can be staged: the path or `file:` URL of a file, bytes, a `Blob` or `File`, a web or Node stream, or any iterable of chunks.
 */
export type AttachmentSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array>;

/** A source as staging reads it, in one pass. */
export type ReadableSource =
  | { readonly kind: 'path'; readonly path: string; readonly name: string }
  | {
      readonly kind: 'chunks';
      readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
      readonly total: number | undefined;
      readonly name: string;
    };

/** The name of what has none. */
const unnamed = 'attachment';

/**
 * Tells what a source is. Reads nothing.
 *
 * @throws InvalidOptionError for anything that cannot be read.
 */
export function readableSource(source: unknown): ReadableSource {
  if (typeof source === 'string') return pathSource(source);
  if (source instanceof URL) return pathSource(pathOf(source));
  if (source instanceof Uint8Array) return bytesSource(source);
  if (source instanceof ArrayBuffer) return bytesSource(new Uint8Array(source));
  if (source instanceof Blob) {
    const name = source instanceof File && source.name !== '' ? source.name : unnamed;
    return { kind: 'chunks', chunks: source.stream(), total: source.size, name };
  }
  if (isChunks(source)) return { kind: 'chunks', chunks: source, total: undefined, name: nameOf(source) };
  throw new InvalidOptionError(
    'source',
    source,
    'a path, a file: URL, bytes, a Blob, a stream or an iterable of bytes',
  );
}

function pathSource(path: string): ReadableSource {
  if (path === '' || path.includes('\0'))
    throw new InvalidOptionError('source', path, 'the path of a file, without NUL');
  return { kind: 'path', path: resolve(path), name: basename(path) };
}

function pathOf(url: URL): string {
  if (url.protocol !== 'file:') throw new InvalidOptionError('source', url.protocol, 'a file: URL');
  return fileURLToPath(url);
}

function bytesSource(bytes: Uint8Array): ReadableSource {
  return { kind: 'chunks', chunks: [bytes], total: bytes.byteLength, name: unnamed };
}

/** A file stream of Node knows the path that it reads. */
function nameOf(stream: object): string {
  return 'path' in stream && typeof stream.path === 'string' ? basename(stream.path) : unnamed;
}

function isChunks(source: unknown): source is AsyncIterable<Uint8Array> {
  if (typeof source !== 'object' || source === null) return false;
  return Symbol.asyncIterator in source || Symbol.iterator in source;
}
