import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';
import { TelemetryBus, type TelemetryEvent } from '../../../src/telemetry/index.ts';
import { command, text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
let bus: TelemetryBus;
let events: TelemetryEvent[];
beforeEach(async () => {
  bus = new TelemetryBus({ clock: new SystemClock() });
  events = [];
  rig = await Rig.start({ telemetry: bus });
  bus.subscribe('*', (event) => {
    if (/^(thread|turn)\./.test(event.name)) events.push(event);
  });
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

test('a thread and its turns are spans, each with one start and one end', async () => {
  const thread = rig.thread();
  await thread.run('one');
  await thread.run('two');
  await thread.close();
  await bus.flush();
  expect(events.map(({ name }) => name)).toEqual([
    'thread.start',
    'turn.start',
    'turn.stop',
    'turn.start',
    'turn.stop',
    'thread.stop',
  ]);
  expect(events[2]).toMatchObject({
    outcome: 'completed',
    threadId: thread.id,
    usage: { input_tokens: 100 },
  });
  expect(events[5]).toMatchObject({ turnCount: 2, threadId: thread.id });
});

test('a crash of the process is told with its recovery and its verdict', async () => {
  const gate = rig.model.hold();
  rig.model.enqueue([text('half'), gate.action]);
  const running = rig.thread().run('to be cut off');
  await gate.reached();
  await rig.killPort();
  await expect(running).rejects.toMatchObject({ code: 'turn_cut_off' });
  await bus.flush();
  expect(events.map(({ name }) => name)).toEqual([
    'thread.start',
    'turn.start',
    'thread.recovering',
    'thread.resumed',
    'turn.reconciled',
    'turn.exception',
  ]);
  expect(events[4]).toMatchObject({ verdict: 'cut_off' });
  expect(events[5]).toMatchObject({ error: { code: 'turn_cut_off' } });
});

test('the items of a turn are spans inside it, and one that never completed ends with the turn', async () => {
  const items: TelemetryEvent[] = [];
  const speaking = Promise.withResolvers<void>();
  bus.subscribe(['item.start', 'item.stop', 'item.exception'], (event) => {
    items.push(event);
    if (event.name === 'item.start' && event.itemType === 'agentMessage') speaking.resolve();
  });
  const gate = rig.model.hold();
  rig.model.enqueue(
    [command('exit 3')],
    [text('half', { deltas: 2, hold: { afterDeltas: 1, gate: gate.name } })],
  );
  const running = rig.thread().run('to be cut off');
  await speaking.promise;
  await rig.killPort();
  await expect(running).rejects.toMatchObject({ code: 'turn_cut_off' });
  await bus.flush();
  const told = items.map((event) => [event.name, 'itemType' in event ? event.itemType : '']);
  expect(told).toEqual([
    ['item.start', 'userMessage'],
    ['item.stop', 'userMessage'],
    ['item.start', 'commandExecution'],
    ['item.stop', 'commandExecution'],
    ['item.start', 'agentMessage'],
    ['item.exception', 'agentMessage'],
  ]);
  expect(items[3]).toMatchObject({ status: 'failed', exitCode: 3 });
  const turn = events.find(({ name }) => name === 'turn.start');
  const parents = new Set(items.map((event) => ('span' in event ? event.span.parentSpanId : '')));
  expect(parents).toEqual(new Set([turn && 'span' in turn ? turn.span.spanId : '']));
});
