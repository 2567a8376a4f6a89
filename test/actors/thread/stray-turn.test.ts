import { expect, test } from 'vitest';
import type { PortConnection } from '../../../src/actors/exec-port/port-connection.ts';
import type { PortAttachment } from '../../../src/actors/thread/port-attachment.ts';
import type { ThreadEntry } from '../../../src/actors/thread/thread-entry.ts';
import { openThread } from '../../../src/actors/thread/thread-opening.ts';
import { anyWords } from '../../../src/protocol/accepted-values.ts';
import { rpcError } from '../../../src/protocol/errors/rpc-errors.ts';
import { SimulatedClock } from '../../../src/testing/index.ts';

/** Opens a thread whose newest turn still runs when it is read; `refusal`: what Codex says to its interrupt. The turn's end is not told. */
function opened(refusal: string, clock: SimulatedClock): Promise<string> {
  const thread = { id: 'T' };
  const initialTurnsPage = { data: [{ id: 't1', status: 'inProgress', items: [] }] };
  const port: PortConnection = Object.assign(Object.create(null), {
    acceptedValues: () => Promise.resolve(anyWords),
    request: (method: string) =>
      method === 'thread/resume'
        ? Promise.resolve({ thread, initialTurnsPage, cwd: '/' })
        : Promise.reject(rpcError(method, { code: -32600, message: refusal })),
  });
  const settingsOn = () => Promise.resolve({});
  const entry: ThreadEntry = Object.assign(Object.create(null), {
    threadId: 'T',
    options: {},
    settingsOn,
    unread: null,
  });
  const onTurnEnd = () => undefined;
  const attachment: PortAttachment = Object.assign(Object.create(null), { port, threadId: 'T', onTurnEnd });
  return openThread(port, entry, () => attachment, clock);
}

test('a turn that ends between the reading of its thread and its interrupt keeps no thread from being opened', async () => {
  const clock = new SimulatedClock();
  expect(await opened('no active turn to interrupt', clock)).toBe('T');
  await expect(opened('the disk is full', clock)).rejects.toMatchObject({ code: 'rpc_invalid_request' });
  expect(clock.pendingTimers).toBe(0);
});
