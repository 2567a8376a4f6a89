import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEnd, runCommand } from '../child-command.ts';
import { asObject, type Json, type JsonObject, listAt, parseCase, textAt } from './case-format.ts';
import { erlangTerm } from './erlang-terms.ts';
import { normalised } from './trace-comparison.ts';

/** The recorder's modules, beside this one. */
const modules = ['otp_recorder', 'otp_terms', 'otp_waits'];
/** Milliseconds until `erl` is killed: it ends before by itself, whatever becomes of its cases (`otp_recorder.erl`). */
const recordingMsMax = 420_000;
/** Milliseconds for asking Erlang's release, and for compiling the recorder. */
const preparationMsMax = 60_000;

/** What Erlang did: the cases with their traces, one JSON object a line, and those that it could not play to their end. */
export interface Recording {
  readonly specs: string;
  readonly traces: string;
  readonly failed: readonly { readonly id: string; readonly why: string }[];
}

/** Which Erlang is installed; undefined when there is none. */
export async function erlangRelease(): Promise<string | undefined> {
  const ask = 'io:format("~s", [erlang:system_info(otp_release)]), halt().';
  try {
    return await run('erl', ['-noinput', '-eval', ask], tmpdir(), preparationMsMax);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Has a real `supervisor` play the cases. A case that it cannot play to its end does not keep it from the others. */
export async function record(cases: readonly JsonObject[]): Promise<Recording> {
  const directory = await mkdtemp(join(tmpdir(), 'otp-recording-'));
  try {
    const terms = join(directory, 'cases.terms');
    const traces = join(directory, 'traces.jsonl');
    await writeFile(terms, cases.map((each) => `${erlangTerm(each)}.\n`).join(''));
    const sources = modules.map((name) => join(import.meta.dirname, `${name}.erl`));
    await run('erlc', ['-o', directory, ...sources], directory, preparationMsMax);
    const play = ['-run', 'otp_recorder', 'main', terms, traces, '-s', 'erlang', 'halt'];
    await run('erl', ['-noinput', '-pa', directory, ...play], directory, recordingMsMax);
    const lines = (await readFile(traces, 'utf8')).split('\n').filter((line) => line !== '');
    if (lines.length !== cases.length)
      throw new Error(`erl recorded ${lines.length} of ${cases.length} cases`);
    return recordingOf(cases, lines);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Runs one of Erlang's programs to its end and gives what it printed. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  timeoutMs: number,
): Promise<string> {
  // A dump of the whole emulator says no more than the last words it prints.
  const env = { ...process.env, ERL_CRASH_DUMP_BYTES: '0' };
  const result = await runCommand(command, args, { cwd, env, timeoutMs, echo: false });
  if (result.exitCode === 0) return result.output;
  throw new Error(`${command}: ${describeEnd(result)}\n${result.output}`);
}

/** What the lines say that `erl` wrote, one for each case: its trace, or why there is none. */
export function recordingOf(cases: readonly JsonObject[], lines: readonly string[]): Recording {
  const specs: string[] = [];
  const traces: string[] = [];
  const failed: Recording['failed'][number][] = [];
  for (const [index, line] of lines.entries()) {
    const spec = cases[index] ?? {};
    const recorded: Json = JSON.parse(line);
    const { id, failed: why } = asObject(recorded);
    if (typeof why === 'string') {
      failed.push({ id: String(id), why });
      continue;
    }
    specs.push(`${JSON.stringify(spec)}\n`);
    traces.push(`${inOrder(asObject(recorded), spec)}\n`);
  }
  return { specs: specs.join(''), traces: traces.join(''), failed };
}

/** A trace with the order taken out where none is defined. */
function inOrder(recorded: JsonObject, spec: JsonObject): string {
  const known = parseCase(spec);
  if (known.id !== textAt(recorded, 'id'))
    throw new Error(`not the trace of its case: ${JSON.stringify(recorded)}`);
  const events = listAt(recorded, 'trace').map((event) => asObject(event));
  return JSON.stringify({ id: known.id, trace: normalised(withoutFailedStarts(events), known) });
}

/** A supervisor that failed to start has said so; when its process ends relative to that is not defined. */
function withoutFailedStarts(events: readonly JsonObject[]): JsonObject[] {
  const incarnation = ({ child, n }: JsonObject): string => `${String(child)}#${String(n)}`;
  const failed = new Set(events.filter(({ ev }) => ev === 'sup_start_error').map(incarnation));
  return events.filter((event) => event.ev !== 'supervisor_exit' || !failed.has(incarnation(event)));
}
