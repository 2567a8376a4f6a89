import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnErrorCodes, turnFailure } from '../../../src/protocol/errors/index.ts';

describe('codexErrorInfo', () => {
  test.each(Object.entries(turnErrorCodes))('%s is %s, as a word and as an object', (name, code) => {
    expect(turnFailure({ message: 'm', codexErrorInfo: name }, null).code).toBe(code);
    expect(turnFailure({ message: 'm', codexErrorInfo: { [name]: {} } }, null).code).toBe(code);
  });

  test.each(['other', 'future', { future: { x: 1 } }, null, undefined, 7, 'constructor', '__proto__'])(
    '%j is a plain failure that keeps what came',
    (codexErrorInfo) => {
      const error = turnFailure({ message: 'm', codexErrorInfo }, 'turn');
      expect(error).toMatchObject({
        code: 'turn_failed',
        retryable: false,
        codexErrorInfo: codexErrorInfo ?? null,
      });
    },
  );

  test('can be anything at all without a throw', () => {
    fc.assert(
      fc.property(fc.anything(), (turnError) => typeof turnFailure(turnError, null).message === 'string'),
    );
  });
});

describe('the HTTP status decides where the code alone does not', () => {
  const failure = (httpStatusCode: number | null, name = 'httpConnectionFailed') =>
    turnFailure({ message: 'm', codexErrorInfo: { [name]: { httpStatusCode } } }, null);

  test.each([500, 502, 503, 408, 409, 425, 429, null])('%s is worth another try', (status) => {
    expect(failure(status)).toMatchObject({ retryable: true, httpStatusCode: status });
  });

  test.each([400, 404, 422])('%s is not', (status) => {
    expect(failure(status)).toMatchObject({ code: 'http_connection_failed', retryable: false });
  });

  test.each([401, 403])('%s is a matter of the login', (status) => {
    expect(failure(status)).toMatchObject({ code: 'unauthorized', retryable: false, httpStatusCode: status });
  });

  test('429 after too many attempts is', () => {
    expect(failure(429, 'responseTooManyFailedAttempts')).toMatchObject({ retryable: true });
  });
});

describe('the message is read where Codex puts facts only there', () => {
  test('a broken stream that is filed under other is worth another try', () => {
    const message = 'stream disconnected before completion: the model is unwell';
    expect(turnFailure({ message, codexErrorInfo: 'other' }, null)).toMatchObject({
      code: 'response_stream_disconnected',
      retryable: true,
      message,
    });
  });

  test.each([
    ['Rate limit reached. Please try again in 1.5s.', 1_500],
    ['try again in 20ms', 20],
    ['Try again in 2 days 3 hours.', 183_600_000],
    ['Try again in 5 minutes and 1 second', 301_000],
    ['try again in a while', undefined],
    ['try again in 0s', undefined],
    ['no hint', undefined],
  ])('%s: retryAfterMs %s', (message, retryAfterMs) => {
    expect(turnFailure({ message, codexErrorInfo: 'rateLimitExceeded' }, null).retryAfterMs).toBe(
      retryAfterMs,
    );
  });

  test('the cause follows in brackets, as exec writes it', () => {
    const error = turnFailure({ message: 'Lost', additionalDetails: 'reset by peer' }, null);
    expect(error).toMatchObject({ message: 'Lost (reset by peer)', additionalDetails: 'reset by peer' });
  });
});
