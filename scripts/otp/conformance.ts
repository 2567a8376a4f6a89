import { readFileSync } from 'node:fs';
import { parseCases, parseTraces } from './case-format.ts';
import { replay } from './replay.ts';
import { type Difference, firstDifference } from './trace-comparison.ts';

/** What became of one case; `difference` is undefined when its trace is OTP's. */
export interface Verdict {
  readonly id: string;
  readonly difference: Difference | undefined;
}

/** Replays each case of a file of specs and compares it with its trace. */
export async function* verdicts(specsFile: string, tracesFile: string): AsyncGenerator<Verdict> {
  const traces = parseTraces(readFileSync(tracesFile, 'utf8'));
  for (const theCase of parseCases(readFileSync(specsFile, 'utf8'))) {
    const expected = traces.get(theCase.id);
    if (expected === undefined) throw new Error(`${tracesFile} has no trace of ${theCase.id}`);
    yield { id: theCase.id, difference: firstDifference(expected, await replay(theCase)) };
  }
}
