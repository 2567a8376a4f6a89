import type { FileEntry } from './file-entry.ts';

/**
 * Entries by id, never changed in place. They lie in buckets by the first characters of the id, so that a new version copies one
 * bucket and not all entries.
 */
export type EntryIndex = Readonly<Record<string, Readonly<Record<string, FileEntry>>>>;

/** The index without entries. */
export const emptyIndex: EntryIndex = {};

export function entryOf(index: EntryIndex, id: string): FileEntry | undefined {
  const bucket = index[bucketOf(id)];
  return bucket !== undefined && Object.hasOwn(bucket, id) ? bucket[id] : undefined;
}

export function withEntry(index: EntryIndex, entry: FileEntry): EntryIndex {
  const key = bucketOf(entry.id);
  return { ...index, [key]: { ...index[key], [entry.id]: entry } };
}

export function withoutEntry(index: EntryIndex, id: string): EntryIndex {
  const key = bucketOf(id);
  const { [id]: _removed, ...bucket } = index[key] ?? {};
  return { ...index, [key]: bucket };
}

/** An index of many entries at once. */
export function indexOf(entries: Iterable<FileEntry>): EntryIndex {
  const index: Record<string, Record<string, FileEntry>> = {};
  for (const entry of entries) {
    const key = bucketOf(entry.id);
    const bucket = index[key] ?? {};
    bucket[entry.id] = entry;
    index[key] = bucket;
  }
  return index;
}

export function* entriesIn(index: EntryIndex): Generator<FileEntry, void, undefined> {
  for (const bucket of Object.values(index)) yield* Object.values(bucket);
}

/** The prefix keeps the key a word: `{}` sorts numbers. */
function bucketOf(id: string): string {
  return `b${id.slice(0, 2)}`;
}
