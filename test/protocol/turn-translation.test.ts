import { describe, expect, test } from 'vitest';
import type { ThreadEvent } from '../../src/protocol/exec-events.ts';
import { type TurnOutput, TurnTranslation } from '../../src/protocol/turn-translation.ts';
import { notificationsOf, scenariosOf, transcriptLines } from './transcripts.ts';

const turnId = 'turn-1';

function outputsOf(...notifications: readonly (readonly [string, Record<string, unknown>])[]): TurnOutput[] {
  const translation = new TurnTranslation(turnId);
  return notifications.flatMap(([method, params]) => [...translation.translate({ method, params })]);
}

function eventsIn(outputs: readonly TurnOutput[]): readonly ThreadEvent[] {
  return outputs.flatMap((output) => ('event' in output ? [output.event] : []));
}

function translated(scenario: string): readonly TurnOutput[] {
  const translation = new TurnTranslation();
  return notificationsOf(scenario).flatMap((one) => [...translation.translate(one)]);
}

const started = (item: Record<string, unknown>) => ['item/started', { turnId, item }] as const;
const completed = (item: Record<string, unknown>) => ['item/completed', { turnId, item }] as const;
const ended = (turn: Record<string, unknown>) =>
  ['turn/completed', { turn: { id: turnId, ...turn } }] as const;
const command = { type: 'commandExecution', id: 'call', command: 'sleep 9', status: 'inProgress' };

describe('the same script through both transports', () => {
  const both = scenariosOf('exec').filter((scenario) => scenariosOf('app-server').includes(scenario));

  test('there are recordings to compare', () => {
    expect(both.length).toBeGreaterThan(8);
  });

  test.each(both)('%s gives the events that exec printed, in their order and with their ids', (scenario) => {
    const [first, ...rest] = transcriptLines(scenario, 'exec').map((line): ThreadEvent => JSON.parse(line));
    expect(first?.type).toBe('thread.started');
    expect(eventsIn(translated(scenario))).toEqual(rest);
  });
});

describe('deltas', () => {
  test.each(scenariosOf('app-server'))('of a text in %s add up to the item they belong to', (scenario) => {
    const outputs = translated(scenario);
    const pieces = new Map<string, string>();
    for (const output of outputs) {
      if (output.kind !== 'delta') continue;
      const { itemId, delta } = output.delta;
      pieces.set(itemId, (pieces.get(itemId) ?? '') + delta);
    }
    for (const event of eventsIn(outputs)) {
      if (event.type !== 'item.completed') continue;
      const { item } = event;
      if (item.type === 'agent_message' || item.type === 'reasoning')
        expect(pieces.get(item.id)).toBe(item.text);
    }
  });

  test('of raw reasoning are given only where there is no summary, and parts are joined by line feeds', () => {
    const raw = (itemId: string, delta: string, contentIndex: number) =>
      ['item/reasoning/textDelta', { turnId, itemId, delta, contentIndex }] as const;
    const outputs = outputsOf(
      raw('a', 'one', 0),
      raw('a', 'two', 1),
      ['item/reasoning/summaryTextDelta', { turnId, itemId: 'b', delta: 'sum', summaryIndex: 0 }],
      raw('b', 'raw', 0),
    );
    expect(outputs.map((one) => (one.kind === 'delta' ? one.delta.delta : one.kind))).toEqual([
      'one',
      '\ntwo',
      'sum',
    ]);
  });

  test('carry the id that their item will have', () => {
    const outputs = outputsOf(
      ['item/agentMessage/delta', { turnId, itemId: 'msg', delta: 'He' }],
      started(command),
      completed({ type: 'agentMessage', id: 'msg', text: 'Hey' }),
    );
    expect(outputs[0]).toMatchObject({ delta: { itemId: 'item_0', kind: 'text', delta: 'He' } });
    expect(eventsIn(outputs)).toMatchObject([
      { item: { id: 'item_1' } },
      { item: { id: 'item_0', text: 'Hey' } },
    ]);
  });
});

describe('the end of a turn', () => {
  test('completes what is still open, in its last known state: a command may run on in the background', () => {
    const outputs = outputsOf(started(command), ended({ status: 'completed', error: null }));
    expect(eventsIn(outputs).slice(1)).toMatchObject([
      { type: 'item.completed', item: { type: 'command_execution', id: 'item_0', status: 'in_progress' } },
      { type: 'turn.completed' },
    ]);
  });

  test('that is an interruption drops what is still open, and gives no event', () => {
    const outputs = outputsOf(started(command), ended({ status: 'interrupted', error: null }));
    expect(outputs.slice(1)).toEqual([{ kind: 'interrupted' }]);
    expect(translated('interrupted').at(-1)).toEqual({ kind: 'interrupted' });
  });

  test('that is a failure carries Codex’s message and the typed error', () => {
    const error = {
      message: 'Slow',
      codexErrorInfo: 'serverOverloaded',
      additionalDetails: 'try again in 2s',
    };
    const [output] = outputsOf(ended({ status: 'failed', error }));
    expect(output).toMatchObject({
      kind: 'failed',
      event: { type: 'turn.failed', error: { message: 'Slow (try again in 2s)' } },
      error: { code: 'server_overloaded', retryable: true, retryAfterMs: 2_000, turnId },
    });
  });

  test('without a reason takes that of the last error which was not retried', () => {
    const outputs = outputsOf(
      ['error', { turnId, error: { message: 'first' }, willRetry: false }],
      ['error', { turnId, error: { message: 'Reconnecting... 1/5' }, willRetry: true }],
      ended({ status: 'failed', error: null }),
    );
    expect(eventsIn(outputs).at(-1)).toEqual({ type: 'turn.failed', error: { message: 'first' } });
  });

  test('is the last thing that is told', () => {
    const late = completed({ ...command, status: 'completed', exitCode: 0 });
    expect(outputsOf(ended({ status: 'completed' }), late, ended({ status: 'failed' }))).toHaveLength(1);
  });
});

