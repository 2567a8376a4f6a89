import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Everything of this process that could be left behind, by kind, each with its number. */
export type Holdings = Readonly<Record<string, number>>;

/** Time that what is closed has to be gone: handles close on later turns of the event loop. */
const settleMs = 3_000;
const lookAgainMs = 20;

/** Counts handles, timers, listeners of the process, open files. */
export async function holdings(): Promise<Holdings> {
  const counts: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) counts[type] = (counts[type] ?? 0) + 1;
  for (const name of process.eventNames())
    counts[`listener of ${String(name)}`] = process.listenerCount(name);
  counts['open files'] = await openFiles();
  return counts;
}

async function openFiles(): Promise<number> {
  const entries = await readdir('/proc/self/fd').catch(() => []);
  return entries.length;
}

/** What is there beyond `before`, looked at until there is nothing or the time is over. */
export async function leftSince(before: Holdings): Promise<readonly string[]> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const left = Object.entries(await holdings()).flatMap(([kind, count]) => {
      const more = count - (before[kind] ?? 0);
      return more > 0 ? [`${more} × ${kind}`] : [];
    });
    if (left.length === 0 || performance.now() >= deadline) return left;
    await delay(lookAgainMs);
  }
}
