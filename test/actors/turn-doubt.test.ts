import { describe, expect, test } from 'vitest';
import { inputInDoubt, type TurnFate, warned } from '../../src/actors/turn-doubt.ts';

const doubt = { messageIds: ['m1', 'm2'], ifKept: 'go on', ifBegun: 'look first' };
const warning = { type: 'text', text: 'look first' };
const task = { type: 'text', text: 'the task' };

describe('what a turn says whose earlier tries are in doubt', () => {
  test.each<[string, TurnFate | undefined, TurnFate | undefined, unknown]>([
    ['goes on when Codex has it from one of them', 'never_ran', 'kept', 'go on'],
    ['goes on when Codex has it, whatever became of the others', undefined, 'kept', 'go on'],
    ['is its input, with a warning, when one of them began', 'begun', 'never_ran', [warning, task]],
    ['is its input when none of them ran', 'never_ran', 'never_ran', 'the task'],
    ['is nothing while one of them is not known of', 'never_ran', undefined, undefined],
  ])('%s', (_law, one, other, said) => {
    const fates = new Map<string, TurnFate>();
    if (one !== undefined) fates.set('m1', one);
    if (other !== undefined) fates.set('m2', other);
    expect(inputInDoubt({ input: 'the task', doubt }, fates)).toEqual(said);
  });

  test('is its input where nothing is in doubt', () => {
    expect(inputInDoubt({ input: 'the task' }, new Map())).toBe('the task');
  });
});

test('an input is warned of once', () => {
  const once = warned('the task', 'look first');
  expect(once).toEqual([warning, task]);
  expect(warned(once, 'look first')).toBe(once);
});
