import type { Address } from './behaviour.ts';
import { checkFunctions, InvalidOptionError } from './invalid-option.ts';

/** Refuses what is nobody's address. One that nobody has, or has any more, is for the call to answer. */
export function checkAddress(value: unknown, field = 'address'): asserts value is Address {
  if (typeof value === 'string') return;
  if (typeof value === 'object' && value !== null) {
    if ('path' in value && typeof value.path === 'string') return;
    if ('whereis' in value && typeof value.whereis === 'function') return;
  }
  throw new InvalidOptionError(field, value, 'a pid, a path, a registered name or a Via');
}

export const messagingAccepted = 'an ActorSystem or the context of an actor';

/** Refuses what cannot carry messages. */
export function checkMessaging(field: string, value: unknown): void {
  checkFunctions(field, value, ['cast', 'call', 'whereis'], messagingAccepted);
}

/** Whether requests can be sent through it. */
export function canCall(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'call' in value && typeof value.call === 'function';
}
