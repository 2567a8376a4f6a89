import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask } from '../../../src/actors/approvals/policies/plain-policies.ts';
import { DeskBench } from './desk-bench.ts';

const question = {
  serverName: 'lab',
  message: 'Who are you?',
  mode: 'form',
  requestedSchema: { type: 'object' },
  url: null,
} as const;

describe('a question that a tool of the application puts to the user', () => {
  let bench: DeskBench;
  beforeEach(async () => {
    bench = await DeskBench.start({ policy: ask() });
  });
  afterEach(() => bench.stop());

  test('waits in the queue like any other, and its tool is told what a person says', async () => {
    const { thread } = bench.ask('item/tool/call');
    const answer = thread.ask(question, 'turn', new AbortController().signal);
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    expect(waiting).toMatchObject({
      request: { kind: 'elicitation', turnId: 'turn', message: 'Who are you?' },
    });
    await bench.desk.queue.decide(waiting?.id ?? '', { type: 'acceptWithContent', content: { name: 'Ada' } });
    expect(await answer).toEqual({ action: 'accept', content: { name: 'Ada' } });
  });

  test('is withdrawn once nobody waits for the call, and no other is', async () => {
    const { thread } = bench.ask('item/tool/call');
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [first, second].map(({ signal }) => thread.ask(question, 'turn', signal));
    await bench.rest();
    first.abort();
    expect(await answers[0]).toEqual({ action: 'cancel' });
    await bench.rest();
    expect(bench.settled).toMatchObject([{ outcome: { status: 'cancelled', by: 'codex', decision: null } }]);
    expect(await bench.desk.queue.list()).toHaveLength(1);
  });

  test('is not asked at all when nobody waits for the call any more', async () => {
    const { thread } = bench.ask('item/tool/call');
    expect(await thread.ask(question, 'turn', AbortSignal.abort())).toEqual({ action: 'cancel' });
    expect(await bench.desk.queue.list()).toEqual([]);
  });

  test('is declined when nobody answers in time', async () => {
    const { thread } = bench.ask('item/tool/call');
    const answer = thread.ask(question, 'turn', new AbortController().signal);
    await bench.clock.advance(300_000);
    expect(await answer).toEqual({ action: 'decline' });
  });
});
