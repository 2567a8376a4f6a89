import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compared, tallied } from './otp/conformance.ts';
import { generateCases } from './otp/generate-cases.ts';
import { erlangRelease, record } from './otp/recording.ts';

/**
 * Makes new cases from a seed, has a real Erlang play them, and compares the supervisors with it.
 *
 * npm run conformance:record [-- --seed N] [--families NAME,NAME…] [--specs FILE --traces FILE]
 *
 * Without a seed it takes a fresh one and prints it; without families it makes cases of all. With files it also writes the cases and traces down, for `conformance:otp`.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    families: { type: 'string' },
    specs: { type: 'string' },
    traces: { type: 'string' },
  },
});

const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new TypeError(`--seed must be a whole number, not "${values.seed}"`);
const release = await erlangRelease();
if (release === undefined) {
  console.error('There is no `erl` here. Install Erlang (Debian: erlang-base) to record.');
  process.exit(2);
}

console.log(`seed ${seed}, Erlang/OTP ${release}`);
const families = values.families?.split(',');
const generated = generateCases(seed).filter(({ family }) => families?.includes(String(family)) ?? true);
if (generated.length === 0) throw new TypeError(`--families names none that there is: "${values.families}"`);
const { specs, traces, failed: notRecorded } = await record(generated);
if (values.specs !== undefined) await writeFile(values.specs, specs);
if (values.traces !== undefined) await writeFile(values.traces, traces);

for (const { id, why } of notRecorded) console.log(`${id}: Erlang did not play it to its end: ${why}`);
const { passed, failed: differing } = await tallied(compared(specs, traces));
const failed = differing + notRecorded.length;
console.log(`${passed} passed, ${failed} failed (seed ${seed})`);
process.exitCode = failed === 0 ? 0 : 1;
