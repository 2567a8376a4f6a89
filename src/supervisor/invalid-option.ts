import { SupervisionError } from './errors.ts';

/**
 * A spec or option that cannot be. `field` names it, `accepted` says what may stand there. Code `invalid_option`.
 *
 * The error of the same name that `codex-actors` exports is another class with the same `name`, `code`, `field`, `accepted` and message:
 * this layer knows nothing of Codex. Whoever uses both tells them by `code`.
 */
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

/** Only short strings are shown: options may hold what must not be logged. */
function shown(value: unknown): string {
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length} characters`;
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

/** Refuses anything but milliseconds, of which there may be no end. */
export function checkTimeout(field: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0) return;
  throw new InvalidOptionError(field, value, 'a number of milliseconds from 0, or Infinity');
}

/** Refuses anything but an object. */
export function checkObject(field: string, value: unknown, accepted: string): asserts value is object {
  if (typeof value !== 'object' || value === null) throw new InvalidOptionError(field, value, accepted);
}

/** Refuses what is given for a function and is none. */
export function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidOptionError(field, value, 'a function');
}

/** Refuses an object that lacks one of these methods. */
export function checkFunctions(
  field: string,
  value: unknown,
  methods: readonly string[],
  accepted: string,
): void {
  checkObject(field, value, accepted);
  for (const method of methods) {
    if (typeof Reflect.get(value, method) !== 'function')
      throw new InvalidOptionError(field, value, accepted);
  }
}

/** Refuses anything but an `AbortSignal`. */
export function checkSignal(value: unknown): void {
  if (!(value instanceof AbortSignal)) throw new InvalidOptionError('signal', value, 'an AbortSignal');
}
