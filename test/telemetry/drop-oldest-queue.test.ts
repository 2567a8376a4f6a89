import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DropOldestQueue } from '../../src/telemetry/drop-oldest-queue.ts';

const commands = fc.array(
  fc.oneof(
    fc.nat().map((value) => ({ push: value })),
    fc.constant('shift'),
    fc.constant('clear'),
  ),
);

test('it behaves as an array that is cut at the front beyond its capacity', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), commands, (capacity, steps) => {
      const queue = new DropOldestQueue<number>(capacity);
      let model: number[] = [];
      for (const step of steps) {
        if (step === 'shift') expect(queue.shift()).toBe(model.shift());
        else if (step === 'clear') {
          expect(queue.clear()).toBe(model.length);
          model = [];
        } else if (typeof step === 'object') {
          model.push(step.push);
          const overflow = model.length > capacity;
          if (overflow) model.shift();
          expect(queue.push(step.push)).toBe(overflow ? 1 : 0);
        }
        expect(queue.length).toBe(model.length);
      }
    }),
  );
});
