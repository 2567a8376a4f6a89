import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonLineDecoder } from '../../src/protocol/json-line-decoder.ts';
import type { WireMessage } from '../../src/protocol/wire-message.ts';
import { scenariosOf, serverMessages } from './transcripts.ts';

function decode(chunks: readonly Uint8Array[], lineBytesMax?: number): readonly WireMessage[] {
  const messages: WireMessage[] = [];
  const options = lineBytesMax === undefined ? {} : { lineBytesMax };
  const decoder = new JsonLineDecoder((message) => messages.push(message), options);
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  decoder.end();
  return messages;
}

function decodeText(text: string, lineBytesMax?: number): readonly WireMessage[] {
  return decode([Buffer.from(text)], lineBytesMax);
}

function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const points = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return points.slice(1).map((end, index) => bytes.subarray(points[index], end));
}

const id = fc.oneof(fc.string(), fc.maxSafeInteger());
const wireMessage = fc.oneof(
  fc.record({ id, result: fc.jsonValue() }),
  fc.record({ id, error: fc.record({ code: fc.integer(), message: fc.string({ unit: 'grapheme' }) }) }),
  fc.record({ method: fc.string({ unit: 'grapheme' }), params: fc.jsonValue() }),
  fc.record({ id, method: fc.string(), params: fc.jsonValue() }),
);

describe('chunks', () => {
  test('cut anywhere, also within a character, give the same messages as the whole', () => {
    fc.assert(
      fc.property(
        fc.array(wireMessage),
        fc.constantFrom('\n', '\r\n', '\n\n', '\n \t\r\n'),
        fc.array(fc.nat()),
        fc.boolean(),
        (messages, end, cuts, endsHalfway) => {
          const text = messages.map((message) => JSON.stringify(message) + end).join('');
          const bytes = Buffer.from(endsHalfway ? text.trimEnd() : text);
          expect(decode(cutAt(bytes, cuts))).toEqual(
            messages.flatMap((one) => decodeText(JSON.stringify(one))),
          );
        },
      ),
    );
  });

  test('may be single bytes', () => {
    const bytes = Buffer.from('{"method":"ö","params":"🙂"}\r\n');
    expect(decode([...bytes].map((byte) => Buffer.of(byte)))).toEqual([
      { kind: 'notification', method: 'ö', params: '🙂' },
    ]);
  });
});

describe('a line', () => {
  test('is classified by its members, and 0 is an id like any other', () => {
    expect(
      decodeText(
        '{"id":0,"result":null}\n{"id":"a","error":{"code":-32600,"message":"no","data":{"x":1}}}\n{"id":0,"method":"m","params":{}}\n{"method":"n"}\n',
      ),
    ).toEqual([
      { kind: 'response', id: 0, result: null },
      { kind: 'error', id: 'a', error: { code: -32600, message: 'no', data: { x: 1 } } },
      { kind: 'request', id: 0, method: 'm', params: {} },
      { kind: 'notification', method: 'n', params: undefined },
    ]);
  });

  test.each([
    '{"id":9223372036854775807,"method":"m","params":{"id":9223372036854775806}}',
    '{"method":"m","params":{"id":9223372036854775806},"id":9223372036854775807}',
  ])('keeps a 64-bit id exact, also where params hold another: %s', (line) => {
    expect(decodeText(line)).toMatchObject([{ kind: 'request', id: 9223372036854775807n }]);
  });

  test('of an error without code or message still tells its waiter', () => {
    expect(decodeText('{"id":1,"error":"boom"}')).toEqual([
      { kind: 'error', id: 1, error: { code: -32603, message: 'The error came without a message' } },
    ]);
  });

  test.each([
    ['not_json', '{"id":1,'],
    ['not_json', 'WARNING: hello'],
    ['not_a_message', '[1]'],
    ['not_a_message', 'null'],
    ['not_a_message', '{}'],
    ['not_a_message', '{"id":1}'],
    ['bad_id', '{"id":1.5,"result":1}'],
    ['bad_id', '{"id":null,"error":{"code":1,"message":""}}'],
    ['bad_id', '{"id":{},"method":"m"}'],
  ])('that is garbage (%s: %s) costs itself only', (reason, line) => {
    const messages = decodeText(`{"method":"a"}\n${line}\n{"method":"b"}\n`);
    expect(messages.map(({ kind }) => kind)).toEqual(['notification', 'garbage', 'notification']);
    expect(messages[1]).toEqual({ kind: 'garbage', reason, lengthBytes: Buffer.byteLength(line) });
  });

  test('with bytes that are no UTF-8 is read with U+FFFD in their place', () => {
    const bytes = Buffer.concat([Buffer.from('{"method":"'), Buffer.of(0xff), Buffer.from('"}\n')]);
    expect(decode([bytes])).toEqual([{ kind: 'notification', method: '\uFFFD', params: undefined }]);
  });

  test('may be as long as the limit, and one byte more is skipped and reported', () => {
    const line = '{"method":"ab"}';
    const text = `${line}\n${line.replace('ab', 'abc')}\n${line}\n`;
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        const messages = decode(cutAt(Buffer.from(text), cuts), line.length);
        expect(messages.map((one) => (one.kind === 'garbage' ? one : one.kind))).toEqual([
          'notification',
          { kind: 'garbage', reason: 'line_too_long', lengthBytes: line.length + 1 },
          'notification',
        ]);
      }),
    );
  });

  test('that is too long is not kept in memory, however long it goes on', () => {
    const messages: WireMessage[] = [];
    const decoder = new JsonLineDecoder((message) => messages.push(message), { lineBytesMax: 1024 });
    const chunk = Buffer.alloc(600, 'x');
    decoder.push(chunk);
    expect(decoder.heldBytes).toBe(600);
    for (let count = 0; count < 9; count += 1) {
      decoder.push(chunk);
      expect(decoder.heldBytes).toBe(0);
    }
    decoder.push(Buffer.from('\n{"method":"after"}\n'));
    expect(messages).toEqual([
      { kind: 'garbage', reason: 'line_too_long', lengthBytes: 6_000 },
      { kind: 'notification', method: 'after', params: undefined },
    ]);
  });
});

test.each(scenariosOf('app-server'))('every message of the transcript %s is understood', (scenario) => {
  const messages = serverMessages(scenario);
  const text = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
  expect(decodeText(text).filter(({ kind }) => kind === 'garbage')).toEqual([]);
  expect(decodeText(text)).toHaveLength(messages.length);
});
