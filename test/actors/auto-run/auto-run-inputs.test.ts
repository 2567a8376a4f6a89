import { describe, expect, test } from 'vitest';
import { inputAfter, lostText, resumeText } from '../../../src/actors/auto-run/auto-run-inputs.ts';
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
    expect(inputAfter(first, error, 'm1')).toEqual({ input: resumeText, given: false });
  });

  test('repeats what Codex has lost, and says that it may be done in part', () => {
    const lost = { type: 'text', text: lostText };
    const task = { type: 'text', text: 'the task' };
    const second = inputAfter(first, cutOff(false), 'm1');
    expect(second).toEqual({ input: [lost, task], given: true });
    expect(inputAfter(second, cutOff(false), 'm1')).toEqual(second);
    expect(inputAfter({ input: [], given: false }, cutOff(false), 'm1')).toEqual({
      input: [lost],
      given: false,
    });
  });

  test('is left to the thread, when nobody knows what was kept of one attempt or of several', () => {
    const second = inputAfter(first, cutOff(), 'm1');
    const doubt = { messageIds: ['m1'], ifKept: resumeText, ifBegun: lostText };
    expect(second).toEqual({ ...first, doubt });
    expect(inputAfter(second, cutOff(), 'm2')).toEqual({
      ...first,
      doubt: { ...doubt, messageIds: ['m1', 'm2'] },
    });
  });

  test('stays in doubt until Codex is known to have it', () => {
    const second = inputAfter(first, cutOff(), 'm1');
    const never = new PortExitError({ exitCode: 1, signal: null, stderrTail: '' });
    expect(inputAfter(second, never, 'm2')).toBe(second);
    expect(inputAfter(second, cutOff(false), 'm2').doubt).toEqual(second.doubt);
    expect(inputAfter(second, cutOff(true), 'm2')).toEqual({ input: resumeText, given: false });
  });

  test('is the same when the turn never ran', () => {
    const error = new PortExitError({ exitCode: 1, signal: null, stderrTail: '' });
    expect(inputAfter(first, error, 'm1')).toBe(first);
  });
});
