import { resolve } from 'node:path';
import { InvalidOptionError } from '../protocol/errors/call-errors.ts';
import type { OptionNames } from '../protocol/option-names.ts';
import {
  type FileLimits,
  fileLimits,
  sweepIntervalMsDefault,
  ttlMsDefault,
} from './attachments/attachment-limits.ts';
import { createFileTable } from './attachments/file-table.ts';
import type { FileTelemetry } from './attachments/file-telemetry.ts';
import { checkInterval, checkObject, checkTtl } from './attachments/option-values.ts';
import { privateDirectory } from './attachments/private-directory.ts';
import type { FilesEstate } from './attachments/staged-files.ts';
import { StagingArea } from './attachments/staging-area.ts';

/** Options of a store. Each field: its meaning, then its default. */
export interface FileStoreOptions extends Partial<FileLimits> {
  /**
   * Folder of the store; made with mode 0700 where it is missing. One store at a time has it. Defaults to a folder of its own below the
   * temporary folder, which goes when the store is closed; nothing can be staged with `persist` then.
   */
  readonly directory?: string;
  /** Milliseconds that files stay when their caller names no other time; `Infinity` for ever. Defaults to a day. */
  readonly ttlMs?: number;
  /** Milliseconds between two sweeps. Defaults to 60,000. */
  readonly sweepIntervalMs?: number;
  /** Milliseconds since the Unix epoch, which expiry is told by. Defaults to `Date.now`. */
  readonly wallClock?: () => number;
}

/** Every option of a store. */
export const fileStoreOptionNames = {
  directory: 'own',
  ttlMs: 'own',
  sweepIntervalMs: 'own',
  wallClock: 'own',
  fileBytesMax: 'own',
  storeBytesMax: 'own',
  storeFilesMax: 'own',
  freeBytesMin: 'own',
} as const satisfies OptionNames<FileStoreOptions>;

/** A checked store, before anything has started. */
export interface FileStorePlan {
  readonly estate: FilesEstate;
  readonly ttlMs: number;
  readonly sweepIntervalMs: number;
}

/**
 * Checks the options of a store and fills in the defaults. Touches no disk.
 *
 * @param telemetry Told of what comes and goes. Defaults to nobody.
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function fileStorePlan(options: FileStoreOptions = {}, telemetry?: FileTelemetry): FileStorePlan {
  checkObject(options);
  const {
    directory,
    ttlMs = ttlMsDefault,
    sweepIntervalMs = sweepIntervalMsDefault,
    wallClock = Date.now,
  } = options;
  const limits = fileLimits(options);
  checkDirectory(directory);
  checkTtl('ttlMs', ttlMs);
  checkInterval('sweepIntervalMs', sweepIntervalMs);
  const area = new StagingArea({
    directory: directory === undefined ? privateDirectory() : resolve(directory),
    isPrivate: directory === undefined,
    wallClock,
  });
  const estate = { area, table: createFileTable(), limits, wallClock, telemetry };
  return { estate, ttlMs, sweepIntervalMs };
}

function checkDirectory(directory: unknown): void {
  if (directory === undefined) return;
  if (typeof directory === 'string' && directory !== '' && !directory.includes('\0')) return;
  throw new InvalidOptionError('directory', directory, 'the path of a folder');
}
