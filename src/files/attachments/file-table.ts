import { createStore } from '@xstate/store';
import {
  type EntryIndex,
  emptyIndex,
  entriesIn,
  entryOf,
  indexOf,
  withEntry,
  withoutEntry,
} from './entry-index.ts';
import {
  type Claim,
  claimed,
  type FileEntry,
  isRemovable,
  type KeptEntry,
  newEntry,
  unclaimed,
} from './file-entry.ts';

/** What the table knows. Never changed in place: selectors may compare by identity. */
export interface FileTableState {
  readonly entries: EntryIndex;
  /** Entries, and their bytes. */
  readonly count: number;
  readonly bytes: number;
  /** Stagings that found their content in the store, and those that did not. */
  readonly hits: number;
  readonly misses: number;
  /** Files removed since the store was opened, and their bytes. */
  readonly swept: number;
  readonly sweptBytes: number;
}

const empty: FileTableState = {
  entries: emptyIndex,
  count: 0,
  bytes: 0,
  hits: 0,
  misses: 0,
  swept: 0,
  sweptBytes: 0,
};

/**
 * The table of staged files: pure transitions, no I/O. It belongs to the store and outlives incarnations of the file registry, so that a
 * use is counted whatever happens to the registry. Source: an ETS table with an heir.
 */
export function createFileTable() {
  return createStore({
    context: empty,
    on: {
      /** The registry has compared the index with the disk: these are there. Uses and scopes of this process go on. */
      loaded: (state, event: { entries: readonly KeptEntry[] }) => load(state, event.entries),
      /** The content is staged, and is new. */
      added: (
        state,
        event: { content: { id: string; size: number; contentType: string }; claim: Claim },
      ) => ({
        ...put(state, newEntry(event.content, event.claim)),
        misses: state.misses + 1,
      }),
      /** The content was staged again. */
      claimed: (state, event: { id: string; claim: Claim }) => ({
        ...change(state, event.id, (entry) => claimed(entry, event.claim)),
        hits: state.hits + 1,
      }),
      unclaimed: (state, event: { id: string; scoped: boolean }) =>
        change(state, event.id, (entry) => unclaimed(entry, event.scoped)),
      /** All claims end at once; what is in use goes when its uses end. */
      forsaken: (state) => forsake(state),
      used: (state, event: { id: string }) =>
        change(state, event.id, (entry) => ({ ...entry, uses: entry.uses + 1 })),
      unused: (state, event: { id: string }) =>
        change(state, event.id, (entry) => ({ ...entry, uses: Math.max(0, entry.uses - 1) })),
      /** Its file is about to be removed; refused while somebody uses it or its time is not over. */
      removed: (state, event: { id: string; now: number }) => remove(state, event.id, event.now),
      /** Its file could not be removed. */
      restored: (state, event: { entry: FileEntry }) => ({
        ...put(state, event.entry),
        swept: state.swept - 1,
        sweptBytes: state.sweptBytes - event.entry.size,
      }),
    },
  });
}

/** A table of staged files: an `@xstate/store`, to select from and subscribe to. */
export type FileTable = ReturnType<typeof createFileTable>;

function put(state: FileTableState, entry: FileEntry): FileTableState {
  const before = entryOf(state.entries, entry.id);
  return {
    ...state,
    entries: withEntry(state.entries, entry),
    count: state.count + (before === undefined ? 1 : 0),
    bytes: state.bytes + entry.size - (before?.size ?? 0),
  };
}

function change(state: FileTableState, id: string, next: (entry: FileEntry) => FileEntry): FileTableState {
  const entry = entryOf(state.entries, id);
  return entry === undefined ? state : { ...state, entries: withEntry(state.entries, next(entry)) };
}

function remove(state: FileTableState, id: string, now: number): FileTableState {
  const entry = entryOf(state.entries, id);
  if (entry === undefined || !isRemovable(entry, now)) return state;
  return {
    ...state,
    entries: withoutEntry(state.entries, id),
    count: state.count - 1,
    bytes: state.bytes - entry.size,
    swept: state.swept + 1,
    sweptBytes: state.sweptBytes + entry.size,
  };
}

function load(state: FileTableState, kept: readonly KeptEntry[]): FileTableState {
  const entries = kept.map((entry): FileEntry => {
    const before = entryOf(state.entries, entry.id);
    return { ...entry, scopes: before?.scopes ?? 0, uses: before?.uses ?? 0 };
  });
  return {
    ...state,
    entries: indexOf(entries),
    count: entries.length,
    bytes: entries.reduce((sum, { size }) => sum + size, 0),
  };
}

function forsake(state: FileTableState): FileTableState {
  const entries = [...entriesIn(state.entries)].map((entry) => ({
    ...entry,
    persist: false,
    claims: 0,
    scopes: 0,
  }));
  return { ...state, entries: indexOf(entries) };
}
