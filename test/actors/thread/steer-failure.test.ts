import { describe, expect, test } from 'vitest';
import { steerFailure } from '../../../src/actors/thread/steer-failure.ts';
import {
  callAborted,
  calleeExited,
  calleeOverloaded,
  callTimedOut,
  noProcess,
} from '../../../src/supervisor/call-error.ts';
import { Rig } from './rig.ts';

describe('a turn that could not be steered', () => {
  const facts = { threadId: 'thread', closed: false, timeoutMs: 60_000 };

  test.each([
    ['its actor ended', calleeExited('threads/1', 'killed'), 'turn_cut_off'],
    ['its actor is being restarted', noProcess('threads/1'), 'turn_cut_off'],
    ['the caller gave up', callAborted('threads/1', 'why'), 'turn_cut_off'],
    ['its actor did not answer', callTimedOut('threads/1', 60_000), 'request_timeout'],
    ['its actor has too much to do', calleeOverloaded('threads/1', 100_000), 'queue_full'],
  ])('because %s says so in the words of threads and turns', (_what, error, code) => {
    expect(steerFailure(error, facts)).toMatchObject({ code });
  });

  test('because its thread was closed says that, and why', () => {
    const error = calleeExited('threads/1', 'shutdown');
    expect(steerFailure(error, { ...facts, closed: true })).toMatchObject({
      code: 'thread_closed',
      threadId: 'thread',
      cause: error,
    });
  });

  test('because Codex refused keeps its error', () => {
    const error = new Error('refused');
    expect(steerFailure(error, facts)).toBe(error);
  });
});

describe('who watches a thread', () => {
  test.each([
    ['its own close', (_rig: Rig, close: () => Promise<void>) => close()],
    ['the close of all', (rig: Rig) => rig.transport.close({ timeoutMs: 10_000 })],
    [
      'both',
      (rig: Rig, close: () => Promise<void>) =>
        Promise.all([close(), rig.transport.close({ timeoutMs: 10_000 })]),
    ],
  ])('is told once, as the last, that it is closed: by %s', async (_what, end) => {
    await using rig = await Rig.start();
    const thread = rig.thread();
    const seen: string[] = [];
    thread.watch(({ value }) => void seen.push(value));
    await thread.run('hello');
    await end(rig, () => thread.close());
    await rig.transport.close({ timeoutMs: 10_000 });
    expect(seen.filter((value) => value === 'closed')).toEqual(['closed']);
    expect(seen.at(-1)).toBe('closed');
  });
});
