import { expect, test } from 'vitest';
import { afterFailure } from '../../src/machines/auto-run-failure.ts';
import { defaultRetryPolicy } from '../../src/machines/retry-policy.ts';
import { turnFailure } from '../../src/protocol/errors/turn-failure.ts';

const failedWith = (httpStatusCode: number) =>
  turnFailure({ message: 'm', codexErrorInfo: { httpConnectionFailed: { httpStatusCode } } }, null);

test('after an HTTP 429 at least half of a longer pause is waited for, after another failure any part of the first', () => {
  const delaysMs = [429, 503].map((status) =>
    afterFailure(defaultRetryPolicy, { error: failedWith(status), attempt: 1 }, () => 0),
  );
  expect(delaysMs).toEqual([
    { kind: 'again', delayMs: 2_000 },
    { kind: 'again', delayMs: 0 },
  ]);
});
