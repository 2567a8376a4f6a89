import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base64Bytes, base64Of, bytesOfBase64 } from '../../src/files/streams/chunk-text.ts';

const data = fc.uint8Array({ maxLength: 200 });
const bytesMax = fc.integer({ min: 1, max: 250 });

test('a chunk comes back from its text as it was, up to the bytes that are wanted, with a buffer of the caller and without', () => {
  fc.assert(
    fc.property(data, bytesMax, (bytes, most) => {
      const text = base64Of(bytes);
      const wanted = bytes.subarray(0, most);
      const into = new Uint8Array(250).fill(7);
      expect(base64Bytes(text)).toBe(bytes.byteLength);
      expect(Uint8Array.from(bytesOfBase64('m', text, most))).toEqual(wanted);
      expect(bytesOfBase64('m', text, most, into)).toEqual(wanted);
      expect(into.subarray(wanted.byteLength).every((byte) => byte === 7)).toBe(true);
    }),
  );
});

test('text with a character too many, too few, or of no base64 is refused, for bytes would be lost', () => {
  const broken = fc.tuple(data, fc.nat(), fc.constantFrom('', '*', 'A=', '\n')).map(([bytes, at, put]) => {
    const text = base64Of(Uint8Array.of(1, 2, 3, ...bytes));
    const place = at % text.length;
    return text.slice(0, place) + put + text.slice(place + 1);
  });
  fc.assert(
    fc.property(broken, (text) => {
      fc.pre(Buffer.from(text, 'base64').toString('base64') !== text);
      expect(() => bytesOfBase64('m', text, 300)).toThrow('base64');
      expect(() => bytesOfBase64('m', text, 300, new Uint8Array(300))).toThrow('base64');
    }),
  );
  // Also where fewer bytes are wanted than the text holds.
  expect(() => bytesOfBase64('m', 'aGVsbG8', 3, new Uint8Array(3))).toThrow('base64');
  expect(() => bytesOfBase64('m', 7, 3)).toThrow('text');
});
