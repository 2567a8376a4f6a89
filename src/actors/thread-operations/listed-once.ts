import type { ThreadRecord } from '../../protocol/thread-records.ts';

/** Ids of a listing that are remembered, the newest; a thread that comes again further on is given again. */
export const listedIdsMax = 10_000;

/** Each thread of a page once, as it comes first. Codex names a thread for each file that it keeps of it: one more per reversion. */
export function pageOnce(threads: readonly ThreadRecord[]): readonly ThreadRecord[] {
  const seen = new Set<string>();
  return threads.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** Each thread of a listing once, as it comes first, among the `idsMax` before it. */
export async function* listedOnce(
  threads: AsyncIterable<ThreadRecord>,
  idsMax = listedIdsMax,
): AsyncGenerator<ThreadRecord, undefined, undefined> {
  const seen = new Set<string>();
  for await (const thread of threads) {
    if (seen.has(thread.id)) continue;
    seen.add(thread.id);
    const [oldest] = seen;
    if (seen.size > idsMax && oldest !== undefined) seen.delete(oldest);
    yield thread;
  }
  return undefined;
}
