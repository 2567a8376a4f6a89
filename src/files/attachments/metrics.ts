import { entriesIn } from './entry-index.ts';
import { type FileEntry, isExpired } from './file-entry.ts';
import type { FileTableState } from './file-table.ts';

/** Files and bytes. */
export interface FileCount {
  readonly count: number;
  readonly bytes: number;
}

/** How full a store is, and how well it does. One content counts once, under however many names. */
export interface FileMetrics {
  readonly total: FileCount;
  /** Those that never expire by themselves because they were staged with `persist`. */
  readonly persistent: FileCount;
  /** Those that have a time to expire at. */
  readonly expirable: FileCount;
  /** Those that a turn, or another holder, uses now. */
  readonly inUse: FileCount;
  /** Those whose time is over and that the next sweep removes unless they are in use. */
  readonly expired: FileCount;
  /** Removed since the store was opened. */
  readonly swept: FileCount;
  /** Stagings that found their content in the store, and those that did not. */
  readonly hits: number;
  readonly misses: number;
}

/** Counts a table. @param now Milliseconds since the Unix epoch. */
export function metricsOf(state: FileTableState, now: number): FileMetrics {
  const all = [...entriesIn(state.entries)];
  return {
    total: { count: state.count, bytes: state.bytes },
    persistent: countOf(all, ({ persist }) => persist),
    expirable: countOf(all, ({ persist, expiresAt, claims }) => !persist && expiresAt !== null && claims > 0),
    inUse: countOf(all, ({ uses }) => uses > 0),
    expired: countOf(all, (entry) => isExpired(entry, now)),
    swept: { count: state.swept, bytes: state.sweptBytes },
    hits: state.hits,
    misses: state.misses,
  };
}

function countOf(entries: readonly FileEntry[], chosen: (entry: FileEntry) => boolean): FileCount {
  const found = entries.filter(chosen);
  return { count: found.length, bytes: found.reduce((sum, { size }) => sum + size, 0) };
}
