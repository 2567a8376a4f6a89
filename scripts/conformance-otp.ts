import { parseArgs } from 'node:util';
import { verdicts } from './otp/conformance.ts';

/**
 * Replays cases against the supervisors and compares with the traces that Erlang/OTP left.
 *
 * npm run conformance:otp [-- --specs FILE --traces FILE]
 */
const { values } = parseArgs({
  options: {
    specs: { type: 'string', default: 'fixtures/otp/specs.jsonl' },
    traces: { type: 'string', default: 'fixtures/otp/traces.jsonl' },
  },
});

let passed = 0;
let failed = 0;
for await (const { id, difference } of verdicts(values.specs, values.traces)) {
  if (difference === undefined) {
    passed += 1;
    continue;
  }
  failed += 1;
  const { index, expected, actual } = difference;
  console.log(`${id}: event ${index}`);
  console.log(`  expected ${JSON.stringify(expected)}`);
  console.log(`  actual   ${JSON.stringify(actual)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
