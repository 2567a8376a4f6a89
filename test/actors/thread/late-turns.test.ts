import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TelemetryBus } from '../../../src/telemetry/telemetry-bus.ts';
import { SimulatedClock, text } from '../../../src/testing/index.ts';
import type { Thread } from '../../../src/thread.ts';
import { AnswerRelay } from './answer-relay.ts';
import { Rig } from './rig.ts';

const interruptTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;

let relay: AnswerRelay;
let clock: SimulatedClock;
let telemetry: TelemetryBus;
let rig: Rig;
beforeEach(async () => {
  relay = await AnswerRelay.start();
  clock = new SimulatedClock();
  telemetry = new TelemetryBus({ clock });
  const limits = { interruptTimeoutMs };
  rig = await Rig.start({ relay, clock, limits, telemetry, portConfig: { features: { goals: true } } });
  // The relay can be told what to do once there is a process.
  await rig.pid();
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
  await telemetry.close();
  await relay[Symbol.asyncDispose]();
});

/** Resolves once Codex has answered a request of this method. */
function answered(wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const subscription = telemetry.subscribe('port.request.stop', ({ method }) => {
      if (method !== wanted) return;
      subscription.unsubscribe();
      resolve();
    });
  });
}

async function turnsOf({ id }: Thread) {
  const turns = [];
  for await (const turn of rig.transport.threads.turns(id ?? '', { first: 'oldest' }))
    turns.push([turn.prompt, turn.status]);
  return turns;
}

/** A thread after its first turn, whose second one Codex has not read when it was interrupted. */
async function interruptedUnread(): Promise<{ readonly thread: Thread; pass(): Promise<void> }> {
  const thread = rig.thread();
  await thread.run('first');
  const request = await relay.delay('turn/start');
  const second = expect(thread.run('second')).rejects.toMatchObject({ code: 'turn_interrupted' });
  await request.delayed;
  thread.interrupt();
  await clock.advance(interruptTimeoutMs);
  await second;
  return { thread, pass: () => request.pass() };
}

describe('a turn that was given up before Codex had begun it', () => {
  beforeEach(() => {
    const gate = rig.model.hold();
    rig.model.script(({ prompt }) => (prompt === 'second' ? [text('half'), gate.action] : undefined));
  });

  test('is interrupted as soon as Codex answers', async () => {
    const { thread, pass } = await interruptedUnread();
    const interrupted = answered('turn/interrupt');
    await pass();
    await interrupted;
    expect((await thread.run('third')).finalResponse).toBe('ok');
    expect(await turnsOf(thread)).toEqual([
      ['first', 'completed'],
      // Codex may not have kept yet what it was told.
      [expect.any(String), 'interrupted'],
      ['third', 'completed'],
    ]);
  });

  test('is interrupted as soon as Codex begins it, when the time for the answer is over', async () => {
    const { thread, pass } = await interruptedUnread();
    await clock.advance(requestTimeoutMs);
    const interrupted = answered('turn/interrupt');
    await pass();
    await interrupted;
    expect((await thread.run('third')).finalResponse).toBe('ok');
    expect(await turnsOf(thread)).toMatchObject([
      ['first', 'completed'],
      // Codex may not have kept yet what it was told.
      [expect.any(String), 'interrupted'],
      ['third', 'completed'],
    ]);
  });

  test('does not take the input of the turn that waits behind it: that begins once it has ended', async () => {
    const { thread, pass } = await interruptedUnread();
    const third = thread.run('third');
    // Whatever was sent for the third turn before is with Codex now.
    for (let i = 0; i < 3; i += 1) await rig.transport.request('thread/loaded/list', {});
    await pass();
    expect((await third).finalResponse).toBe('ok');
    expect(await turnsOf(thread)).toEqual([
      ['first', 'completed'],
      // Codex may not have kept yet what it was told.
      [expect.any(String), 'interrupted'],
      ['third', 'completed'],
    ]);
  });
});

