import { InvalidOptionError } from './invalid-option.ts';

const words: readonly unknown[] = ['normal', 'shutdown', 'killed'];

/** Refuses what no actor can end with. */
export function checkExitReason(value: unknown): void {
  if (words.includes(value)) return;
  if (typeof value === 'object' && value !== null && ('shutdown' in value || 'error' in value)) return;
  throw new InvalidOptionError('reason', value, "'normal', 'shutdown', 'killed', { shutdown } or { error }");
}
