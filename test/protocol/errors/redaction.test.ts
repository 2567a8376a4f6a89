import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redacted, secretsIn } from '../../../src/protocol/errors/index.ts';

describe('redaction', () => {
  test('removes every given secret, wherever it stands', () => {
    // Texts without letters of the secrets, and of the mark: what is left of a secret can only come from the secret.
    const secret = fc.string({ minLength: 6, unit: fc.constantFrom('x', 'y', '$', '&', '.', '*', '\\') });
    const between = fc.string({ unit: fc.constantFrom('-', ' ', '\n', '"') });
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1 }), fc.array(between), (secrets, parts) => {
        const text = parts.map((part, index) => part + secrets[index % secrets.length]).join('');
        const expected = parts.map((part) => part + redacted).join('');
        expect(redact(text, secrets)).toBe(expected);
      }),
    );
  });

  test('leaves no remainder where one secret contains another', () => {
    expect(redact('abcdef-0123456', ['abcdef', 'abcdef-0123456'])).toBe(redacted);
  });

  test('does not search for what is too short to be a secret', () => {
    expect(redact('a cat', ['cat', ''])).toBe('a cat');
  });

  test.each([
    ['key sk-proj-abcdef123456 refused', `key ${redacted} refused`],
    ['Authorization: Bearer abc.def-ghi_jkl', `Authorization: Bearer ${redacted}`],
    ['OPENAI_API_KEY=hunter22 codex', `OPENAI_API_KEY=${redacted} codex`],
    ['{"access_token":"abc","a":1}', `{"access_token":${redacted},"a":1}`],
    ["SECRET='x y' next", `SECRET=${redacted} next`],
    ['http://user:hunter22@host/path', `http://user:${redacted}@host/path`],
    ['jwt eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw', `jwt ${redacted}`],
    ['x-api-key: abc123', `x-api-key: ${redacted}`],
    ['ghp_0123456789abcdef', redacted],
  ])('removes what looks like a secret: %s', (text, expected) => {
    expect(redact(text, [])).toBe(expected);
  });

  test.each([
    'Error: thread 01a1f8d4-44ec-7200-8afa-38c3e81ee430 not found',
    'skip-git-repo-check',
    'http://127.0.0.1:8080/v1/responses',
    'input_tokens 100, output_tokens 10',
  ])('leaves ordinary text alone: %s', (text) => {
    expect(redact(text, [])).toBe(text);
  });

  test('done twice is done once', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('token=', 'Bearer ', 'sk-', 'password: "'), (text, lead) => {
        const once = redact(`${lead}${text}`, []);
        expect(redact(once, [])).toBe(once);
      }),
    );
  });
});

test('the secrets of an environment are told by its names', () => {
  const env = {
    API_KEY: 'a',
    MY_TOKENS: 'b',
    DB_PASSWORD: 'c',
    PATH: '/bin',
    EMPTY_KEY: '',
    NONE_KEY: undefined,
  };
  expect(secretsIn(env)).toEqual(['a', 'b', 'c']);
});
