import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { Interrupts } from '../../src/cli/interrupts.ts';

const heard: string[] = [];
const hear = (what: string): void => void heard.push(what);

beforeEach(() => {
  heard.length = 0;
});

test('the first Ctrl-C interrupts the turn, the second stops everything, a third has its usual meaning', () => {
  const source = new EventEmitter();
  using interrupts = new Interrupts(source, hear);
  source.emit('SIGINT');
  expect([interrupts.turn.aborted, interrupts.stop.aborted]).toEqual([true, false]);
  source.emit('SIGINT');
  expect(interrupts.stop.aborted).toBe(true);
  expect(source.eventNames()).toEqual([]);
  expect(heard).toEqual(['interrupting', 'stopping']);
});

test.each([
  ['SIGTERM', 'terminated'],
  ['SIGHUP', 'hungUp'],
])(
  '%s stops everything at once, also after a Ctrl-C, and is then the reason of the end',
  (signal, reason) => {
    const source = new EventEmitter();
    using interrupts = new Interrupts(source, hear);
    expect(interrupts.interruption).toBeUndefined();
    source.emit('SIGINT');
    expect(interrupts.interruption).toBe('interrupted');
    source.emit(signal);
    expect(interrupts.interruption).toBe(reason);
    expect([interrupts.turn.aborted, interrupts.stop.aborted]).toEqual([true, true]);
  },
);

test('an interrupt from within counts as the first Ctrl-C', () => {
  const source = new EventEmitter();
  using interrupts = new Interrupts(source, hear);
  interrupts.interruptTurn();
  source.emit('SIGINT');
  expect(interrupts.stop.aborted).toBe(true);
});

test('signals have their usual meaning again when the command is over', () => {
  const source = new EventEmitter();
  new Interrupts(source, hear)[Symbol.dispose]();
  expect(source.eventNames()).toEqual([]);
});
