/** An object from outside that was declared as `T`: its keys are checked by the compiler, its values are still to be looked at. */
export type Unread<T> = { readonly [K in T extends unknown ? keyof T : never]?: unknown };

/** Whether a value is an object with named fields: not null, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a value from outside as an object of the fields of `T`; as an empty one when it is no object. */
export function unread<T>(value: unknown): Unread<T> {
  return isRecordOf<T>(value) ? value : {};
}

function isRecordOf<T>(value: unknown): value is Unread<T> {
  return isRecord(value);
}

/** The value if it is a string, else `otherwise`. */
export function stringOr<D>(value: unknown, otherwise: D): string | D {
  return typeof value === 'string' ? value : otherwise;
}

/** The value if it is a string, null if it is null or left out; undefined for anything else, which nobody can read. */
export function stringOrNull(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : undefined;
}

/** The value if it is a finite number, else `otherwise`. */
export function numberOr<D>(value: unknown, otherwise: D): number | D {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

/** The value if it is an array, else an empty one. */
export function arrayOrEmpty(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
