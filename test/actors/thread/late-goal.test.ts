import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

const interruptTimeoutMs = 10_000;

test('a goal that is interrupted while Codex does not answer is not set once it answers again', async () => {
  const clock = new SimulatedClock();
  const limits = { interruptTimeoutMs };
  const rig = await Rig.start({ clock, limits, portConfig: { features: { goals: true } } });
  const thread = rig.thread();
  await thread.run('first');
  const pid = await rig.pid();
  process.kill(pid, 'SIGSTOP');
  const begun = new Promise<void>((resolve) => {
    thread.watch(({ value }) => void (value === 'running' && resolve()));
  });
  const goal = thread.runGoal('reach it', { tokenBudget: 5_000, maxAttempts: 1 });
  await begun;
  thread.interrupt();
  await clock.advance(interruptTimeoutMs);
  expect(await goal).toMatchObject({ status: 'interrupted', goal: null });
  process.kill(pid, 'SIGCONT');
  expect((await thread.run('second')).finalResponse).toBe('ok');
  expect(await rig.transport.request('thread/goal/get', { threadId: thread.id ?? '' })).toEqual({
    goal: null,
  });
  expect(rig.model.requests).toHaveLength(2);
  expect(await rig.close()).toEqual([]);
});
