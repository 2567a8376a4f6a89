import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineCutter } from '../../src/protocol/line-cutter.ts';

function split(chunks: readonly Buffer[], bytesMax = 1_000_000): { lines: string[]; tooLong: number[] } {
  const lines: string[] = [];
  const tooLong: number[] = [];
  const cutter = new LineCutter(
    { line: (text) => void lines.push(text), tooLong: (bytes) => void tooLong.push(bytes) },
    bytesMax,
  );
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return { lines, tooLong };
}

function cutAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const cuts = [0, ...positions.map((position) => position % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut));
}

describe('the line cutter', () => {
  test('gives the same lines wherever the stream is cut', () => {
    const line = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n]/u.test(text) && text.trim() !== '');
    fc.assert(
      fc.property(
        fc.array(line),
        fc.array(fc.nat()),
        fc.constantFrom('\n', '\r\n'),
        (lines, positions, ending) => {
          const bytes = Buffer.from(lines.map((text) => text + ending).join(''), 'utf8');
          expect(split(cutAt(bytes, positions)).lines).toEqual(lines);
        },
      ),
    );
  });

  test('takes a last line without a line feed', () => {
    expect(split([Buffer.from('one\ntwo')]).lines).toEqual(['one', 'two']);
  });

  test('leaves out blank lines', () => {
    expect(split([Buffer.from('\n\r\n  \none\n\n')]).lines).toEqual(['one']);
  });

  test('skips a line that is too long, tells how long it was, and goes on', () => {
    const chunks = [Buffer.from('12345'), Buffer.from('678'), Buffer.from('9\nnext\n')];
    expect(split(chunks, 8)).toEqual({ lines: ['next'], tooLong: [9] });
    expect(split(chunks, 9)).toEqual({ lines: ['123456789', 'next'], tooLong: [] });
  });
});
