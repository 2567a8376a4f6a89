import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resumeText } from '../../../src/actors/auto-run/auto-run-inputs.ts';
import type { ThreadStatus } from '../../../src/machines/thread-machine.ts';
import { functionCall, SimulatedClock, text } from '../../../src/testing/index.ts';
import type { Thread } from '../../../src/thread.ts';
import { Rig } from '../thread/rig.ts';

const portTimeoutMs = 1_000;
const pauseMs = 100_000;
const backoff = { initialDelayMs: pauseMs, maxDelayMs: pauseMs };
const unknown = {
  turn: 1,
  attempt: 1,
  status: 'failed',
  error: { code: 'turn_cut_off', inputKept: null, cause: { code: 'request_timeout' } },
};
let rig: Rig;
let clock: SimulatedClock;
beforeEach(async () => {
  clock = new SimulatedClock();
  const portConfig = { features: { goals: true } };
  rig = await Rig.start({ clock, portTimeoutMs, random: () => 0.999, portConfig });
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

function reached(thread: Thread, state: ThreadStatus['value']): Promise<void> {
  return new Promise((resolve) => {
    const unwatch = thread.watch(({ value }) => {
      if (value !== state) return;
      unwatch();
      resolve();
    });
  });
}

/** Kills the process, and lets the time pass that the thread has to find another one: before that can be there, none. */
async function loseUnread(thread: Thread, pid: number): Promise<void> {
  const recovering = reached(thread, 'recovering');
  const given = reached(thread, 'idle');
  process.kill(pid, 'SIGKILL');
  await recovering;
  await clock.advance(portTimeoutMs);
  await given;
}

describe('an auto-run whose turn was with Codex, and whose thread no process lived long enough to read', () => {
  test.each([
    ['at once', async () => undefined],
    ['after another turn', async (thread: Thread) => void (await thread.run('something else'))],
  ])('goes on %s with what Codex has of it, and nothing is submitted twice', async (_when, meanwhile) => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half of it'), gate.action]);
    const thread = rig.thread();
    const running = thread.runAuto('speak', { backoff });
    await gate.reached();
    await loseUnread(thread, await rig.pid());
    await meanwhile(thread);
    await clock.advance(pauseMs);
    expect(await running).toMatchObject({
      status: 'done',
      attempts: [unknown, { turn: 1, attempt: 2, status: 'completed' }],
    });
    expect(rig.model.submissionsOf('speak')).toHaveLength(1);
    expect(rig.model.requests.at(-1)?.prompt).toBe(resumeText);
  });

  test('says its input as it was when Codex has nothing of it', async () => {
    const thread = rig.thread();
    await thread.run('warm up');
    const pid = await rig.pid();
    process.kill(pid, 'SIGSTOP');
    const submitted = reached(thread, 'running');
    const running = thread.runAuto('begin', { backoff });
    await submitted;
    await loseUnread(thread, pid);
    await clock.advance(pauseMs);
    expect(await running).toMatchObject({ status: 'done', attempts: [unknown, { status: 'completed' }] });
    expect(rig.model.submissionsOf('begin')).toHaveLength(1);
    expect(rig.model.requests.at(-1)?.prompt).toBe('begin');
  });
});

describe('a goal whose turn was with Codex, and whose thread no process lived long enough to read', () => {
  const options = { tokenBudget: 5_000, backoff };
  const complete = functionCall('update_goal', { status: 'complete' });

  test('goes on where it was', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('one')], [gate.action], [complete], [text('two')]);
    const thread = rig.thread();
    const running = thread.runGoal('it is done', options);
    await gate.reached();
    await loseUnread(thread, await rig.pid());
    await clock.advance(pauseMs);
    expect(await running).toMatchObject({
      status: 'done',
      attempts: [unknown, { status: 'completed' }],
      goal: { status: 'complete', objective: 'it is done' },
    });
    // A process that is killed may not have noted yet what the turn before has used.
    const { goal } = await running;
    expect([110, 220]).toContain(goal?.tokensUsed);
  });

  test('is not taken for the one that the thread had before, when Codex has nothing of it', async () => {
    rig.model.enqueue([complete], [text('first goal')], [complete], [text('second goal')]);
    const thread = rig.thread();
    expect(await thread.runGoal('the first', options)).toMatchObject({ status: 'done' });
    const pid = await rig.pid();
    process.kill(pid, 'SIGSTOP');
    const submitted = reached(thread, 'running');
    const running = thread.runGoal('the second', options);
    await submitted;
    await loseUnread(thread, pid);
    await clock.advance(pauseMs);
    expect(await running).toMatchObject({
      status: 'done',
      finalResponse: 'second goal',
      attempts: [unknown, { status: 'completed' }],
      goal: { status: 'complete', objective: 'the second' },
    });
  });
});
