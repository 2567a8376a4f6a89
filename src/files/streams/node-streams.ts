import { Readable, Writable } from 'node:stream';
import { ReadableStream, type WritableStream } from 'node:stream/web';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { checkBetween, pipelineMax } from './copy-options.ts';
import { chunksInOrder, newHandleId } from './file-chunks.ts';
import { chunkBytesMax, type FileStreams } from './file-streams.ts';
import { checkChunkBytes, checkOffset, checkPath } from './stream-arguments.ts';

/** How a file is read as a stream. */
export interface FileReadableOptions {
  /** Where to begin. Default 0. */
  readonly offset?: number;
  /** Bytes of a chunk, 1 to 262,144. Default 262,144. */
  readonly chunkBytes?: number;
  /** Reads that are under way at a time, 1 to 16. Default 2. */
  readonly pipeline?: number;
  /** Ends the stream between chunks, with `file_cancelled`. */
  readonly signal?: AbortSignal;
}

/** How a file is written as a stream. */
export interface FileWritableOptions {
  /** Keeps this many bytes of the file and goes on behind them, where `resumesWrites` is true. Default 0. */
  readonly offset?: number;
  /** Keeps the file from being opened, and ends the stream between chunks. */
  readonly signal?: AbortSignal;
}

const readableOptionNames = {
  offset: 'own',
  chunkBytes: 'own',
  pipeline: 'own',
  signal: 'own',
} as const satisfies OptionNames<FileReadableOptions>;
const writableOptionNames = {
  offset: 'own',
  signal: 'own',
} as const satisfies OptionNames<FileWritableOptions>;

/**
 * The bytes of a file, from `offset` to its end, for `for await`. The file is opened at the first `next()`, and closed when the loop is
 * left. Fails as `openRead` and `read` do.
 *
 * @example
 * for await (const bytes of fileBytes(files, '/srv/data/log.txt')) count(bytes);
 */
export async function* fileBytes(
  files: FileStreams,
  path: string,
  options: FileReadableOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  checkOptionNames('fileBytes', options, readableOptionNames);
  const { offset = 0, chunkBytes = chunkBytesMax, pipeline = 2, signal } = options;
  checkOffset(offset);
  checkChunkBytes('chunkBytes', chunkBytes);
  checkBetween('pipeline', pipeline, 1, pipelineMax);
  const handleId = newHandleId('read');
  // Whoever gets a chunk may keep it.
  const takeBuffer = (): Uint8Array => Buffer.allocUnsafeSlow(chunkBytes);
  await files.openRead(handleId, path, { signal });
  try {
    const { size } = await files.stat(handleId, { signal });
    const source = { files, handleId, offset, size, chunkBytes, pipeline, signal, takeBuffer };
    for await (const { data } of chunksInOrder(source)) yield data;
  } finally {
    await files.close(handleId);
  }
}

/**
 * A file as Node's `Readable`. Destroying it closes the file; its errors are those of `fileBytes`.
 *
 * @example await pipeline(fileReadable(files, '/srv/data/log.txt'), createGzip(), response);
 */
export function fileReadable(files: FileStreams, path: string, options: FileReadableOptions = {}): Readable {
  checkPath(path);
  checkOptionNames('fileReadable', options, readableOptionNames);
  const highWaterMark = options.chunkBytes ?? chunkBytesMax;
  return Readable.from(fileBytes(files, path, options), { objectMode: false, highWaterMark });
}

/** A file as a web stream of bytes. Cancelling it closes the file; its errors are those of `fileBytes`. */
export function fileReadableStream(
  files: FileStreams,
  path: string,
  options: FileReadableOptions = {},
): ReadableStream<Uint8Array> {
  checkPath(path);
  checkOptionNames('fileReadableStream', options, readableOptionNames);
  const bytes = fileBytes(files, path, options);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await bytes.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => {
        await bytes.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * A file as Node's `Writable`: created or truncated when the stream is made, closed when it has finished or is destroyed. Chunks of any
 * size are cut to what one `write` takes. `finish` comes after the file was closed, so that what closing reports is not lost.
 *
 * @example await pipeline(request, fileWritable(files, '/srv/uploads/1.bin'));
 */
export function fileWritable(files: FileStreams, path: string, options: FileWritableOptions = {}): Writable {
  checkPath(path);
  checkOptionNames('fileWritable', options, writableOptionNames);
  const { offset = 0, signal } = options;
  checkOffset(offset);
  const handleId = newHandleId('write');

  return new Writable({
    highWaterMark: chunkBytesMax,
    construct: (done) => settle(files.openWrite(handleId, path, { offset, signal }), done),
    write: (chunk: Buffer, _encoding, done) => settle(writeAll(files, handleId, chunk, signal), done),
    final: (done) => settle(files.close(handleId), done),
    destroy: (error, done) =>
      settle(files.close(handleId), (closeError) => done(error ?? closeError ?? null)),
  });
}

/** A file as a web stream to write bytes to; see `fileWritable`. */
export function fileWritableStream(
  files: FileStreams,
  path: string,
  options: FileWritableOptions = {},
): WritableStream<Uint8Array> {
  return Writable.toWeb(fileWritable(files, path, options));
}

async function writeAll(
  files: FileStreams,
  handleId: string,
  data: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let start = 0; start < data.byteLength; start += chunkBytesMax)
    await files.write(handleId, data.subarray(start, start + chunkBytesMax), { signal });
}

function settle(work: Promise<unknown>, done: (error?: Error | null) => void): void {
  work.then(
    () => done(),
    (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
  );
}
