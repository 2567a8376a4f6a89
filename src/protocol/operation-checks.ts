import { InvalidOptionError } from './errors/call-errors.ts';
import type { OptionNames } from './option-names.ts';
import { isRecord } from './unread.ts';

/** Characters of a thread's name. */
export const threadNameLengthMax = 1_000;

/** Bytes of a label, or of the key of a metadata entry, in UTF-8: as many as Codex takes. */
export const recordKeyBytesMax = 256;

/** Bytes of a metadata entry's value as JSON: as many as Codex takes. */
export const metadataBytesMax = 65_536;

/** Entries of one page of a listing. */
export const pageSizeMax = 100;

/** Entries of one page unless the caller says otherwise. */
export const pageSizeDefault = 50;

/** Characters of a review's instructions, a branch or a commit. */
export const reviewTextLengthMax = 100_000;

/** What a review looks at. */
export type ReviewTarget =
  /** What is changed in the working directory and not committed. */
  | { readonly type: 'uncommittedChanges' }
  /** What the present branch has and `branch` has not. */
  | { readonly type: 'baseBranch'; readonly branch: string }
  | { readonly type: 'commit'; readonly sha: string; readonly title?: string }
  /** What the instructions say. */
  | { readonly type: 'custom'; readonly instructions: string };

/** How much a page of a listing holds. */
export interface PageOptions {
  /** Entries asked for at once, 1 to 100. Defaults to 50. */
  readonly pageSize?: number;
}

/** Every option of a listing that has no others. */
export const pageOptionNames = { pageSize: 'own' } as const satisfies OptionNames<PageOptions>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @throws InvalidOptionError for what cannot be an id of Codex, which are UUIDs. */
export function checkId(field: string, id: unknown): void {
  if (typeof id !== 'string' || !uuid.test(id))
    throw new InvalidOptionError(field, id, 'an id of Codex, such as 0199a213-81c0-7800-8aa1-bbab2a035a53');
}

/** @throws InvalidOptionError for an empty name, or one that is too long. */
export function checkThreadName(name: unknown): void {
  if (typeof name !== 'string' || name.trim() === '' || name.length > threadNameLengthMax)
    throw new InvalidOptionError('name', name, `a text of 1 to ${threadNameLengthMax} characters`);
}

/** @throws InvalidOptionError for a label or key that Codex does not take. */
export function checkRecordKey(field: string, key: unknown): void {
  if (typeof key !== 'string' || key === '' || bytesOf(key) > recordKeyBytesMax)
    throw new InvalidOptionError(field, key, `a text of 1 to ${recordKeyBytesMax} bytes`);
}

/** @throws InvalidOptionError for what JSON cannot carry, or too much of it. */
export function checkMetadataValue(value: unknown): void {
  const accepted = `plain JSON of at most ${metadataBytesMax} bytes`;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A cycle, a bigint, a throwing toJSON.
  }
  if (text === undefined || bytesOf(text) > metadataBytesMax)
    throw new InvalidOptionError('value', value, accepted);
}

/** @throws InvalidOptionError for a target that Codex would refuse, or would quietly make nothing of. */
export function checkReviewTarget(target: unknown): void {
  const given = isRecord(target) ? target : { type: undefined };
  const text = reviewTexts[String(given.type)];
  if (text === undefined || !Object.hasOwn(reviewTexts, String(given.type)))
    throw new InvalidOptionError(
      'target',
      target,
      "{ type: 'uncommittedChanges' }, { type: 'baseBranch', branch }, { type: 'commit', sha } or { type: 'custom', instructions }",
    );
  for (const field of text) {
    const value = given[field];
    if (typeof value !== 'string' || value.trim() === '' || value.length > reviewTextLengthMax)
      throw new InvalidOptionError(
        `target.${field}`,
        value,
        `a text of 1 to ${reviewTextLengthMax} characters`,
      );
  }
  const { title } = given;
  if (title !== undefined && typeof title !== 'string')
    throw new InvalidOptionError('target.title', title, 'a string');
}

const reviewTexts: Readonly<Record<string, readonly string[]>> = {
  uncommittedChanges: [],
  baseBranch: ['branch'],
  commit: ['sha'],
  custom: ['instructions'],
};

/** @throws InvalidOptionError for a page that is none. */
export function checkPage({ pageSize }: PageOptions, cursor?: unknown): void {
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= pageSizeMax))
    throw new InvalidOptionError('pageSize', pageSize, `a whole number from 1 to ${pageSizeMax}`);
  if (cursor !== undefined && cursor !== null && (typeof cursor !== 'string' || cursor === ''))
    throw new InvalidOptionError('cursor', cursor, 'the nextCursor of a page');
}

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
