import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFileMessage } from '../../src/files/streams/chunk-answer.ts';
import { parseWireMessage } from '../../src/protocol/wire-message.ts';

const chunk = 'QUJD'.repeat(2_000);

test('an answer with a chunk is read without JSON.parse, and means the same', () => {
  for (const member of ['chunk', 'dataBase64']) {
    for (const eof of [true, false]) {
      const text = JSON.stringify({ id: 7, result: { [member]: chunk, eof } });
      expect(parseFileMessage(text)).toEqual({ kind: 'response', id: 7, result: { [member]: chunk, eof } });
    }
  }
});

test.each([
  ['another order', `{"id":1,"result":{"eof":true,"chunk":"${chunk}"}}`],
  ['another member', `{"id":1,"result":{"other":"${chunk}","eof":true}}`],
  ['one member more', `{"id":1,"result":{"chunk":"${chunk}","eof":true,"more":1}}`],
  ['one member more, outside', `{"id":1,"result":{"chunk":"${chunk}","eof":true},"more":1}`],
  ['the chunk in a second member', `{"id":1,"result":{"chunk":"a","eof":true,"chunk":"${chunk}"}}`],
  ['white space', `{"id":1, "result":{"chunk":"${chunk}","eof":true}}`],
  ['an escape', `{"id":1,"result":{"chunk":"\\/${chunk}","eof":true}}`],
  ['an escaped quote', `{"id":1,"result":{"chunk":"${chunk}\\"","eof":true}}`],
  ['a text as id', `{"id":"1","result":{"chunk":"${chunk}","eof":true}}`],
  ['an id with a zero before it', `{"id":01,"result":{"chunk":"${chunk}","eof":true}}`],
  ['an id beyond 2⁵³', `{"id":9007199254740993,"result":{"chunk":"${chunk}","eof":true}}`],
  ['no end', `{"id":1,"result":{"chunk":"${chunk}`],
  ['an end cut off', `{"id":1,"result":{"chunk":"${chunk}","eof":true}`],
  ['a refusal', `{"id":1,"error":{"code":-1,"message":"${chunk}"}}`],
])('a message with %s is what parseWireMessage says', (_what, text) => {
  expect(parseFileMessage(text)).toEqual(parseWireMessage(text));
});

test('wherever a character of the frame is left out, doubled or changed, the message is what parseWireMessage says', () => {
  const text = `{"id":10,"result":{"chunk":"${chunk}","eof":false}}`;
  const frame = Array.from(text, (_, at) => at).filter((at) => at < 28 || at >= text.length - 15);
  const frameCharacter = fc.constantFrom('"', '{', '}', ',', ':', '0', '\\', 'a', '');
  fc.assert(
    fc.property(fc.constantFrom(...frame), fc.nat(1), frameCharacter, (at, kept, put) => {
      const changed = text.slice(0, at + kept) + put + text.slice(at + 1);
      expect(parseFileMessage(changed)).toEqual(parseWireMessage(changed));
    }),
    { numRuns: 500 },
  );
});
