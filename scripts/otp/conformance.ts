import { readFileSync } from 'node:fs';
import { type Case, type Json, type Line, linesOf, listAt, parseCase, textAt } from './case-format.ts';
import { replay } from './replay.ts';
import { type Difference, firstDifference, normalised } from './trace-comparison.ts';
import { TraceRecorder } from './trace-recorder.ts';

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

/** How cases are replayed. */
export interface ComparisonOptions {
  /** Defaults to 30,000. */
  readonly replayMsMax?: number;
  /** Plays a case and writes down what happens. Defaults to the real supervisors. */
  readonly play?: (theCase: Case, recorder: TraceRecorder) => Promise<void>;
}

/** Replays each case of a file of specs and compares it with its trace. */
export function verdicts(specsFile: string, tracesFile: string): AsyncGenerator<Verdict> {
  return compared(readFileSync(specsFile, 'utf8'), readFileSync(tracesFile, 'utf8'));
}

/**
 * The same for texts of one JSON object a line. Whatever is wrong with a line, or with the replay of its case, is a difference of that case,
 * and the others are compared. Cases of the same id have their traces in the same order.
 */
export async function* compared(
  specs: string,
  traces: string,
  { replayMsMax = replayMsMaxDefault, play = replay }: ComparisonOptions = {},
): AsyncGenerator<Verdict> {
  const recorded = new Map<string, (readonly Json[])[]>();
  for (const line of linesOf(traces)) {
    try {
      const trace = objectOf(line);
      const id = textAt(trace, 'id');
      recorded.set(id, [...(recorded.get(id) ?? []), listAt(trace, 'trace')]);
    } catch (error) {
      yield { id: `traces, line ${line.number}`, difference: problem('a trace of the format', error) };
    }
  }
  for (const line of linesOf(specs)) {
    let id = `specs, line ${line.number}`;
    try {
      const spec = objectOf(line);
      id = textAt(spec, 'id');
      const expected = recorded.get(id)?.shift();
      if (expected === undefined) throw new TypeError(`there is no trace of ${id}`);
      const theCase = parseCase(spec);
      yield {
        id,
        difference: await differenceOf(theCase, expected, (recorder) => play(theCase, recorder), replayMsMax),
      };
    } catch (error) {
      yield { id, difference: problem('a case of the format, and its trace', error) };
    }
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
    if (difference.failure !== undefined) console.log(`  failed   ${difference.failure}`);
  }
  return tally;
}

/** A replay that fails differs no later than where its trace ends. */
async function differenceOf(
  theCase: Case,
  expected: readonly Json[],
  play: (recorder: TraceRecorder) => Promise<void>,
  replayMsMax: number,
): Promise<Difference | undefined> {
  const recorder = new TraceRecorder();
  try {
    await inTime(play(recorder), replayMsMax);
    return firstDifference(expected, normalised(recorder.events, theCase));
  } catch (error) {
    const difference = firstDifference(expected, normalised(recorder.events, theCase));
    const index = difference?.index ?? expected.length;
    return { index, expected: expected[index], actual: difference?.actual, failure: String(error) };
  }
}

function objectOf(line: Line) {
  if ('object' in line) return line.object;
  throw new TypeError(line.problem);
}

function problem(expected: string, error: unknown): Difference {
  return { index: 0, expected, actual: undefined, failure: String(error) };
}

/** Rejects when the replay waits for what never comes: nothing else would keep the event loop alive, or end the wait. */
function inTime<T>(replayed: Promise<T>, replayMsMax: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not at its end after ${replayMsMax} ms`)), replayMsMax);
    replayed.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
