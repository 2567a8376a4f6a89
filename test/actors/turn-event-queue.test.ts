import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coalesceAfterEvents,
  type TurnEvent,
  TurnEventQueue,
  unreadDeltaCharsMax,
  unreadEventsMax,
} from '../../src/actors/turn-event-queue.ts';
import type { ThreadEvent } from '../../src/protocol/exec-events.ts';

const item = (id: string) => ({ id, type: 'agent_message', text: '' }) as const;
const completed = (id: string): ThreadEvent => ({ type: 'item.completed', item: item(id) });
const delta = (itemId: string, text: string) => ({ itemId, kind: 'text', delta: text }) as const;

function drain(queue: TurnEventQueue): TurnEvent[] {
  const events: TurnEvent[] = [];
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) events.push(event);
  return events;
}

describe('the queue of unread events', () => {
  test('below its threshold a reader sees each delta on its own', () => {
    const queue = new TurnEventQueue();
    for (let n = 0; n < coalesceAfterEvents; n += 1) queue.pushDelta(delta('a', 'x'));
    expect(drain(queue)).toHaveLength(coalesceAfterEvents);
  });

  test('above it, adjacent deltas of one item are joined, and those of another item are not', () => {
    const queue = new TurnEventQueue();
    for (let n = 0; n < 10_000; n += 1) queue.pushDelta(delta('a', 'x'));
    queue.pushDelta(delta('b', 'y'));
    queue.pushDelta(delta('a', 'z'));
    expect(queue.length).toBe(coalesceAfterEvents + 2);
  });

  test('deltas beyond the bound are dropped and counted', () => {
    const queue = new TurnEventQueue();
    queue.pushDelta(delta('a', 'x'.repeat(unreadDeltaCharsMax)));
    queue.pushDelta(delta('a', 'y'));
    expect(queue.droppedDeltas).toBe(1);
    expect(queue.length).toBe(1);
    drain(queue);
    queue.pushDelta(delta('a', 'y'));
    expect(queue.length).toBe(1);
  });

  test('a superseded update of an item is replaced', () => {
    const queue = new TurnEventQueue();
    const list = (text: string) =>
      ({ id: 'l', type: 'todo_list', items: [{ text, completed: false }] }) as const;
    queue.push({ type: 'item.updated', item: list('one') });
    queue.push({ type: 'item.updated', item: list('two') });
    expect(drain(queue)).toEqual([{ type: 'item.updated', item: list('two') }]);
  });

  test('too many events are refused, except the end of the turn', () => {
    const queue = new TurnEventQueue();
    for (let n = 0; n < unreadEventsMax; n += 1) expect(queue.push(completed(`i${n}`))).toBe(true);
    expect(queue.push(completed('one more'))).toBe(false);
    expect(queue.push({ type: 'turn.failed', error: { message: 'end' } })).toBe(true);
    expect(queue.length).toBe(unreadEventsMax + 1);
  });

  test('however it is read, no end of an item is lost and the text of each item stays whole and in order', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('delta' as const),
        id: fc.constantFrom('a', 'b'),
        text: fc.string({ maxLength: 3 }),
      }),
      fc.record({ do: fc.constant('complete' as const), id: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constant('read' as const), count: fc.nat(4) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new TurnEventQueue();
        const read: TurnEvent[] = [];
        const given = { a: '', b: '', ends: [] as string[] };
        for (const one of steps) {
          if (one.do === 'delta') {
            queue.pushDelta(delta(one.id, one.text));
            if (one.id === 'a') given.a += one.text;
            else given.b += one.text;
          } else if (one.do === 'complete') {
            queue.push(completed(one.id));
            given.ends.push(one.id);
          } else {
            for (let n = 0; n < one.count; n += 1) {
              const event = queue.shift();
              if (event !== undefined) read.push(event);
            }
          }
        }
        read.push(...drain(queue));
        const text = (id: string) =>
          read
            .map((event) => (event.type === 'item.delta' && event.item_id === id ? event.delta : ''))
            .join('');
        expect([text('a'), text('b')]).toEqual([given.a, given.b]);
        const ends = read.flatMap((event) => (event.type === 'item.completed' ? [event.item.id] : []));
        expect(ends).toEqual(given.ends);
        expect(queue.length).toBe(0);
      }),
    );
  });
});
