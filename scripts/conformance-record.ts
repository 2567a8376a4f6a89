import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseCases, parseTraces } from './otp/case-format.ts';
import { generateCases } from './otp/generate-cases.ts';
import { erlangRelease, record } from './otp/recording.ts';
import { replay } from './otp/replay.ts';
import { firstDifference } from './otp/trace-comparison.ts';

/**
 * Makes new cases from a seed, has a real Erlang play them, and compares the supervisors with it.
 *
 * npm run conformance:record [-- --seed N] [--specs FILE --traces FILE]
 *
 * Without a seed it takes a fresh one and prints it. With files it also writes the cases and traces down, for `conformance:otp`.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string' }, specs: { type: 'string' }, traces: { type: 'string' } },
});

const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new TypeError(`--seed must be a whole number, not "${values.seed}"`);
const release = await erlangRelease();
if (release === undefined) {
  console.error('There is no `erl` here. Install Erlang (Debian: erlang-base) to record.');
  process.exit(2);
}

console.log(`seed ${seed}, Erlang/OTP ${release}`);
const generated = generateCases(seed);
const specs = generated.map((each) => `${JSON.stringify(each)}\n`).join('');
const traces = (await record(generated)).map((line) => `${line}\n`).join('');
if (values.specs !== undefined) await writeFile(values.specs, specs);
if (values.traces !== undefined) await writeFile(values.traces, traces);

const expected = parseTraces(traces);
let failed = 0;
for (const theCase of parseCases(specs)) {
  const difference = firstDifference(expected.get(theCase.id) ?? [], await replay(theCase));
  if (difference === undefined) continue;
  failed += 1;
  console.log(`${theCase.id}: event ${difference.index}`);
  console.log(`  expected ${JSON.stringify(difference.expected)}`);
  console.log(`  actual   ${JSON.stringify(difference.actual)}`);
}
console.log(`${generated.length - failed} passed, ${failed} failed (seed ${seed})`);
process.exitCode = failed === 0 ? 0 : 1;
