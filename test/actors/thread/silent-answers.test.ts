import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SimulatedClock, text } from '../../../src/testing/index.ts';
import type { Thread } from '../../../src/thread.ts';
import { AnswerRelay } from './answer-relay.ts';
import { Rig } from './rig.ts';

const requestTimeoutMs = 60_000;

let relay: AnswerRelay;
let clock: SimulatedClock;
let rig: Rig;
beforeEach(async () => {
  relay = await AnswerRelay.start();
  clock = new SimulatedClock();
  rig = await Rig.start({ relay, clock });
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
  await relay[Symbol.asyncDispose]();
});

/** A thread that Codex keeps as `paginated`, after these turns. */
async function threadOf(...prompts: readonly string[]): Promise<Thread> {
  const thread = rig.thread(null, { historyMode: 'paginated' });
  for (const prompt of prompts) await thread.run(prompt);
  return thread;
}

/** The same, whose first turn was interrupted. */
async function threadAfterInterrupt(): Promise<Thread> {
  const gate = rig.model.hold();
  rig.model.enqueue([text('half'), gate.action]);
  const thread = rig.thread(null, { historyMode: 'paginated' });
  const first = thread.run('first');
  await gate.reached();
  thread.interrupt();
  await expect(first).rejects.toMatchObject({ code: 'turn_interrupted' });
  gate.release();
  await thread.run('second');
  return thread;
}

/**
 * A turn whose process dies before it has read it runs on the next one. With a turn that is gone as the last one known, an interrupted turn
 * before that would be taken for one that was cut off.
 */
async function diesBeforeRunning(thread: Thread, prompt: string): Promise<void> {
  const request = await relay.lose('turn/start');
  const turn = thread.run(prompt);
  await request.lost;
  await rig.killPort();
  expect((await turn).finalResponse).toBe('ok');
}

async function turnsOf({ id }: Thread) {
  const turns = [];
  for await (const turn of rig.transport.threads.turns(id ?? '', { first: 'oldest' })) turns.push(turn);
  return turns;
}

async function idOf(thread: Thread, prompt: string): Promise<string> {
  return (await turnsOf(thread)).find((turn) => turn.prompt === prompt)?.id ?? '';
}

/** The thread is at work again, and the model knows of these prompts only. */
async function goesOnFrom(thread: Thread, prompts: readonly string[]): Promise<void> {
  expect((await thread.run('go on')).finalResponse).toBe('ok');
  expect((await turnsOf(thread)).map(({ prompt }) => prompt)).toEqual([...prompts, 'go on']);
  expect(rig.model.submissionsOf('go on')).toHaveLength(1);
}

describe('a reversion whose process dies', () => {
  test('after Codex has done it and before it has answered, is found to be done', async () => {
    const thread = await threadOf('first', 'second');
    const beforeTurnId = await idOf(thread, 'second');
    const answer = await relay.hold('thread/revert');
    const reverting = thread.revert(beforeTurnId);
    await answer.held;
    await rig.killPort();
    await expect(reverting).resolves.toBeUndefined();
    await goesOnFrom(thread, ['first']);
  });

  test('after it has answered, is done for its caller, and a later crash is told from the turns that are left', async () => {
    const thread = await threadAfterInterrupt();
    const beforeTurnId = await idOf(thread, 'second');
    const answer = await relay.hold('thread/revert');
    const reverting = thread.revert(beforeTurnId);
    await answer.held;
    const reading = await relay.hold('thread/turns/list');
    await answer.release();
    await reading.held;
    const nextProcess = relay.nextProcess();
    await rig.killPort();
    await expect(reverting).resolves.toBeUndefined();
    await nextProcess;
    await diesBeforeRunning(thread, 'third');
    await goesOnFrom(thread, ['first', 'third']);
  });

  test('before Codex has read it, is done on the next process', async () => {
    const thread = await threadOf('first', 'second');
    const beforeTurnId = await idOf(thread, 'second');
    const request = await relay.lose('thread/revert');
    const reverting = thread.revert(beforeTurnId);
    await request.lost;
    await rig.killPort();
    await expect(reverting).resolves.toBeUndefined();
    await goesOnFrom(thread, ['first']);
  });
});

describe('a reversion that Codex does not answer within the deadline', () => {
  test('is found to be done where it was', async () => {
    const thread = await threadOf('first', 'second');
    const beforeTurnId = await idOf(thread, 'second');
    const pid = await rig.pid();
    const answer = await relay.hold('thread/revert');
    const reverting = thread.revert(beforeTurnId);
    await answer.held;
    await clock.advance(requestTimeoutMs);
    await expect(reverting).resolves.toBeUndefined();
    await goesOnFrom(thread, ['first']);
    expect(await rig.pid()).toBe(pid);
  });

  test('is unknown where it was not, since Codex may still do it: nothing is asked again', async () => {
    const thread = await threadOf('first', 'second');
    const beforeTurnId = await idOf(thread, 'second');
    const request = await relay.lose('thread/revert');
    const reverting = thread.revert(beforeTurnId);
    const told = expect(reverting).rejects.toMatchObject({
      code: 'outcome_unknown',
      cause: { code: 'turn_cut_off', cause: { code: 'request_timeout', method: 'thread/revert' } },
    });
    await request.lost;
    await clock.advance(requestTimeoutMs);
    await told;
    await goesOnFrom(thread, ['first', 'second']);
  });

  test('and is done, but does not tell how the thread stands, is done for its caller, and the thread is opened again', async () => {
    const thread = await threadAfterInterrupt();
    const beforeTurnId = await idOf(thread, 'second');
    const answer = await relay.hold('thread/revert');
    const reverting = thread.revert(beforeTurnId);
    await answer.held;
    await relay.refuse('thread/turns/list');
    await answer.release();
    await expect(reverting).resolves.toBeUndefined();
    await diesBeforeRunning(thread, 'third');
    await goesOnFrom(thread, ['first', 'third']);
  });
});

describe('a fork that Codex does not answer within the deadline', () => {
  test('is unknown to its caller alone, and no other thread notices', async () => {
    const gate = rig.model.hold();
    rig.model.script(({ prompt }) => (prompt === 'held' ? [text('half'), gate.action] : undefined));
    const thread = rig.thread();
    await thread.run('first');
    const others = [rig.thread().run('held'), rig.thread().run('held')];
    await gate.reached(2);
    const pid = await rig.pid();
    const answer = await relay.hold('thread/fork');
    const forking = thread.fork();
    const told = expect(forking).rejects.toMatchObject({
      code: 'outcome_unknown',
      cause: { code: 'turn_cut_off', cause: { code: 'request_timeout', method: 'thread/fork' } },
    });
    await answer.held;
    await clock.advance(requestTimeoutMs);
    await told;
    expect((await thread.run('go on')).finalResponse).toBe('ok');
    gate.release();
    expect((await Promise.all(others)).map(({ finalResponse }) => finalResponse)).toEqual(['half', 'half']);
    expect(await rig.pid()).toBe(pid);
    await answer.release();
  });
});
