import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asObject, type Json, type JsonObject, listAt, parseCases, textAt } from './case-format.ts';
import { erlangTerm } from './erlang-terms.ts';
import { normalised } from './trace-comparison.ts';

const run = promisify(execFile);
/** Milliseconds that `erl` may take over a whole recording. */
const recordingTimeoutMs = 600_000;

/** Which Erlang is installed; undefined when there is none. */
export async function erlangRelease(): Promise<string | undefined> {
  const ask = 'io:format("~s", [erlang:system_info(otp_release)]), halt().';
  try {
    return (await run('erl', ['-noshell', '-eval', ask])).stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Has a real `supervisor` play the cases, one JSON object each, and gives the lines of the trace file. */
export async function record(cases: readonly JsonObject[]): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'otp-recording-'));
  try {
    const terms = join(directory, 'cases.terms');
    const traces = join(directory, 'traces.jsonl');
    await writeFile(terms, cases.map((each) => `${erlangTerm(each)}.\n`).join(''));
    await run('erlc', ['-o', directory, join(import.meta.dirname, 'otp_recorder.erl')]);
    const args = [
      '-noshell',
      '-pa',
      directory,
      '-run',
      'otp_recorder',
      'main',
      terms,
      traces,
      '-s',
      'init',
      'stop',
    ];
    await run('erl', args, { timeout: recordingTimeoutMs });
    const lines = (await readFile(traces, 'utf8')).split('\n').filter((line) => line !== '');
    if (lines.length !== cases.length)
      throw new Error(`erl recorded ${lines.length} of ${cases.length} cases`);
    return lines.map((line, index) => inOrder(line, cases[index]));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A trace with the order taken out where none is defined. */
function inOrder(line: string, theCase: JsonObject | undefined): string {
  const parsed: Json = JSON.parse(line);
  const recorded = asObject(parsed);
  const [known] = parseCases(JSON.stringify(theCase));
  if (known === undefined || known.id !== textAt(recorded, 'id'))
    throw new Error(`not the trace of its case: ${line}`);
  const events = listAt(recorded, 'trace').map((event) => asObject(event));
  return JSON.stringify({ id: known.id, trace: normalised(withoutFailedStarts(events), known) });
}

/** A supervisor that failed to start has said so; when its process ends relative to that is not defined. */
function withoutFailedStarts(events: readonly JsonObject[]): JsonObject[] {
  const incarnation = ({ child, n }: JsonObject): string => `${String(child)}#${String(n)}`;
  const failed = new Set(events.filter(({ ev }) => ev === 'sup_start_error').map(incarnation));
  return events.filter((event) => event.ev !== 'supervisor_exit' || !failed.has(incarnation(event)));
}
