import { afterEach, beforeEach, expect, test } from 'vitest';
import { retryRulesOf } from '../../../src/actors/retry-options.ts';
import { streamIdleTimeoutMs } from '../../../src/actors/thread/server-pause.ts';
import { httpError, text } from '../../../src/testing/index.ts';
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
  clock.faults = 1;
  thread.interrupt();
  await expect(running).rejects.toMatchObject({ code: 'turn_cut_off', threadId: id });
  expect((await waiting).finalResponse).toBe('ok');
  expect(thread.id).toBe(id);
  expect(reports.some((report) => report.includes('child_terminated'))).toBe(true);
  expect(rig.model.submissionsOf('running at the crash')).toHaveLength(1);
  expect(rig.model.submissionsOf('waiting at the crash')).toHaveLength(1);
  expect((await thread.run('after the crash')).finalResponse).toBe('ok');
});

test('a ThreadActor that crashes while Codex waits for the server leaves no deadline of that behind', async () => {
  await rig.close();
  const retries = retryRulesOf({ retries: { retryAfterMaxMs: 61_234 } }, 'lean') ?? undefined;
  const plain = { name: 'plain', wire_api: 'responses', supports_websockets: false, stream_max_retries: 1 };
  const portConfig = (url: string) => ({
    model_provider: 'plain',
    model_providers: { plain: { ...plain, base_url: url } },
  });
  rig = await Rig.start({ clock, limits: { interruptTimeoutMs }, retries, portConfig });
  rig.model.enqueue([httpError(429, { headers: { 'retry-after': '86400' } })]);
  const thread = rig.thread();
  const { events } = await thread.runStreamed('hello', { includeDeltas: true });
  while ((await events.next()).value?.type !== 'turn.retry');
  expect(clock.timersOf(61_234 + streamIdleTimeoutMs)).toBe(1);
  clock.faults = 1;
  thread.interrupt();
  expect((await thread.run('after the crash')).finalResponse).toBe('ok');
  expect(clock.timersOf(61_234 + streamIdleTimeoutMs)).toBe(0);
});
