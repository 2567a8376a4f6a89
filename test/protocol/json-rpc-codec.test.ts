import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NotSerializableError } from '../../src/protocol/errors/call-errors.ts';
import { encodeMessage, type OutgoingMessage } from '../../src/protocol/json-rpc-codec.ts';
import { parseWireMessage } from '../../src/protocol/wire-message.ts';

/** Any text, halves of surrogate pairs among it. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(anyText, tie('value'), { maxKeys: 4, noNullPrototype: true }),
})).value;

describe('an encoded message', () => {
  test('is one line without "jsonrpc"', () => {
    expect(encodeMessage({ kind: 'request', id: 0, method: 'm', params: { a: 'x\ny' } })).toBe(
      '{"id":0,"method":"m","params":{"a":"x\\ny"}}\n',
    );
    expect(encodeMessage({ kind: 'notification', method: 'initialized' })).toBe('{"method":"initialized"}\n');
  });

  test('survives the way through UTF-8, whatever text is in it, for Codex ignores what is not well-formed', () => {
    fc.assert(
      fc.property(anyJson, anyText, (params, method) => {
        const line = encodeMessage({ kind: 'request', id: 1, method, params });
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(Buffer.from(line).toString()).toBe(line);
        expect(line).not.toMatch(/(?<!\\)(\\\\)*\\ud/);
      }),
    );
  });

  test('comes back as it was sent, but for half surrogate pairs', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (params) => {
        const line = encodeMessage({ kind: 'request', id: 7, method: 'm', params });
        expect(parseWireMessage(line)).toEqual({
          kind: 'request',
          id: 7,
          method: 'm',
          params: JSON.parse(
            JSON.stringify(params).replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\uFFFD'),
          ),
        });
      }),
    );
  });

  test('replaces half a surrogate pair by U+FFFD, in keys too, and leaves whole pairs and look-alikes alone', () => {
    const params = { '\ud800': 'a\udc00b', whole: '😀', letters: '\\ud800' };
    expect(JSON.parse(encodeMessage({ kind: 'notification', method: 'm', params })).params).toEqual({
      '\uFFFD': 'a\uFFFDb',
      whole: '😀',
      letters: '\\ud800',
    });
  });

  test('answers under a 64-bit id with that very id', () => {
    const answer: OutgoingMessage = { kind: 'response', id: 9223372036854775807n, result: {} };
    expect(encodeMessage(answer)).toBe('{"id":9223372036854775807,"result":{}}\n');
  });

  test('has a result, also when there is nothing to say', () => {
    expect(encodeMessage({ kind: 'response', id: 1, result: undefined })).toBe('{"id":1,"result":null}\n');
  });
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;

test.each([
  ['a cycle', cycle],
  ['a bigint', { big: 1n }],
  [
    'a toJSON that throws',
    {
      toJSON() {
        throw new Error('no');
      },
    },
  ],
])('%s is refused with a typed error that names the method', (_name, params) => {
  const encode = () => encodeMessage({ kind: 'request', id: 1, method: 'turn/start', params });
  expect(encode).toThrow(NotSerializableError);
  expect(encode).toThrow(expect.objectContaining({ code: 'not_serializable', what: 'turn/start' }));
});
