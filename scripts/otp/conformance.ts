import { readFileSync } from 'node:fs';
import { type Case, type Json, parseCases, parseTraces } from './case-format.ts';
import { replay } from './replay.ts';
import { type Difference, firstDifference } from './trace-comparison.ts';

/** Milliseconds that the replay of one case may take; it takes a few. */
const replayMsMaxDefault = 30_000;

/** What became of one case; `difference` is undefined when its trace is OTP's. */
export interface Verdict {
  readonly id: string;
  readonly difference: Difference | undefined;
}

/** How many cases went as OTP went, and how many did not. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Replays each case of a file of specs and compares it with its trace. */
export function verdicts(specsFile: string, tracesFile: string): AsyncGenerator<Verdict> {
  return compared(readFileSync(specsFile, 'utf8'), readFileSync(tracesFile, 'utf8'));
}

/** The same for texts of one JSON object a line. A case that cannot be replayed to its end within `replayMsMax` is a difference too. */
export async function* compared(
  specs: string,
  traces: string,
  replayMsMax = replayMsMaxDefault,
): AsyncGenerator<Verdict> {
  const recorded = parseTraces(traces);
  for (const theCase of parseCases(specs)) {
    const expected = recorded.get(theCase.id);
    if (expected === undefined) throw new Error(`there is no trace of ${theCase.id}`);
    yield { id: theCase.id, difference: await differenceOf(theCase, expected, replayMsMax) };
  }
}

/** Prints each difference as it comes, and counts. */
export async function tallied(each: AsyncIterable<Verdict>): Promise<Tally> {
  const tally = { passed: 0, failed: 0 };
  for await (const { id, difference } of each) {
    tally[difference === undefined ? 'passed' : 'failed'] += 1;
    if (difference === undefined) continue;
    console.log(`${id}: event ${difference.index}`);
    console.log(`  expected ${JSON.stringify(difference.expected)}`);
    console.log(`  actual   ${JSON.stringify(difference.actual)}`);
  }
  return tally;
}

async function differenceOf(
  theCase: Case,
  expected: readonly Json[],
  replayMsMax: number,
): Promise<Difference | undefined> {
  try {
    return firstDifference(expected, await inTime(replay(theCase), replayMsMax));
  } catch (error) {
    return { index: -1, expected: 'a replay to the end', actual: String(error) };
  }
}

/** Rejects when the replay waits for what never comes: nothing else would keep the event loop alive, or end the wait. */
function inTime<T>(replayed: Promise<T>, replayMsMax: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not at its end after ${replayMsMax} ms`)), replayMsMax);
    replayed.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
