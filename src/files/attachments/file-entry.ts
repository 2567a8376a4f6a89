import type { Attachment } from './attachment.ts';

/** What the index on disk keeps of one content. */
export interface KeptEntry {
  /** SHA-256 of the content, in hexadecimal. */
  readonly id: string;
  /** The names it was staged under, all links to one copy; never empty. */
  readonly names: readonly string[];
  readonly size: number;
  readonly contentType: string;
  readonly stagedAt: number;
  /** Null for never. */
  readonly expiresAt: number | null;
  readonly persist: boolean;
  /** How often it was staged and not released since, scoped stagings apart. */
  readonly claims: number;
}

/** One content of the store, and who needs it. */
export interface FileEntry extends KeptEntry {
  /** Open scopes that staged it; they end with the process, so the index does not keep them. */
  readonly scopes: number;
  /** Turns, and others, that use it now. */
  readonly uses: number;
}

/** What a caller asks for when it stages a content. */
export interface Claim {
  readonly name: string;
  readonly now: number;
  /** Null for never. */
  readonly expiresAt: number | null;
  readonly persist: boolean;
  /** Whether the claim belongs to a scope and ends with it. */
  readonly scoped: boolean;
}

/** How many names one content keeps; further ones share the path of the first. */
export const namesMax = 64;

/** The entry of a content that was not there. */
export function newEntry(
  content: { id: string; size: number; contentType: string },
  claim: Claim,
): FileEntry {
  return {
    ...content,
    names: [claim.name],
    stagedAt: claim.now,
    expiresAt: claim.expiresAt,
    persist: claim.persist,
    claims: claim.scoped ? 0 : 1,
    scopes: claim.scoped ? 1 : 0,
    uses: 0,
  };
}

/** The entry after its content was staged again: expiry is stretched, never shortened. A scope asks for no time beyond its own. */
export function claimed(entry: FileEntry, claim: Claim): FileEntry {
  const names =
    entry.names.includes(claim.name) || entry.names.length >= namesMax
      ? entry.names
      : [...entry.names, claim.name];
  if (claim.scoped) return { ...entry, names, stagedAt: claim.now, scopes: entry.scopes + 1 };
  return {
    ...entry,
    names,
    stagedAt: claim.now,
    // What only scopes have staged so far has no expiry of its own.
    expiresAt: entry.claims === 0 ? claim.expiresAt : later(entry.expiresAt, claim.expiresAt),
    persist: entry.persist || claim.persist,
    claims: entry.claims + 1,
  };
}

/** The entry after one claim was given up. One too many changes nothing. */
export function unclaimed(entry: FileEntry, scoped: boolean): FileEntry {
  if (scoped) return { ...entry, scopes: Math.max(0, entry.scopes - 1) };
  const claims = Math.max(0, entry.claims - 1);
  return { ...entry, claims, persist: entry.persist && claims > 0 };
}

/** Whether its time is over; whether it is in use is another matter. */
export function isExpired(entry: FileEntry, now: number): boolean {
  if (entry.scopes > 0) return false;
  if (entry.claims === 0) return true;
  return !entry.persist && entry.expiresAt !== null && entry.expiresAt <= now;
}

/** Whether its file may go: nobody uses it, and its time is over. */
export function isRemovable(entry: FileEntry, now: number): boolean {
  return entry.uses === 0 && isExpired(entry, now);
}

/** What the index keeps of it. */
export function keptOf(entry: FileEntry): KeptEntry {
  const { id, names, size, contentType, stagedAt, expiresAt, persist, claims } = entry;
  return { id, names, size, contentType, stagedAt, expiresAt, persist, claims };
}

/** What a caller sees of it. @param name The caller's own; default the first it was staged under. */
export function attachmentOf(entry: FileEntry, pathOf: (name: string) => string, name?: string): Attachment {
  const first = entry.names[0] ?? entry.id;
  const linked = name !== undefined && entry.names.includes(name) ? name : first;
  return Object.freeze({
    id: entry.id,
    name: name ?? first,
    path: pathOf(linked),
    size: entry.size,
    contentType: entry.contentType,
    checksum: entry.id,
    stagedAt: entry.stagedAt,
    expiresAt: entry.persist || entry.claims === 0 ? null : entry.expiresAt,
    persist: entry.persist,
  });
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.max(one, other);
}
