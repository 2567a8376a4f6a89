import { describe, expect, test } from 'vitest';
import { TurnCollector, turnItemsMax } from '../../src/actors/turn-collector.ts';
import { unreadEventsMax } from '../../src/actors/turn-event-queue.ts';
import type { TurnSink } from '../../src/actors/turn-request.ts';
import { TurnStream } from '../../src/actors/turn-stream.ts';
import { TurnInterruptedError } from '../../src/protocol/errors/index.ts';
import { noUsage, type ThreadEvent } from '../../src/protocol/exec-events.ts';

const interruptedError = new TurnInterruptedError('turn_interrupted', { threadId: 'T', turnId: 't' });
const message = (id: string, text: string) => ({ id, type: 'agent_message', text }) as const;
const itemCompleted = (id: string, text: string) =>
  ({ type: 'item.completed', item: message(id, text) }) as const;
const usage = { ...noUsage, input_tokens: 7 };
const completed = { type: 'turn.completed', usage } as const;

/** A transport that takes notes; the test plays Codex on `sink`. */
function stage() {
  const calls: string[] = [];
  let given: TurnSink | undefined;
  const control = {
    start: (sink: TurnSink) => {
      calls.push('start');
      given = sink;
    },
    interrupt: () => void calls.push('interrupt'),
  };
  const sink = (): TurnSink => {
    if (given === undefined) throw new Error('the turn was not started');
    return given;
  };
  return { calls, control, sink };
}

describe('a collected turn', () => {
  test('resolves with its items, the last message and the usage', async () => {
    const { control, sink } = stage();
    const running = new TurnCollector({ control }).run();
    sink().push({ type: 'turn.started' });
    sink().push(itemCompleted('a', 'first'));
    sink().push(itemCompleted('b', 'last'));
    sink().complete(completed);
    const items = [message('a', 'first'), message('b', 'last')];
    expect(await running).toEqual({ items, finalResponse: 'last', usage });
  });

  test('is settled once: what comes later is dropped', async () => {
    const { control, sink } = stage();
    const running = new TurnCollector({ control }).run();
    sink().complete(completed);
    sink().abandon(interruptedError);
    sink().push(itemCompleted('late', 'late'));
    expect((await running).items).toEqual([]);
  });

  test('an abort wins over a turn that happened to complete meanwhile', async () => {
    const { control, sink, calls } = stage();
    const abort = new AbortController();
    const running = new TurnCollector({ control, signal: abort.signal }).run();
    abort.abort('why');
    expect(calls).toEqual(['start', 'interrupt']);
    sink().complete(completed);
    await expect(running).rejects.toMatchObject({ name: 'AbortError', cause: 'why' });
  });

  test('more items than the bound interrupt the turn', async () => {
    const { control, sink, calls } = stage();
    const running = new TurnCollector({ control }).run();
    for (let n = 0; n <= turnItemsMax; n += 1) sink().push(itemCompleted(`${n}`, ''));
    expect(calls).toEqual(['start', 'interrupt']);
    sink().abandon(interruptedError);
    await expect(running).rejects.toMatchObject({ code: 'limit_exceeded', limit: 'turnItemsMax' });
  });

  test('a transport that throws at the start settles it', async () => {
    const control = {
      start: () => {
        throw interruptedError;
      },
      interrupt: () => undefined,
    };
    await expect(new TurnCollector({ control }).run()).rejects.toBe(interruptedError);
  });
});

describe('a streamed turn', () => {
  const open = (options: { includeDeltas?: boolean; signal?: AbortSignal } = {}) => {
    const scene = stage();
    const { includeDeltas = false, signal } = options;
    return { ...scene, stream: new TurnStream({ control: scene.control, includeDeltas, signal }) };
  };

  test('starts with the first next, and only once', async () => {
    const { stream, calls, sink } = open();
    expect(calls).toEqual([]);
    const first = stream.next();
    const second = stream.next();
    expect(calls).toEqual(['start']);
    sink().push({ type: 'turn.started' });
    sink().complete(completed);
    expect([await first, await second]).toEqual([
      { done: false, value: { type: 'turn.started' } },
      { done: false, value: completed },
    ]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('deltas come only to those who asked for them', async () => {
    for (const includeDeltas of [false, true]) {
      const { stream, sink } = open({ includeDeltas });
      const first = stream.next();
      sink().pushDelta({ itemId: 'a', kind: 'text', delta: 'x' });
      sink().complete(completed);
      const expected = includeDeltas
        ? { type: 'item.delta', item_id: 'a', kind: 'text', delta: 'x' }
        : completed;
      expect((await first).value).toEqual(expected);
    }
  });

  test('what was read before an error is kept, the error is thrown once, then the stream is over', async () => {
    const { stream, sink } = open();
    const first = stream.next();
    sink().push({ type: 'turn.started' });
    sink().push(itemCompleted('a', 'kept'));
    sink().abandon(interruptedError);
    await first;
    expect((await stream.next()).value).toEqual(itemCompleted('a', 'kept'));
    await expect(stream.next()).rejects.toBe(interruptedError);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('leaving waits until nothing of the turn runs', async () => {
    const { stream, sink, calls } = open();
    const first = stream.next();
    sink().push({ type: 'turn.started' });
    await first;
    let left = false;
    const leaving = stream.return().then(() => {
      left = true;
    });
    expect(calls).toEqual(['start', 'interrupt']);
    await Promise.resolve();
    expect(left).toBe(false);
    sink().abandon(interruptedError);
    await leaving;
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('a reader that never reads costs bounded memory: the turn is interrupted', async () => {
    const { stream, sink, calls } = open();
    const first = stream.next();
    sink().push({ type: 'turn.started' });
    await first;
    for (let n = 0; n <= unreadEventsMax; n += 1) sink().push(itemCompleted(`${n}`, ''));
    expect(calls).toEqual(['start', 'interrupt']);
    sink().abandon(interruptedError);
    await expect(stream.next()).rejects.toMatchObject({ code: 'limit_exceeded', limit: 'unreadEventsMax' });
  });

  test('a failed turn ends with its event and throws nothing', async () => {
    const { stream, sink } = open();
    const seen: ThreadEvent['type'][] = [];
    const reading = (async () => {
      for await (const event of stream)
        if (event.type !== 'item.delta' && event.type !== 'turn.retry') seen.push(event.type);
    })();
    sink().fail({ type: 'turn.failed', error: { message: 'no' } }, interruptedError);
    await reading;
    expect(seen).toEqual(['turn.failed']);
  });
});
