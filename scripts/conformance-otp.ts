import { parseArgs } from 'node:util';
import { tallied, verdicts } from './otp/conformance.ts';

/**
 * Replays cases against the supervisors and compares with the traces that Erlang/OTP left. Exits with 0 when all are equal, with 1 when one
 * is not, with 2 when a file cannot be read.
 *
 * npm run conformance:otp [-- --specs FILE --traces FILE]
 */
try {
  const { values } = parseArgs({
    options: {
      specs: { type: 'string', default: 'fixtures/otp/specs.jsonl' },
      traces: { type: 'string', default: 'fixtures/otp/traces.jsonl' },
    },
  });
  const { passed, failed } = await tallied(verdicts(values.specs, values.traces));
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
