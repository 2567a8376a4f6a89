import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventLoopHold } from '../../../src/actors/exec-port/event-loop-hold.ts';
import { OutputTail } from '../../../src/actors/exec-port/output-tail.ts';

test('an output tail keeps the newest bytes, whatever the chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 40 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      (chunks, max) => {
        const tail = new OutputTail(max);
        for (const chunk of chunks) tail.push(Buffer.from(chunk.replace(/[^ -~]/g, '.')));
        const all = chunks.map((chunk) => chunk.replace(/[^ -~]/g, '.')).join('');
        expect(tail.bytesSeen).toBe(all.length);
        expect(tail.text()).toBe(all.length <= max ? all : `… ${all.slice(-max)}`);
        expect(tail.text()).toBe(tail.text());
      },
    ),
  );
});

test('an output tail that was cut begins with a whole line', () => {
  const tail = new OutputTail(12);
  tail.push(Buffer.from('a secret line\nlast words\n'));
  expect(tail.text()).toBe('… last words\n');
});

test('a hold references once for all holders, and a release counts once', () => {
  const calls: string[] = [];
  const hold = new EventLoopHold({
    ref: () => void calls.push('ref'),
    unref: () => void calls.push('unref'),
  });
  const [first, second] = [hold.hold(), hold.hold()];
  first();
  first();
  expect(calls).toEqual(['ref']);
  second();
  expect(calls).toEqual(['ref', 'unref']);
  expect(hold.holders).toBe(0);
});
