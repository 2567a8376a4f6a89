import { afterEach, beforeEach, expect, test } from 'vitest';
import { text } from '../../../src/testing/index.ts';
import { FaultyClock } from './faulty-clock.ts';
import { Rig } from './rig.ts';

const interruptTimeoutMs = 9_999;

let rig: Rig;
let clock: FaultyClock;
const reports: string[] = [];
beforeEach(async () => {
  clock = new FaultyClock(interruptTimeoutMs);
  reports.length = 0;
  const onReport = (report: object) => void reports.push(JSON.stringify(report));
  rig = await Rig.start({ clock, limits: { interruptTimeoutMs }, onReport });
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

test('a crashed ThreadActor restarts with its thread: what ran is reported, what waited runs', async () => {
  const gate = rig.model.hold();
  const thread = rig.thread();
  await thread.run('before the crash');
  const { id } = thread;
  rig.model.enqueue([text('half'), gate.action]);
  const running = thread.run('running at the crash');
  const waiting = thread.run('waiting at the crash');
  await gate.reached();
  clock.armed = true;
  thread.interrupt();
  await expect(running).rejects.toMatchObject({ code: 'turn_cut_off', threadId: id });
  expect((await waiting).finalResponse).toBe('ok');
  expect(thread.id).toBe(id);
  expect(reports.some((report) => report.includes('child_terminated'))).toBe(true);
  expect(rig.model.submissionsOf('running at the crash')).toHaveLength(1);
  expect(rig.model.submissionsOf('waiting at the crash')).toHaveLength(1);
  expect((await thread.run('after the crash')).finalResponse).toBe('ok');
});