describe('what does not belong to the turn gives nothing', () => {
  test.each([
    [
      'a command of an earlier turn',
      'item/completed',
      { turnId: 'turn-0', item: { ...command, status: 'failed' } },
    ],
    ['the end of another turn', 'turn/completed', { turn: { id: 'turn-2', status: 'completed' } }],
    ['an unknown method', 'future/thing', { turnId }],
    ['params that are no object', 'item/started', undefined],
    ['an item without an id', 'item/completed', { turnId, item: { type: 'agentMessage' } }],
    ['a delta without text', 'item/agentMessage/delta', { turnId, itemId: 'a' }],
    ['an empty delta', 'item/agentMessage/delta', { turnId, itemId: 'a', delta: '' }],
    ['a plan that begins', 'item/started', { turnId, item: { type: 'plan', id: 'p', text: '' } }],
    ['an item of a newer Codex', 'item/completed', { turnId, item: { type: 'hologram', id: 'h' } }],
    [
      'what exec leaves out',
      'item/completed',
      { turnId, item: { type: 'userMessage', id: 'u', content: [] } },
    ],
    [
      'reasoning without a text',
      'item/completed',
      { turnId, item: { type: 'reasoning', id: 'r', summary: [], content: [' '] } },
    ],
  ])('%s', (_name, method, params) => {
    expect(new TurnTranslation(turnId).translate({ method, params })).toEqual([]);
  });
});

describe('usage', () => {
  const tokens = (inputTokens: number, outputTokens: number) => ({
    totalTokens: inputTokens + outputTokens,
    inputTokens,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens,
    reasoningOutputTokens: 0,
  });
  const updated = (total: object, last: object) =>
    ['thread/tokenUsage/updated', { turnId, tokenUsage: { total, last, modelContextWindow: null } }] as const;

  test('is the turn’s own: the difference of the thread’s totals, also for answers that were not reported singly', () => {
    const outputs = outputsOf(
      updated(tokens(1_100, 60), tokens(100, 10)),
      updated(tokens(1_500, 90), tokens(300, 20)),
      ended({ status: 'completed' }),
    );
    expect(eventsIn(outputs).at(-1)).toMatchObject({ usage: { input_tokens: 500, output_tokens: 40 } });
  });

  test('is zero where none was reported', () => {
    expect(eventsIn(outputsOf(ended({ status: 'completed' })))).toMatchObject([
      { usage: { input_tokens: 0 } },
    ]);
  });
});

describe('warnings are items of type error, numbered like others', () => {
  test.each([
    ['warning', { threadId: 't', message: 'careful' }, 'careful'],
    ['deprecationNotice', { summary: 'old', details: 'use new' }, 'old (use new)'],
    ['configWarning', { summary: 'ignored', details: null }, 'ignored'],
    ['model/rerouted', { turnId, fromModel: 'a', toModel: 'b', reason: 'x' }, 'model rerouted: a -> b (x)'],
  ])('%s', (method, params, message) => {
    const translation = new TurnTranslation(turnId);
    const item = { id: 'item_0', type: 'error', message };
    expect(translation.translate({ method, params })).toEqual([
      { kind: 'event', event: { type: 'item.completed', item } },
    ]);
  });
});

describe('a turn whose end was lost is concluded from what Codex has kept', () => {
  const message = { type: 'agentMessage', id: 'msg', text: 'Done.' };
  const done = { ...command, status: 'completed', exitCode: 0, aggregatedOutput: 'ok' };
  const kept = {
    id: turnId,
    status: 'completed',
    error: null,
    items: [{ type: 'userMessage', id: 'u' }, done, message],
  };

  test('with what was not told before, under the ids that were told', () => {
    const translation = new TurnTranslation();
    translation.translate({ method: 'turn/started', params: { turn: { id: turnId } } });
    translation.translate({ method: 'item/started', params: { turnId, item: command } });
    expect(eventsIn(translation.conclude(kept))).toMatchObject([
      { type: 'item.completed', item: { id: 'item_0', status: 'completed', exit_code: 0 } },
      { type: 'item.completed', item: { id: 'item_1', text: 'Done.' } },
      { type: 'turn.completed' },
    ]);
  });

  test('as a whole, when nothing was told', () => {
    const types = eventsIn(new TurnTranslation().conclude(kept)).map(({ type }) => type);
    expect(types).toEqual(['turn.started', 'item.completed', 'item.completed', 'turn.completed']);
  });

  test('without repeating a completed item', () => {
    const translation = new TurnTranslation(turnId);
    translation.translate({ method: 'turn/started', params: { turn: { id: turnId } } });
    translation.translate({ method: 'item/completed', params: { turnId, item: message } });
    expect(eventsIn(translation.conclude({ ...kept, items: [message] })).map(({ type }) => type)).toEqual([
      'turn.completed',
    ]);
  });

  test('and not at all while it runs, or when it is another turn', () => {
    const translation = new TurnTranslation(turnId);
    expect(translation.conclude({ ...kept, status: 'inProgress' })).toEqual([]);
    expect(translation.conclude({ ...kept, id: 'turn-2' })).toEqual([]);
    expect(translation.ended).toBe(false);
  });
});
