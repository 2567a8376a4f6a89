import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { systemClock } from '../../supervisor/system-clock.ts';
import { chunkBytesMax, type FileStreams } from './file-streams.ts';
import { checkChunkBytes, checkPath } from './stream-arguments.ts';

/** The most chunks that one copy reads, and the most it writes, at a time. */
export const pipelineMax = 16;

/** How many times in a row a copy goes on after a failure, unless it is told otherwise. */
export const retriesDefault = 5;

/** One end of a copy. */
export interface CopyEnd {
  /**
   * The connection, which stays its owner's; or a function that makes one, which the copy closes, and calls again when a connection
   * was lost.
   */
  readonly files: FileStreams | (() => FileStreams | Promise<FileStreams>);
  /** Absolute path on that connection's machine. */
  readonly path: string;
}

/** How far a copy has come. */
export interface CopyProgress {
  /** Bytes that the target has acknowledged. Falls back to 0 when a target that cannot go on begins again. */
  readonly bytes: number;
  /** Size of the source when it was opened. */
  readonly size: number;
  /** How often it has gone on after a failure. */
  readonly retries: number;
}

/** What a copy may be told. */
export interface CopyOptions {
  /** Chunks that are read, and chunks that are written, at a time: memory is at most twice as many chunks. 1 to 16. Default 2. */
  readonly pipeline?: number;
  /** Bytes of a chunk, 1 to 262,144. Default 262,144. */
  readonly chunkBytes?: number;
  /** Called after each acknowledged chunk. What it throws ends the copy. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Ends the copy between chunks, with `file_cancelled`. What was written stays. */
  readonly signal?: AbortSignal | undefined;
  /** How many failures in a row, without a byte gained in between, are tried again. 0 to 100. Default 5. */
  readonly retries?: number;
  /** Reads the target back and compares checksums. Default true. */
  readonly verify?: boolean;
  /** Default: real time. */
  readonly clock?: Clock;
}

const copyOptionNames = {
  pipeline: 'own',
  chunkBytes: 'own',
  onProgress: 'own',
  signal: 'own',
  retries: 'own',
  verify: 'own',
  clock: 'own',
} as const satisfies OptionNames<CopyOptions>;

/** What a copy has done. */
export interface CopyResult {
  readonly bytes: number;
  /** SHA-256 of what was copied, in lower-case hex. */
  readonly sha256: string;
  readonly retries: number;
}

/** The options of a copy, checked and with their defaults. */
export interface CopyPlan extends Required<Omit<CopyOptions, 'signal'>> {
  readonly from: CopyEnd;
  readonly to: CopyEnd;
  readonly signal: AbortSignal | undefined;
}

/** @throws InvalidOptionError that names the field. */
export function copyPlan(from: CopyEnd, to: CopyEnd, options: CopyOptions): CopyPlan {
  checkOptionNames('copy', options, copyOptionNames);
  const { pipeline = 2, chunkBytes = chunkBytesMax, retries = retriesDefault } = options;
  checkPath(from.path);
  checkPath(to.path);
  if (from.files === to.files && from.path === to.path)
    throw new InvalidOptionError('to.path', to.path, 'another file than from.path');
  checkChunkBytes('chunkBytes', chunkBytes);
  checkBetween('pipeline', pipeline, 1, pipelineMax);
  checkBetween('retries', retries, 0, 100);
  const { verify = true, clock = systemClock, onProgress = () => undefined, signal } = options;
  return { from, to, pipeline, chunkBytes, retries, verify, clock, onProgress, signal };
}

/** Refuses a number that is not whole or not in the range. */
export function checkBetween(field: string, value: unknown, min: number, max: number): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new InvalidOptionError(field, value, `a whole number from ${min} to ${max}`);
}
