import { expect, it } from 'vitest';
import { Gate } from '../../src/testing/index.ts';

const never = new Promise<void>(() => {});

it('an open gate holds nobody', async () => {
  const gate = new Gate('g');
  gate.release();
  await gate.pass(never);
  expect([gate.arrivals, gate.waiting]).toEqual([1, 0]);
});

it('one release lets the longest waiting through, and no other', async () => {
  const gate = new Gate('g');
  const order: string[] = [];
  const first = gate.pass(never).then(() => order.push('first'));
  const second = gate.pass(never).then(() => order.push('second'));
  gate.releaseOne();
  await first;
  expect([order, gate.waiting]).toEqual([['first'], 1]);
  gate.releaseOne();
  await second;
  gate.releaseOne();
  expect([order, gate.waiting]).toEqual([['first', 'second'], 0]);
});

it('reached resolves with the arrival asked for, not before', async () => {
  const gate = new Gate('g');
  let reached = false;
  const second = gate.reached(2).then(() => {
    reached = true;
  });
  void gate.pass(never);
  await gate.reached();
  expect(reached).toBe(false);
  void gate.pass(never);
  await second;
  expect(gate.waiting).toBe(2);
});

it('a response whose client has gone leaves the gate', async () => {
  const gate = new Gate('g');
  let leave = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const passed = gate.pass(gone);
  const left = gate.left();
  expect(gate.waiting).toBe(1);
  leave();
  await Promise.all([passed, left]);
  expect(gate.waiting).toBe(0);
});
