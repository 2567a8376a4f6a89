import { parseArgs } from 'node:util';
import { tallied, verdicts } from './otp/conformance.ts';

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

const { passed, failed } = await tallied(verdicts(values.specs, values.traces));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
