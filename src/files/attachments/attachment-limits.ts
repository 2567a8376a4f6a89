import { checkBytes, checkCount } from './option-values.ts';

/** Milliseconds after which a staged file expires when its caller names no other time: a day. */
export const ttlMsDefault = 86_400_000;

/** Bytes of one staged file. */
export const fileBytesMaxDefault = 4_294_967_296;

/** Bytes of all staged files together. */
export const storeBytesMaxDefault = 34_359_738_368;

/** How many files a store holds. */
export const storeFilesMaxDefault = 100_000;

/** Bytes that staging leaves free on the disk, for those who share it. */
export const freeBytesDefault = 536_870_912;

/** Milliseconds between two sweeps. */
export const sweepIntervalMsDefault = 60_000;

/** Bounds of a store. Each field: what it bounds, then its default. */
export interface FileLimits {
  /** Bytes of one file. Defaults to 4 GiB. */
  readonly fileBytesMax: number;
  /** Bytes of all files together. Defaults to 32 GiB. */
  readonly storeBytesMax: number;
  /** How many files. Defaults to 100,000. */
  readonly storeFilesMax: number;
  /** Bytes that staging leaves free on the disk. Defaults to 512 MiB. */
  readonly freeBytesMin: number;
}

/**
 * Checks the limits of a store and fills in the defaults.
 *
 * @throws InvalidOptionError naming the limit.
 */
export function fileLimits(limits: Partial<FileLimits> = {}): FileLimits {
  const {
    fileBytesMax = fileBytesMaxDefault,
    storeBytesMax = storeBytesMaxDefault,
    storeFilesMax = storeFilesMaxDefault,
    freeBytesMin = freeBytesDefault,
  } = limits;
  checkBytes('fileBytesMax', fileBytesMax);
  checkBytes('storeBytesMax', storeBytesMax);
  checkCount('storeFilesMax', storeFilesMax);
  checkBytes('freeBytesMin', freeBytesMin);
  return { fileBytesMax, storeBytesMax, storeFilesMax, freeBytesMin };
}
