import type { ChildSource, ChildSpec } from './checked-spec.ts';
import { checkObject, InvalidOptionError } from './invalid-option.ts';

const sourceKinds: Readonly<Record<ChildSource['kind'], true>> = {
  behaviour: true,
  logic: true,
  supervisor: true,
};

/** Refuses what `childSpec` has not made: a supervisor that starts it would crash, and its children with it. */
export function checkChildSpec(
  field: string,
  value: unknown,
  accepted = 'a child spec made by childSpec()',
): asserts value is ChildSpec {
  if (!isChildSpec(value)) throw new InvalidOptionError(field, value, accepted);
}

/** Refuses a request that names no child. */
export function checkChildToStart(child: unknown): void {
  checkObject('child', child, '{ spec } or { input }');
}

function isChildSpec(value: unknown): boolean {
  if (!isObject(value) || !('id' in value) || typeof value.id !== 'string') return false;
  const source = 'source' in value ? value.source : undefined;
  if (!isObject(source) || !('kind' in source) || typeof source.kind !== 'string') return false;
  return Object.hasOwn(sourceKinds, source.kind);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
