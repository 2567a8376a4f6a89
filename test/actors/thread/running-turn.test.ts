import { expect, test } from 'vitest';
import { RunningTurn } from '../../../src/actors/thread/running-turn.ts';
import { TurnCollector } from '../../../src/actors/turn-collector.ts';

const kept = {
  id: 'turn-1',
  status: 'completed',
  error: null,
  items: [
    { type: 'userMessage', id: 'user', clientId: 'message-1', content: [] },
    { type: 'agentMessage', id: 'answer', text: 'Done.', phase: null },
  ],
};

function runningTurn() {
  let running: RunningTurn | undefined;
  const collector = new TurnCollector({
    control: {
      start: (sink) => {
        running = new RunningTurn({ request: { messageId: 'message-1', input: 'go' }, sink });
      },
      interrupt: () => undefined,
    },
    signal: undefined,
  });
  const result = collector.run();
  if (running === undefined) throw new Error('the collector starts its turn at once');
  return { running, result };
}

test('a turn whose very start was lost with its process is delivered from what Codex kept', async () => {
  const { running, result } = runningTurn();
  running.deliver(kept);
  running.settle();
  expect(running.turnId).toBe('turn-1');
  expect(await result).toMatchObject({
    finalResponse: 'Done.',
    items: [{ id: 'item_0', type: 'agent_message' }],
  });
});

test('a delivered turn repeats no item that had arrived before the crash', async () => {
  const { running, result } = runningTurn();
  running.accept({ method: 'turn/started', params: { turn: { id: 'turn-1' } } });
  running.accept({ method: 'item/completed', params: { turnId: 'turn-1', item: kept.items[1] } });
  running.deliver(kept);
  running.settle();
  expect((await result).items).toHaveLength(1);
});

test('a turn that Codex has accepted and not begun is interrupted once it begins', () => {
  const { running } = runningTurn();
  expect([running.interrupted('turn-1'), running.interruptLater]).toEqual([null, 'turn-1']);
  running.accept({ method: 'turn/started', params: { turn: { id: 'turn-1' } } });
  expect([running.interrupted('turn-1'), running.interruptLater]).toEqual(['turn-1', null]);
});
