import { isAbsolute } from 'node:path';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import type { OptionNames } from '../../protocol/option-names.ts';
import { checkBytes, checkObject, checkTtl } from './option-values.ts';
import type { OnProgress } from './staging-pool.ts';

/** How a file is staged. */
export interface StageOptions {
  /** The name it has as an attachment, made safe. Defaults to the source's own, else `attachment`. */
  readonly name?: string;
  /** Milliseconds until it may be removed; `Infinity` for never. Defaults to the store's `ttlMs`, a day. */
  readonly ttlMs?: number;
  /** Whether it stays until it is released, also when the process ends. Needs a store with a `directory`. Defaults to false. */
  readonly persist?: boolean;
  /** Bytes of this file, where it must be smaller than the store's `fileBytesMax`. */
  readonly maxBytes?: number;
  /** The SHA-256 it must have, in hexadecimal; another is refused with `file_checksum_mismatch`. */
  readonly checksum?: string;
  /**
   * For paths that others have named: the folder that the file must be in. Links are then followed as long as they stay inside. Without it a
   * path that is itself a link is refused.
   */
  readonly within?: string;
  /** Told how many bytes are copied, and of how many as far as that is known. What it throws ends the staging. */
  readonly onProgress?: OnProgress;
  /** Calls it off: the staging rejects with `file_cancelled` and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

/** How a file is staged for a scope: nothing of it outlives the scope. */
export type TemporaryOptions = Omit<StageOptions, 'ttlMs' | 'persist'>;

/** Every option of `temporary`. */
export const temporaryOptionNames = {
  name: 'own',
  maxBytes: 'own',
  checksum: 'own',
  within: 'own',
  onProgress: 'own',
  signal: 'own',
} as const satisfies OptionNames<TemporaryOptions>;

/** Every option of `stage`. */
export const stageOptionNames = {
  ...temporaryOptionNames,
  ttlMs: 'own',
  persist: 'own',
} as const satisfies OptionNames<StageOptions>;

/** Checked options, with the store's defaults. */
export interface CheckedStageOptions {
  readonly ttlMs: number;
  readonly persist: boolean;
  readonly maxBytes: number | undefined;
  readonly checksum: string | undefined;
  readonly within: string | undefined;
}

/**
 * Checks the options of a staging.
 *
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function checkStageOptions(
  options: StageOptions,
  store: { readonly ttlMs: number; readonly isPrivate: boolean },
): CheckedStageOptions {
  checkObject(options);
  const {
    name,
    ttlMs = store.ttlMs,
    persist = false,
    maxBytes,
    checksum,
    within,
    onProgress,
    signal,
  } = options;
  if (name !== undefined && typeof name !== 'string') throw new InvalidOptionError('name', name, 'a string');
  checkTtl('ttlMs', ttlMs);
  if (typeof persist !== 'boolean') throw new InvalidOptionError('persist', persist, 'true or false');
  if (persist && store.isPrivate) {
    throw new InvalidOptionError(
      'persist',
      true,
      'false for a store that was given no directory: its files end with it',
    );
  }
  if (maxBytes !== undefined) checkBytes('maxBytes', maxBytes);
  if (checksum !== undefined && !isChecksum(checksum)) {
    throw new InvalidOptionError('checksum', checksum, 'a SHA-256 in hexadecimal, 64 digits');
  }
  if (within !== undefined && (typeof within !== 'string' || !isAbsolute(within))) {
    throw new InvalidOptionError('within', within, 'the absolute path of a folder');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidOptionError('onProgress', onProgress, 'a function');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError('signal', signal, 'an AbortSignal');
  }
  return { ttlMs, persist, maxBytes, checksum: checksum?.toLowerCase(), within };
}

function isChecksum(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);
}
