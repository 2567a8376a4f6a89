import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resumeText } from '../../../src/actors/auto-run/auto-run-inputs.ts';
import type { ThreadEvent, ThreadStatus } from '../../../src/machines/thread-machine.ts';
import { text } from '../../../src/testing/index.ts';
import type { Thread } from '../../../src/thread.ts';
import { AnswerRelay } from '../thread/answer-relay.ts';
import { Rig } from '../thread/rig.ts';

const backoff = { initialDelayMs: 1, maxDelayMs: 1 };
const unknown = { status: 'failed', error: { code: 'turn_cut_off', inputKept: null } };
let relay: AnswerRelay;
let rig: Rig;
beforeEach(async () => {
  relay = await AnswerRelay.start();
  rig = await Rig.start({ relay });
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
  await relay[Symbol.asyncDispose]();
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

/** Makes the actor of the rig's first thread throw, in whatever state it is. */
async function crashActor(): Promise<void> {
  const system = await rig.transport.messaging();
  const actor = system.whereis('threads/1');
  const senseless: ThreadEvent = JSON.parse('{"type":"queue.reorder","messageIds":null}');
  if (actor !== undefined) system.cast(actor, senseless);
}

describe('an auto-run whose thread has its actor crash', () => {
  test('while the process is lost that never read its input says it as it was', async () => {
    const thread = rig.thread();
    await thread.run('first');
    const request = await relay.lose('turn/start');
    const running = thread.runAuto('begin', { backoff });
    await request.lost;
    const recovering = reached(thread, 'recovering');
    await rig.killPort();
    await recovering;
    await crashActor();
    expect(await running).toMatchObject({ status: 'done', attempts: [unknown, { status: 'completed' }] });
    expect(rig.model.submissionsOf('begin')).toHaveLength(1);
    expect(rig.model.requests.at(-1)?.prompt).toBe('begin');
  });

  test('while the process is lost that had begun goes on with what Codex has of it', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half of it'), gate.action]);
    const thread = rig.thread();
    const running = thread.runAuto('speak', { backoff });
    await gate.reached();
    const recovering = reached(thread, 'recovering');
    await rig.killPort();
    await recovering;
    await crashActor();
    expect(await running).toMatchObject({ status: 'done', attempts: [unknown, { status: 'completed' }] });
    expect(rig.model.submissionsOf('speak')).toHaveLength(1);
    expect(rig.model.requests.at(-1)?.prompt).toBe(resumeText);
  });

  test('in the middle of a turn goes on with it, once that turn has been interrupted', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half of it'), gate.action], [text('the rest')]);
    const thread = rig.thread();
    const running = thread.runAuto('speak', { backoff });
    await gate.reached();
    await crashActor();
    await gate.left();
    expect(await running).toMatchObject({
      status: 'done',
      finalResponse: 'the rest',
      attempts: [unknown, { status: 'completed' }],
    });
    expect(rig.model.submissionsOf('speak')).toHaveLength(1);
  });
});

test('a turn that nobody follows, since the actor of its thread crashed, is interrupted at once', async () => {
  const gate = rig.model.hold();
  rig.model.enqueue([text('half of it'), gate.action]);
  const running = expect(rig.thread().run('speak')).rejects.toMatchObject({ code: 'turn_cut_off' });
  await gate.reached();
  await crashActor();
  await running;
  await gate.left();
});
