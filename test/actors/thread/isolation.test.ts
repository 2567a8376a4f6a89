import { afterAll, beforeAll, expect, test } from 'vitest';
import { promptScript, text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});

const threadCount = 50;

test(`${threadCount} threads at once each get their own events only, in order`, async () => {
  const streams = Array.from({ length: threadCount }, async (_, n) => {
    const thread = rig.thread();
    const words = `answer of thread ${n} `.repeat(5);
    const prompt = `thread ${n} ${promptScript([text(words, { deltas: 10 })])}`;
    const { events } = await thread.runStreamed(prompt, { includeDeltas: true });
    const types: string[] = [];
    let deltas = '';
    let whole = '';
    for await (const event of events) {
      if (event.type === 'item.delta') deltas += event.delta;
      else types.push(event.type);
      if (event.type === 'item.completed' && event.item.type === 'agent_message') whole = event.item.text;
    }
    return { id: thread.id, types, deltas, whole, words };
  });
  const turns = await Promise.all(streams);
  expect(new Set(turns.map(({ id }) => id)).size).toBe(threadCount);
  for (const { types, deltas, whole, words } of turns) {
    expect(types).toEqual(['thread.started', 'turn.started', 'item.completed', 'turn.completed']);
    expect(deltas).toBe(words);
    expect(whole).toBe(words);
  }
});

test('a turn beyond the queue is refused at the call, and the others go on', async () => {
  const gate = rig.model.hold();
  rig.model.enqueue([gate.action, text('ok')]);
  const thread = rig.thread();
  const turns = Array.from({ length: 65 }, (_, n) => thread.run(`queued ${n}`));
  await expect(thread.run('one too many')).rejects.toMatchObject({ code: 'queue_full', queueLengthMax: 64 });
  await gate.reached();
  const rest = Promise.allSettled(turns);
  await thread.close();
  gate.release();
  const [first, ...others] = await rest;
  expect(first).toMatchObject({ reason: { code: 'turn_interrupted' } });
  expect(others.every(({ status }) => status === 'rejected')).toBe(true);
});

test('two threads of one id share the one actor and its queue', async () => {
  const first = rig.thread();
  await first.run('begin');
  const second = rig.thread(first.id);
  const answers = await Promise.all([first.run('from the first'), second.run('from the second')]);
  expect(answers.map(({ finalResponse }) => finalResponse)).toEqual(['ok', 'ok']);
  const last = rig.model.requestsOf(first.id ?? '').at(-1);
  expect(last?.userMessages).toEqual(['begin', 'from the first', 'from the second']);
});

test('a thread that was closed through one object is closed for the other, and resumed by a new one', async () => {
  const first = rig.thread();
  await first.run('begin');
  const second = rig.thread(first.id);
  await second.run('shared');
  await first.close();
  expect(second.closed).toBe(true);
  await expect(second.run('too late')).rejects.toMatchObject({ code: 'thread_closed' });
  expect((await rig.thread(first.id).run('resumed')).finalResponse).toBe('ok');
});

test('a thread that another process writes to is refused', async () => {
  await using other = await Rig.startIn(rig.home, rig.model);
  const thread = rig.thread();
  await thread.run('mine');
  await expect(other.thread(thread.id).run('not yours')).rejects.toMatchObject({
    code: 'thread_owned',
    threadId: thread.id,
  });
});

test('a thread that does not exist is an error of its turn', async () => {
  const threadId = '01a1f8e0-0000-7391-9ca0-cc5676812626';
  const refused = { code: 'thread_not_found', operation: 'resume', threadId };
  await expect(rig.thread(threadId).run('hello')).rejects.toMatchObject(refused);
});
