import { expect, test } from 'vitest';
import { deliveryBurstMax, Subscription } from '../../src/telemetry/subscription.ts';

const nothing = (): void => undefined;

test('an event that comes after the end is not delivered', async () => {
  const seen: number[] = [];
  const subscription = new Subscription<number>((event) => seen.push(event), 10, nothing, nothing);
  subscription.push(1);
  subscription.unsubscribe();
  subscription.push(2);
  await subscription.whenIdle();
  expect(seen).toEqual([1]);
});

test('its end is told of once', () => {
  let ends = 0;
  const subscription = new Subscription<number>(nothing, 10, () => ends++, nothing);
  subscription.unsubscribe();
  subscription.unsubscribe();
  expect(ends).toBe(1);
});

test('a backlog is worked through in bursts, with I/O in between', async () => {
  let seen = 0;
  const subscription = new Subscription<number>(() => ++seen, 10_000, nothing, nothing);
  for (let i = 0; i < deliveryBurstMax * 3; i += 1) subscription.push(i);
  const seenAtEachTurn: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise(setImmediate);
    seenAtEachTurn.push(seen);
  }
  await subscription.whenIdle();
  expect(seenAtEachTurn[0]).toBe(deliveryBurstMax);
  expect(seen).toBe(deliveryBurstMax * 3);
});
