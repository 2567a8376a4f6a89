import { checkPage, type PageOptions, pageSizeDefault } from '../../protocol/operation-checks.ts';

/** A part of a listing, and where the next one begins. */
export interface Page<T> {
  readonly data: readonly T[];
  /** To be given as `cursor`; null at the end. */
  readonly nextCursor: string | null;
}

/** Which page is asked for: how long, and from where. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | null;
}

/**
 * A listing, read page by page as it is iterated: memory holds one page, and leaving the loop ends it.
 *
 * @throws InvalidOptionError for a page size that is none; at the call, not at the first step.
 */
export function listing<T>(
  options: PageOptions,
  page: (request: PageRequest) => Promise<Page<T>>,
): AsyncGenerator<T, undefined, undefined> {
  checkPage(options);
  return pages(options.pageSize ?? pageSizeDefault, page);
}

async function* pages<T>(
  limit: number,
  page: (request: PageRequest) => Promise<Page<T>>,
): AsyncGenerator<T, undefined, undefined> {
  let cursor: string | null = null;
  do {
    const { data, nextCursor }: Page<T> = await page({ limit, cursor });
    yield* data;
    // A server that names the same page for ever is not followed.
    cursor = nextCursor === cursor ? null : nextCursor;
  } while (cursor !== null);
  return undefined;
}
