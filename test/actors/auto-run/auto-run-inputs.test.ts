import { describe, expect, test } from 'vitest';
import {
  inputAfter,
  lostText,
  resumeText,
  unsureText,
} from '../../../src/actors/auto-run/auto-run-inputs.ts';
import { PortExitError, TurnInterruptedError, turnFailure } from '../../../src/protocol/errors/index.ts';

const first = { input: 'the task', given: true };
const ids = { threadId: 'T', turnId: 't1' };
const cutOff = (inputKept?: boolean) =>
  new TurnInterruptedError('turn_cut_off', inputKept === undefined ? ids : { ...ids, inputKept });

describe('the input of an attempt that follows a failed one', () => {
  test.each([
    ['failed', turnFailure({ message: 'busy' }, 't1')],
    ['was cut off, and its input was kept', cutOff(true)],
  ])('does not repeat what Codex has in the thread, when the turn %s', (_what, error) => {
    expect(inputAfter(first, error)).toEqual({ input: resumeText, given: false });
  });

  test('repeats what Codex has lost, and says that it may be done in part', () => {
    const lost = { type: 'text', text: lostText };
    const task = { type: 'text', text: 'the task' };
    const second = inputAfter(first, cutOff(false));
    expect(second).toEqual({ input: [lost, task], given: true });
    expect(inputAfter(second, cutOff(false))).toEqual(second);
    expect(inputAfter({ input: [], given: false }, cutOff(false))).toEqual({ input: [lost], given: false });
  });

  test('repeats what Codex may have, and says that it may have been seen', () => {
    const unsure = { type: 'text', text: unsureText };
    const task = { type: 'text', text: 'the task' };
    const second = inputAfter(first, cutOff());
    expect(second).toEqual({ input: [unsure, task], given: true });
    expect(inputAfter(second, cutOff())).toEqual(second);
    expect(inputAfter(second, cutOff(false)).input).toEqual([{ type: 'text', text: lostText }, task]);
  });

  test('is the same when the turn never ran', () => {
    const error = new PortExitError({ exitCode: 1, signal: null, stderrTail: '' });
    expect(inputAfter(first, error)).toBe(first);
  });
});