describe('a turn whose submission Codex does not answer', () => {
  test('but that it begins, can be interrupted all the same', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const thread = rig.thread();
    const answer = await relay.hold('turn/start');
    const running = expect(thread.run('hello')).rejects.toMatchObject({ code: 'turn_interrupted' });
    await answer.held;
    await gate.reached();
    thread.interrupt();
    await running;
    await answer.release();
    expect((await thread.run('go on')).finalResponse).toBe('ok');
  });

  test('but that it begins, runs to its end, however late the answer', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action, text('there you are')]);
    const answer = await relay.hold('turn/start');
    const running = rig.thread().run('hello');
    await answer.held;
    await gate.reached();
    await clock.advance(requestTimeoutMs);
    gate.release();
    expect((await running).finalResponse).toBe('there you are');
    await answer.release();
  });

  test('but that has run, is no reason to give up the next one when the time for the answer is over', async () => {
    const thread = rig.thread();
    const answer = await relay.hold('turn/start');
    const first = thread.run('first');
    await answer.held;
    await first;
    await clock.advance(requestTimeoutMs / 2);
    const request = await relay.delay('turn/start');
    const second = thread.run('second');
    await request.delayed;
    await clock.advance(requestTimeoutMs / 2);
    await request.pass();
    expect((await second).finalResponse).toBe('ok');
    await answer.release();
  });

  test('within the deadline, is reported as cut off and not told to a living process again', async () => {
    const thread = rig.thread();
    await thread.run('first');
    const request = await relay.lose('turn/start');
    const running = expect(thread.run('second')).rejects.toMatchObject({
      code: 'turn_cut_off',
      message: expect.stringContaining('did not answer'),
      inputKept: null,
      cause: { code: 'request_timeout' },
    });
    await request.lost;
    await clock.advance(requestTimeoutMs);
    await running;
    expect((await thread.run('third')).finalResponse).toBe('ok');
    expect(rig.model.submissionsOf('second')).toHaveLength(0);
  });
});

describe('a goal that is interrupted', () => {
  const goalOf = ({ id }: Thread) => rig.transport.request('thread/goal/get', { threadId: id ?? '' });

  async function interruptedGoal(thread: Thread) {
    const run = thread.runGoal('reach it', { tokenBudget: 5_000, maxAttempts: 1 });
    return { run, interrupt: () => thread.interrupt() };
  }

  test('before Codex has read that the way is clear for it, is not set', async () => {
    const thread = rig.thread();
    await thread.run('first');
    const request = await relay.delay('thread/goal/clear');
    const { run, interrupt } = await interruptedGoal(thread);
    await request.delayed;
    interrupt();
    await clock.advance(interruptTimeoutMs);
    expect(await run).toMatchObject({ status: 'interrupted', goal: null });
    await request.pass();
    expect((await thread.run('second')).finalResponse).toBe('ok');
    expect(await goalOf(thread)).toEqual({ goal: null });
    expect(rig.model.requests).toHaveLength(2);
  });

  test('before Codex has read it, is paused once it is set, and the turn that Codex began for it is interrupted', async () => {
    const gate = rig.model.hold();
    rig.model.script(({ body }) =>
      JSON.stringify(body.input).includes('reach it') ? [gate.action, text('ok')] : undefined,
    );
    const thread = rig.thread();
    await thread.run('first');
    const request = await relay.delay('thread/goal/set');
    const { run, interrupt } = await interruptedGoal(thread);
    await request.delayed;
    interrupt();
    await clock.advance(interruptTimeoutMs);
    expect(await run).toMatchObject({ status: 'interrupted' });
    const interrupted = answered('turn/interrupt');
    await request.pass();
    await interrupted;
    expect(await goalOf(thread)).toMatchObject({ goal: { status: 'paused' } });
    gate.release();
    expect((await thread.run('second')).finalResponse).toBe('ok');
    expect((await turnsOf(thread)).map(([, status]) => status)).toEqual([
      'completed',
      'interrupted',
      'completed',
    ]);
  });

  test('after Codex has begun it and before it has answered, is paused before its turn is interrupted', async () => {
    const gate = rig.model.hold();
    rig.model.script(({ body }) =>
      JSON.stringify(body.input).includes('reach it') ? [gate.action, text('ok')] : undefined,
    );
    const thread = rig.thread();
    await thread.run('first');
    const answer = await relay.hold('thread/goal/set');
    const { run, interrupt } = await interruptedGoal(thread);
    await answer.held;
    await gate.reached();
    interrupt();
    expect(await run).toMatchObject({ status: 'interrupted' });
    expect(await goalOf(thread)).toMatchObject({ goal: { status: 'paused' } });
    gate.release();
    const second = thread.run('second');
    await answer.release();
    expect((await second).finalResponse).toBe('ok');
    expect((await turnsOf(thread)).map(([, status]) => status)).toEqual([
      'completed',
      'interrupted',
      'completed',
    ]);
  });
});
