import { arrayOrEmpty, isRecord } from '../unread.ts';
import type { PermissionEntry, PermissionProfile } from './approval-request.ts';

/**
 * Reads what is asked for beyond the sandbox. Codex names paths twice, in `entries` and in the older `read` and `write`: each is
 * taken once.
 *
 * @returns undefined when something in it is not understood, since nobody can grant what he cannot read.
 */
export function parsePermissions(value: unknown): PermissionProfile | undefined {
  if (!isRecord(value)) return undefined;
  const { network, fileSystem } = value;
  const enabled = isRecord(network) && network.enabled === true;
  if (fileSystem === null || fileSystem === undefined) return { network: enabled, entries: [] };
  if (!isRecord(fileSystem)) return undefined;
  const listed = [
    ...arrayOrEmpty(fileSystem.entries),
    ...arrayOrEmpty(fileSystem.read).map((path) => ({ path: { type: 'path', path }, access: 'read' })),
    ...arrayOrEmpty(fileSystem.write).map((path) => ({ path: { type: 'path', path }, access: 'write' })),
  ];
  if (!listed.every(isPermissionEntry)) return undefined;
  return { network: enabled, entries: listed.filter((entry, at) => indexOfEntry(listed, entry) === at) };
}

/** Whether a value is an entry in Codex's shape. */
export function isPermissionEntry(value: unknown): value is PermissionEntry {
  if (!isRecord(value) || !isRecord(value.path)) return false;
  if (value.access !== 'read' && value.access !== 'write' && value.access !== 'deny') return false;
  const { path } = value;
  switch (path.type) {
    case 'path':
      return typeof path.path === 'string' && path.path !== '';
    case 'glob_pattern':
      return typeof path.pattern === 'string';
    case 'special':
      return isRecord(path.value);
    default:
      return false;
  }
}

/**
 * Whether everything in `granted` was asked for, word for word. What the request denies within it stays denied: without that the grant
 * would be wider than the request.
 */
export function isWithinRequest(granted: PermissionProfile, requested: PermissionProfile): boolean {
  if (granted.network && !requested.network) return false;
  if (!granted.entries.every((entry) => holds(requested, entry))) return false;
  return (
    granted.entries.every(isDenial) ||
    requested.entries.filter(isDenial).every((entry) => holds(granted, entry))
  );
}

function isDenial({ access }: PermissionEntry): boolean {
  return access === 'deny';
}

function holds({ entries }: PermissionProfile, entry: PermissionEntry): boolean {
  return indexOfEntry(entries, entry) >= 0;
}

/** What both of two profiles hold, in the order of the first. */
export function permissionsInBoth(left: PermissionProfile, right: PermissionProfile): PermissionProfile {
  const entries = left.entries.filter((entry) => holds(right, entry));
  return { network: left.network && right.network, entries };
}

function indexOfEntry(entries: readonly PermissionEntry[], wanted: PermissionEntry): number {
  return entries.findIndex((entry) => entry.access === wanted.access && keyOf(entry) === keyOf(wanted));
}

function keyOf({ path }: PermissionEntry): string {
  switch (path.type) {
    case 'path':
      return `path:${path.path}`;
    case 'glob_pattern':
      return `glob:${path.pattern}`;
    case 'special':
      return `special:${JSON.stringify(Object.entries(path.value).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
  }
}

/** The profile in the shape of `GrantedPermissionProfile`, paths in both of its spellings. */
export function wirePermissions({ network, entries }: PermissionProfile): Readonly<Record<string, unknown>> {
  const paths = (access: PermissionEntry['access']) =>
    entries.flatMap((entry) =>
      entry.access === access && entry.path.type === 'path' ? [entry.path.path] : [],
    );
  return {
    ...(network ? { network: { enabled: true } } : {}),
    ...(entries.length === 0 ? {} : { fileSystem: { read: paths('read'), write: paths('write'), entries } }),
  };
}
