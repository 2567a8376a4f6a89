import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  approvalQueuePath,
  type DecideRequest,
  pendingApprovalsPath,
} from '../../../src/actors/approvals/approval-messages.ts';
import { ask } from '../../../src/actors/approvals/policies/plain-policies.ts';
import { remember } from '../../../src/actors/approvals/policies/remembering-policy.ts';
import { questions } from '../../protocol/approvals/requests.ts';
import { type AskedQuestion, accepted, DeskBench, declined } from './desk-bench.ts';

let bench: DeskBench;
beforeEach(async () => {
  bench = await DeskBench.start({ policy: ask() });
});
afterEach(() => bench.stop());

describe('an approval that waits', () => {
  test('is listed oldest first, with its age and what it is about', async () => {
    bench.ask('command');
    await bench.clock.advance(1_000);
    bench.ask('mcpTool');
    await bench.clock.advance(500);
    expect(await bench.desk.queue.list()).toMatchObject([
      { state: 'deciding', ageMs: 1_500, request: { kind: 'command', cwd: '/srv/app' } },
      { state: 'deciding', ageMs: 500, request: { kind: 'mcp_tool' } },
    ]);
  });

  test('is plain JSON', async () => {
    for (const name of Object.keys(questions)) bench.ask(name);
    await bench.rest();
    const listed = await bench.desk.queue.list();
    expect(listed).toHaveLength(Object.keys(questions).length);
    expect(JSON.parse(JSON.stringify(listed))).toEqual(listed);
  });

  test('expires after five minutes, not before, and Codex is told no', async () => {
    const { answers } = bench.ask('command');
    await bench.clock.advance(299_999);
    expect(answers).toEqual([]);
    await bench.clock.advance(1);
    expect(answers).toEqual(declined);
    expect(bench.settled).toMatchObject([{ outcome: { status: 'expired', by: 'deadline' } }]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('is decided once, however many try at the same time', async () => {
    const { answers } = bench.ask('command');
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    const tries = await Promise.allSettled(
      ['ada', 'bob', 'cy'].map((who) =>
        bench.desk.queue.decide(waiting?.id ?? '', { type: 'accept' }, { who }),
      ),
    );
    expect(tries.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(tries[1]).toMatchObject({ reason: { code: 'approval_not_pending' } });
    expect(answers).toEqual(accepted);
  });

  test('is not decided by a person who came a moment after its end, and the person hears so', async () => {
    bench.ask('command');
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    const id = waiting?.id ?? '';
    bench.system.cast('port', 'end');
    // In the same breath: the queue hands it on before it hears of the end.
    const decide: DecideRequest = {
      type: 'approvals.decide',
      id,
      decision: { type: 'accept' },
      who: null,
      why: null,
    };
    const late = bench.system.call(approvalQueuePath, decide);
    await expect(late).rejects.toMatchObject({ code: 'approval_not_pending' });
    expect(bench.settled).toMatchObject([{ outcome: { status: 'cancelled', by: 'runtime' } }]);
  });

  test('waits on when it is given a decision that it does not accept, and says which it does', async () => {
    const { answers } = bench.ask('command');
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    const id = waiting?.id ?? '';
    await expect(bench.desk.queue.decide(id, { type: 'acceptAlways' })).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'decision.type',
      accepted: expect.stringContaining("'acceptForSession'"),
    });
    expect(answers).toEqual([]);
    await bench.desk.queue.decide(id, { type: 'accept' });
    expect(answers).toEqual(accepted);
  });

  test('is cancelled when its port ends, with no answer to nobody', async () => {
    const { answers } = bench.ask('command');
    await bench.rest();
    bench.system.cast('port', 'end');
    await bench.rest();
    expect(answers).toEqual([]);
    expect(bench.settled).toMatchObject([{ outcome: { status: 'cancelled', by: 'runtime' } }]);
    expect(await bench.desk.queue.list()).toEqual([]);
  });

  test('is withdrawn when Codex has resolved it, and only that one', async () => {
    const first = bench.ask('command');
    bench.ask('command');
    await bench.rest();
    first.thread.notified({ method: 'serverRequest/resolved', params: { requestId: first.id } });
    await bench.rest();
    expect(bench.settled).toMatchObject([{ outcome: { status: 'cancelled', by: 'codex', decision: null } }]);
    expect(await bench.desk.queue.list()).toHaveLength(1);
  });

  test('is declined when its thread is closed for good, and those of other threads wait on', async () => {
    const { answers } = bench.ask('command');
    const other = bench.ask('command', { threadId: 'other' });
    await bench.rest();
    bench.desk.threadClosed(bench.system, 'thread');
    await bench.rest();
    expect(answers).toEqual(declined);
    expect(other.answers).toEqual([]);
  });

  test('is declined when the tree stops', async () => {
    const { answers } = bench.ask('command');
    await bench.rest();
    await bench.system.stop();
    expect(answers).toEqual(declined);
  });

  test('is declined when its actor is killed', async () => {
    const { answers } = bench.ask('command');
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    const actor = bench.system.whereis(`${pendingApprovalsPath}/${waiting?.id}`);
    expect(actor).toBeDefined();
    // What an actor cannot take ends it.
    Reflect.apply(bench.system.cast, bench.system, [actor, 7]);
    await bench.rest();
    expect(answers).toEqual(declined);
    expect(await bench.desk.queue.list()).toEqual([]);
  });

  test('is declined when the queue itself crashes, and the next one is taken', async () => {
    const { answers } = bench.ask('command');
    await bench.rest();
    Reflect.apply(bench.system.cast, bench.system, [approvalQueuePath, null]);
    await bench.rest();
    expect(answers).toEqual(declined);
    const next = bench.ask('command');
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    await bench.desk.queue.decide(waiting?.id ?? '', { type: 'accept' });
    expect(next.answers).toEqual(accepted);
  });
});

describe('a question', () => {
  test('that is no approval is left to others', () => {
    expect(bench.ask('item/tool/call').taken).toBe(false);
    expect(bench.ask('item/teleport/requestApproval').taken).toBe(false);
  });

  test('of more than a mebibyte is declined at once, and so is what does not fit beside the others', async () => {
    await bench.system.stop();
    bench = await DeskBench.start({ policy: ask(), limits: { approvalsBytesMax: 10_000 } });
    const huge = bench.ask('command', { params: { command: 'x'.repeat(2 * 1_048_576) } });
    const large = bench.ask('command', { params: { command: 'x'.repeat(6_000) } });
    const second = bench.ask('command', { params: { command: 'x'.repeat(6_000) } });
    await bench.rest();
    expect(huge.answers).toEqual(declined);
    expect(large.answers).toEqual([]);
    expect(second.answers).toEqual(declined);
    expect(bench.settled).toMatchObject([
      { outcome: { by: 'runtime', error: { code: 'limit_exceeded', limit: 'approvalBytesMax' } } },
      { outcome: { by: 'runtime', error: { code: 'limit_exceeded', limit: 'approvalsBytesMax' } } },
    ]);
  });

  test('beyond the number that may wait is declined, until one has been decided', async () => {
    await bench.stop();
    bench = await DeskBench.start({ policy: ask(), limits: { approvalsMax: 1 } });
    bench.ask('command');
    const second = bench.ask('command');
    await bench.rest();
    expect(second.answers).toEqual(declined);
    expect(bench.settled).toMatchObject([{ outcome: { error: { limit: 'approvalsMax' } } }]);
    const [waiting] = await bench.desk.queue.list();
    await bench.desk.queue.decide(waiting?.id ?? '', { type: 'decline' });
    const third = bench.ask('command');
    await bench.rest();
    expect(third.answers).toEqual([]);
  });

  test('finds room again once a large one has been decided', async () => {
    await bench.stop();
    bench = await DeskBench.start({ policy: ask(), limits: { approvalsBytesMax: 10_000 } });
    const large = { params: { command: 'x'.repeat(6_000) } };
    for (let count = 0; count < 3; count += 1) {
      const { answers } = bench.ask('command', large);
      await bench.rest();
      expect(answers).toEqual([]);
      const [waiting] = await bench.desk.queue.list();
      await bench.desk.queue.decide(waiting?.id ?? '', { type: 'accept' });
      expect(answers).toEqual(accepted);
    }
  });

  test('that a person has decided before is not asked again by a policy that remembers', async () => {
    await bench.stop();
    bench = await DeskBench.start({ policy: remember(ask()) });
    bench.ask('command');
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    await bench.desk.queue.decide(waiting?.id ?? '', { type: 'accept' });
    const { answers } = bench.ask('command');
    await bench.rest();
    expect(answers).toEqual(accepted);
    expect(bench.settled.at(-1)?.outcome).toMatchObject({ by: 'policy' });
  });

  test('without any policy is declined, and that is said once', async () => {
    await bench.system.stop();
    bench = await DeskBench.start();
    const both = [bench.ask('command'), bench.ask('permissions')];
    await bench.rest();
    expect(both.map(({ answers }) => answers)).toEqual([
      declined,
      [{ result: { permissions: {}, scope: 'turn' } }],
    ]);
    expect(bench.warnings).toHaveLength(1);
  });

  test('that finds no queue is declined', async () => {
    await bench.system.stop();
    const { answers } = bench.ask('command');
    await Promise.resolve();
    await Promise.resolve();
    await bench.rest();
    expect(answers).toEqual(declined);
  });
});

test('whatever happens in whatever order, each question is told at most once, and nothing is left', async () => {
  await bench.system.stop();
  const step = fc.oneof(
    fc.constantFrom('ask', 'accept', 'decline', 'resolve', 'close', 'portEnds'),
    fc.integer({ min: 1, max: 200_000 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (history) => {
      bench = await DeskBench.start({ policy: ask() });
      const asked: AskedQuestion[] = [];
      for (const one of history) {
        const [oldest] = await bench.desk.queue.list();
        if (typeof one === 'number') await bench.clock.advance(one);
        else if (one === 'ask') asked.push(bench.ask('command'));
        else if (one === 'portEnds') bench.system.cast('port', 'end');
        else if (one === 'close') bench.desk.threadClosed(bench.system, 'thread');
        else if (one === 'resolve') {
          const last = asked.at(-1);
          last?.thread.notified({ method: 'serverRequest/resolved', params: { requestId: last.id } });
        } else if (oldest !== undefined) await bench.desk.queue.decide(oldest.id, { type: one });
        await bench.rest();
      }
      await bench.clock.advance(300_000);
      expect(await bench.desk.queue.list()).toEqual([]);
      expect(bench.settled).toHaveLength(asked.length);
      for (const { answers } of asked) expect(answers.length).toBeLessThanOrEqual(1);
      // The deadline of the last call.
      await bench.clock.advance(5_000);
      expect(bench.clock.pendingTimers).toBe(0);
      await bench.system.stop();
    }),
    { numRuns: 40 },
  );
});

describe('the message API', () => {
  test('lists and decides by plain JSON', async () => {
    const { answers } = bench.ask('command');
    await bench.rest();
    const listed = JSON.parse(JSON.stringify(await bench.desk.queue.answer({ type: 'approvals.list' })));
    const [{ id }] = listed.approvals;
    const decide = { type: 'approvals.decide', id, decision: { type: 'accept' }, who: 'ada' };
    expect(await bench.desk.queue.answer(decide)).toEqual({ ok: true, status: 'accepted' });
    expect(answers).toEqual(accepted);
    expect(await bench.desk.queue.answer(decide)).toMatchObject({
      ok: false,
      error: { code: 'approval_not_pending' },
    });
  });

  test.each([null, 7, {}, { type: 'approvals.decide' }, { type: 'approvals.decide', id: 'x', who: 7 }])(
    'answers %j with an error, and never rejects',
    async (message) => {
      expect(await bench.desk.queue.answer(message)).toMatchObject({
        ok: false,
        error: { code: 'invalid_option' },
      });
    },
  );
});

describe('listeners', () => {
  test('hear of each approval from its request to its end', async () => {
    bench.ask('command');
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    await bench.desk.queue.decide(waiting?.id ?? '', { type: 'decline', reason: 'no' }, { who: 'ada' });
    expect(bench.news.map(({ type }) => type)).toEqual(['requested', 'deciding', 'settled']);
    expect(bench.settled).toMatchObject([{ outcome: { by: 'person', who: 'ada', why: 'no' } }]);
  });

  test('that throw or reject keep nobody from an answer, and do not end the host', async () => {
    bench.desk.queue.subscribe(() => {
      throw new Error('mine');
    });
    bench.desk.queue.subscribe(async () => {
      throw new Error('mine');
    });
    const { answers } = bench.ask('command');
    await bench.clock.advance(300_000);
    expect(answers).toEqual(declined);
  });

  test('are at most 64', () => {
    for (let count = 1; count < 64; count += 1) bench.desk.queue.subscribe(() => undefined);
    expect(() => bench.desk.queue.subscribe(() => undefined)).toThrow(
      expect.objectContaining({ code: 'limit_exceeded', limit: 'approvalListenersMax' }),
    );
  });

  test('hear nothing after they have left', async () => {
    const heard: string[] = [];
    const leave = bench.desk.queue.subscribe(({ type }) => heard.push(type));
    leave();
    bench.ask('command');
    await bench.rest();
    expect(heard).toEqual([]);
  });
});

test('telemetry has one end for each start, and an exception where the policy failed', async () => {
  await bench.system.stop();
  bench = await DeskBench.start({
    policy: (request) => {
      if (request.kind === 'command') throw new Error('no database');
      return { type: 'decline' };
    },
  });
  const events: string[] = [];
  bench.telemetry.subscribe(['approval.start', 'approval.stop', 'approval.exception'], (event) => {
    events.push(`${event.name} ${event.approvalKind} ${'status' in event ? event.status : ''}`);
  });
  bench.ask('command');
  bench.ask('mcpTool');
  await bench.rest();
  await bench.telemetry.flush();
  expect(events.sort()).toEqual([
    'approval.exception command declined',
    'approval.start command ',
    'approval.start mcp_tool ',
    'approval.stop mcp_tool declined',
  ]);
});
