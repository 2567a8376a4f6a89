import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Codex } from '../../src/index.ts';
import {
  begin,
  drop,
  endEarly,
  failed,
  httpError,
  incomplete,
  type ModelResponse,
} from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

let rig: CodexRig;
beforeAll(async () => {
  rig = await CodexRig.start();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});

/** What the next turn rejects with. */
async function failureOf(codex: Codex): Promise<Record<string, unknown>> {
  const turn = codex.startThread(rig.threadOptions).run('go');
  const reason: unknown = await turn.then(
    () => 'the turn did not fail',
    (error: unknown) => error,
  );
  return Object(reason);
}

const refusal = (status: number, error: object) => [httpError(status, { body: { error } })];

const broken = {
  name: 'ModelConnectionError',
  code: 'response_stream_disconnected',
  retryable: true,
  codexErrorInfo: 'other',
};
const usageLimit = { name: 'UsageLimitError', code: 'usage_limit_exceeded', retryable: false };
const tooLong = { name: 'ContextWindowExceededError', code: 'context_window_exceeded', retryable: false };

/** What the model's server does, and what the application catches: the error of the real binary, with its facts. */
const table: readonly (readonly [string, ModelResponse, Readonly<Record<string, unknown>>])[] = [
  [
    'HTTP 500',
    [httpError(500)],
    { name: 'ModelConnectionError', code: 'internal_server_error', retryable: true },
  ],
  [
    'HTTP 503',
    [httpError(503)],
    { name: 'ModelConnectionError', code: 'http_connection_failed', httpStatusCode: 503, retryable: true },
  ],
  [
    'HTTP 401',
    [httpError(401)],
    { name: 'UnauthorizedError', code: 'unauthorized', httpStatusCode: 401, retryable: false },
  ],
  [
    'HTTP 403',
    [httpError(403)],
    { name: 'UnauthorizedError', code: 'unauthorized', httpStatusCode: 403, retryable: false },
  ],
  [
    'HTTP 404',
    [httpError(404)],
    { name: 'ModelConnectionError', code: 'http_connection_failed', httpStatusCode: 404, retryable: false },
  ],
  [
    'HTTP 404 for the model',
    refusal(404, { code: 'model_not_found', message: 'no' }),
    { name: 'ModelRequestError', code: 'model_not_found', retryable: false },
  ],
  [
    'HTTP 400',
    refusal(400, { message: 'bad' }),
    {
      name: 'TurnFailedError',
      code: 'turn_failed',
      retryable: false,
      message: '{"error":{"message":"bad"}}',
    },
  ],
  ['HTTP 400 for the length', refusal(400, { code: 'context_length_exceeded', message: 'long' }), tooLong],
  ['a response that is too long', [failed('context_length_exceeded', 'long')], tooLong],
  [
    'HTTP 429',
    [httpError(429)],
    {
      name: 'ModelConnectionError',
      code: 'response_too_many_failed_attempts',
      httpStatusCode: 429,
      retryable: true,
    },
  ],
  ['HTTP 429 for the quota', refusal(429, { code: 'insufficient_quota', message: 'no' }), usageLimit],
  ['a response beyond the quota', [failed('insufficient_quota', 'no')], usageLimit],
  [
    'a response beyond the rate',
    [failed('rate_limit_exceeded', 'Please try again in 1.5s.')],
    { name: 'ModelBusyError', code: 'rate_limit_exceeded', retryable: true, retryAfterMs: 1_500 },
  ],
  [
    'a response of a busy server',
    [failed('server_is_overloaded', 'busy')],
    { name: 'ModelBusyError', code: 'server_overloaded', retryable: true },
  ],
  [
    'a response without flex capacity',
    [failed('flex_unavailable', 'no')],
    { name: 'ModelBusyError', code: 'flex_unavailable', retryable: true },
  ],
  [
    'a response against the cyber policy',
    [failed('cyber_policy', 'no')],
    { name: 'PolicyError', code: 'cyber_policy', retryable: false },
  ],
  [
    'a response against the misalignment policy',
    [failed('misalignment_policy_violation', 'no')],
    { name: 'PolicyError', code: 'misalignment_policy_violation', retryable: false },
  ],
  ['a response that fails inside', [failed('server_error', 'oops')], broken],
  ['a connection that is cut before the answer', [drop()], broken],
  ['a connection that is cut in the answer', [begin(), drop()], broken],
  ['an answer that ends early', [endEarly()], broken],
  [
    'an answer that is cut short',
    [incomplete('max_output_tokens')],
    { name: 'TurnFailedError', code: 'turn_failed', retryable: false },
  ],
];

describe('a turn whose model gives', () => {
  test.each(table)('%s fails with what that is, and its facts', async (_what, response, facts) => {
    rig.model.enqueue(response);
    expect(await failureOf(rig.codex)).toMatchObject({ ...facts, turnId: expect.any(String) });
  });

  test('a usage limit with a reset says how long to wait for it', async () => {
    // Where Codex names the day too, so that the law does not depend on the hour.
    const waitMs = 50 * 3_600_000;
    const resetsAt = Math.floor(Date.now() / 1_000) + waitMs / 1_000;
    rig.model.enqueue(refusal(429, { type: 'usage_limit_reached', message: 'no', resets_at: resetsAt }));
    // Codex writes the time of its own zone.
    const { TZ } = process.env;
    await using codex = new Codex({
      codexPathOverride: rig.home.executable,
      env: { ...rig.home.env, ...(TZ === undefined ? {} : { TZ }) },
      profile: 'lean',
      retries: false,
    });
    const failure = await failureOf(codex);
    expect(failure).toMatchObject(usageLimit);
    expect(Math.abs(Number(failure.retryAfterMs) - waitMs)).toBeLessThan(2 * 60_000);
  });

  test('nothing, since nobody is there, fails with a connection that failed', async () => {
    const gone = await CodexRig.start();
    await gone.model.close();
    expect(await failureOf(gone.codex)).toMatchObject({
      name: 'ModelConnectionError',
      code: 'http_connection_failed',
      httpStatusCode: null,
      retryable: true,
    });
    expect(await gone.close()).toEqual([]);
  });
});
