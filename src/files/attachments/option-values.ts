import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { isRecord } from '../../protocol/unread.ts';

/** Refuses options that are no object. */
export function checkObject(options: unknown): void {
  if (!isRecord(options)) throw new InvalidOptionError('options', options, 'an object');
}

/** Refuses what is no number of bytes. */
export function checkBytes(field: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return;
  throw new InvalidOptionError(field, value, 'a whole number of bytes from 0');
}

/** Refuses what is no count of at least one. */
export function checkCount(field: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return;
  throw new InvalidOptionError(field, value, 'a whole number from 1');
}

/** Refuses what is no time to live: milliseconds from 0, or `Infinity`. */
export function checkTtl(field: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value >= 0) return;
  throw new InvalidOptionError(field, value, 'milliseconds from 0, or Infinity');
}

/** Refuses what is no time between two events. */
export function checkInterval(field: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 1) return;
  throw new InvalidOptionError(field, value, 'milliseconds from 1');
}
