import { SupervisionError } from './errors.ts';

/** A spec or option that cannot be. `field` names it, `accepted` says what may stand there. Code `invalid_option`. */
export class InvalidOptionError extends SupervisionError {
  /** Where the mistake is, such as `restart` or `children[2].id`. */
  readonly field: string;
  readonly accepted: string;

  constructor(field: string, value: unknown, accepted: string) {
    super('invalid_option', `${field} is ${shown(value)}; it must be ${accepted}.`);
    this.field = field;
    this.accepted = accepted;
  }
}

/** The value in a few characters: options may hold what must not be logged, so objects show only their kind. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Refuses a value that is none of the accepted words. */
export function checkOneOf(field: string, value: unknown, accepted: readonly string[]): void {
  if (typeof value === 'string' && accepted.includes(value)) return;
  throw new InvalidOptionError(field, value, `one of ${accepted.map((word) => `'${word}'`).join(', ')}`);
}

/** Refuses anything but a whole number of at least `min`. */
export function checkWhole(field: string, value: unknown, min: number): void {
  if (Number.isSafeInteger(value) && typeof value === 'number' && value >= min) return;
  throw new InvalidOptionError(field, value, `a whole number from ${min}`);
}

/** Refuses anything but a finite duration in milliseconds. */
export function checkMilliseconds(field: string, value: unknown, min: number): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= min) return;
  throw new InvalidOptionError(field, value, `milliseconds from ${min}`);
}
