import { describe, expect, test } from 'vitest';
import { AttemptSink } from '../../../src/actors/auto-run/attempt-sink.ts';
import { AutoRunRecord, autoRunEventsMax } from '../../../src/actors/auto-run/auto-run-record.ts';
import { noUsage, type ThreadEvent, type Usage } from '../../../src/protocol/exec-events.ts';
import type { ThreadItem } from '../../../src/protocol/exec-items.ts';
import { SimulatedClock } from '../../../src/testing/index.ts';

const message = (text: string): ThreadItem => ({ id: 'item_0', type: 'agent_message', text });
const ran: ThreadItem = {
  id: 'item_1',
  type: 'command_execution',
  command: 'true',
  aggregated_output: '',
  exit_code: 0,
  status: 'completed',
};
const used = (input: number): Usage => ({ ...noUsage, input_tokens: input });

function readTurn(tokenBudget = Number.POSITIVE_INFINITY) {
  const clock = new SimulatedClock();
  const run = new AutoRunRecord(clock);
  const record = run.begin({ turn: 1, attempt: 1 });
  const told: string[] = [];
  const events: ThreadEvent[] = [];
  const sink = new AttemptSink({
    record,
    threadStarted: (threadId) => told.push(threadId),
    event: (event) => {
      events.push(event);
      run.note(event);
    },
    isBudgetSpent: () => run.tokensSpent(record.usage) >= tokenBudget,
    goesOnWithoutBudget: () => told.push('goes on'),
    ended: (error) => told.push(error === null ? 'completed' : error.message),
  });
  return { clock, run, record, told, events, sink };
}

describe('the reader of an attempt', () => {
  test('asks for deltas until the first, and knows when it came', async () => {
    const { clock, record, sink } = readTurn();
    await clock.advance(5);
    sink.threadStarted('T', true);
    await clock.advance(20);
    expect(sink.wantsDeltas).toBe(true);
    sink.pushDelta();
    expect(sink.wantsDeltas).toBe(false);
    await clock.advance(100);
    expect(record.ended(null).latency).toEqual({ queueMs: 5, firstTokenMs: 25, totalMs: 125 });
  });

  test('takes an item for a sign of life, but not a warning of Codex', () => {
    const { record, sink } = readTurn();
    sink.push({ type: 'item.completed', item: { id: 'item_0', type: 'error', message: 'careful' } });
    expect(record.hasToken).toBe(false);
    sink.push({ type: 'item.completed', item: message('hello') });
    expect(record.hasToken).toBe(true);
  });

  test('is settled once, and takes nothing afterwards', () => {
    const { events, sink, told } = readTurn();
    sink.complete({ type: 'turn.completed', usage: used(1) });
    sink.abandon(new Error('late'));
    sink.fail({ type: 'turn.failed', error: { message: 'late' } }, new Error('late'));
    sink.push({ type: 'turn.started' });
    sink.threadStarted('T', true);
    sink.usageReported(used(100));
    expect(told).toEqual(['completed']);
    expect(events.map(({ type }) => type)).toEqual(['turn.completed']);
    expect(sink.settled).toBe(true);
    expect(sink.wantsDeltas).toBe(false);
  });

  test('lets a turn finish that crosses the budget with its last answer', () => {
    const { sink, told } = readTurn(10);
    sink.push({ type: 'item.completed', item: message('the end') });
    sink.usageReported(used(11));
    sink.complete({ type: 'turn.completed', usage: used(11) });
    expect(told).toEqual(['completed']);
  });

  test.each([
    ['before the report', ['work', 'report']],
    ['after the report', ['report', 'work']],
  ])('says so when a turn goes on without budget, its work seen %s', (_when, steps) => {
    const { sink, told } = readTurn(10);
    for (const step of steps)
      if (step === 'work') sink.push({ type: 'item.started', item: ran });
      else sink.usageReported(used(11));
    expect(told).toEqual(['goes on']);
  });

  test('forgets work once the model was asked again', () => {
    const { sink, told } = readTurn(10);
    sink.push({ type: 'item.completed', item: ran });
    sink.usageReported(used(5));
    sink.usageReported(used(11));
    expect(told).toEqual([]);
  });
});

describe('the record of a run', () => {
  test('counts what failed attempts have used', () => {
    const { record, run, sink } = readTurn();
    sink.usageReported(used(30));
    run.end(record, new Error('failed'));
    const second = run.begin({ turn: 1, attempt: 2 });
    second.usageReported(used(12));
    run.end(second, null);
    expect(run.progress()).toMatchObject({ turns: 1, usage: used(42) });
    expect(run.tokensSpent(used(8))).toBe(50);
  });

  test('tells the first token from the beginning of the run, and the queue of its first attempt', async () => {
    const { clock, record, run } = readTurn();
    record.submitted();
    await clock.advance(100);
    run.end(record, new Error('silent'));
    await clock.advance(50);
    const second = run.begin({ turn: 1, attempt: 2 });
    await clock.advance(7);
    second.submitted();
    second.tokenSeen();
    run.end(second, null);
    expect(run.result({ status: 'done' }, 'T').latency).toEqual({
      queueMs: 0,
      firstTokenMs: 157,
      totalMs: 157,
    });
  });

  test('keeps the latest events, with their items, and counts those that it forgot', () => {
    const { run } = readTurn();
    run.note({ type: 'item.completed', item: message('first') });
    for (let n = 0; n < autoRunEventsMax - 1; n += 1) run.note({ type: 'turn.started' });
    run.note({ type: 'item.completed', item: message('last') });
    const result = run.result({ status: 'done' }, 'T');
    expect(result.events).toHaveLength(autoRunEventsMax);
    expect(result).toMatchObject({ eventsDropped: 1, items: [message('last')], finalResponse: 'last' });
  });
});
