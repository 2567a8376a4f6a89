import { describe, expect, test } from 'vitest';
import { turnFailureOf } from '../../../src/actors/exec-transport/failure-text.ts';

describe('the message of a failed turn', () => {
  test.each([
    ['unexpected status 401 Unauthorized: no key, url: http://127.0.0.1/', 'unauthorized', false],
    ['unexpected status 404 Not Found: x', 'http_connection_failed', false],
    ['unexpected status 503 Service Unavailable: x', 'http_connection_failed', true],
    ['exceeded retry limit, last status: 429 Too Many Requests', 'response_too_many_failed_attempts', true],
    ['Connection failed: error sending request', 'http_connection_failed', true],
    [
      'We’re currently experiencing high demand, which may cause temporary errors.',
      'internal_server_error',
      true,
    ],
    [
      "Codex ran out of room in the model's context window. Start a new thread",
      'context_window_exceeded',
      false,
    ],
    ['Quota exceeded. Check your plan and billing details.', 'usage_limit_exceeded', false],
    ['rate limit exceeded: Rate limit reached', 'rate_limit_exceeded', true],
    ['Selected model is at capacity. Please try a different model.', 'server_overloaded', true],
    ['stream disconnected before completion: error sending request', 'response_stream_disconnected', true],
    ['something new', 'turn_failed', false],
  ])('"%s" is %s', (message, code, retryable) => {
    expect(turnFailureOf(message)).toMatchObject({ message, code, retryable, turnId: null });
  });
});
