import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatestEntries } from '../../../src/actors/auto-run/latest-entries.ts';

test('what is held is the newest that fits both bounds, in order, and what is not is counted', () => {
  const entry = fc.record({ item: fc.record({ text: fc.string({ maxLength: 12 }), exit: fc.integer() }) });
  fc.assert(
    fc.property(fc.array(entry), fc.integer({ min: 1, max: 8 }), fc.nat(40), (all, countMax, charsMax) => {
      const latest = new LatestEntries<(typeof all)[number]>({ countMax, charsMax });
      const dropped = all.reduce((sum, one) => sum + latest.push(one), 0);
      const held = latest.drain();
      const chars = held.reduce((sum, { item }) => sum + item.text.length, 0);
      expect(held).toEqual(all.slice(all.length - held.length));
      expect(dropped + held.length).toBe(all.length);
      expect(held.length).toBeLessThanOrEqual(countMax);
      expect(held.length <= 1 || chars <= charsMax).toBe(true);
      expect(held.length > 0 || all.length === 0).toBe(true);
      expect(latest.drain()).toEqual([]);
    }),
  );
});

test('texts count however deep they are', () => {
  const latest = new LatestEntries<unknown>({ countMax: 10, charsMax: 5 });
  expect(latest.push({ result: { content: [{ text: 'abc' }] } })).toBe(0);
  expect(latest.push([[['defg']]])).toBe(1);
  expect(latest.drain()).toEqual([[[['defg']]]]);
});
