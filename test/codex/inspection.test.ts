import { createInspector } from '@statelyai/inspect';
import { describe, expect, test } from 'vitest';
import { CodexRig } from './rig.ts';

/** What Stately's inspector sends to its page, as far as it names actors. */
interface Sent {
  readonly type: string;
  readonly sessionId: string;
  readonly parentId?: string;
  readonly rootId: string;
  readonly definition?: string;
}

/** All that the inspector's page is told of one turn of a Codex, from its start to its close. */
async function inspectedTurn(transport: 'app-server' | 'exec'): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const inspector = createInspector({ send: (event) => void sent.push(Object(event)) });
  const rig = await CodexRig.start({ transport, inspect: inspector.inspect });
  const { finalResponse } = await rig.codex.startThread(rig.threadOptions).run('hello');
  expect(finalResponse).toBe('ok');
  expect(await rig.close()).toEqual([]);
  // The inspector converts in timers of 0 ms, which were all set before this one.
  await new Promise((resolve) => setTimeout(resolve, 0));
  return sent;
}

/** Every actor with its parent, as often as it was started. */
function family(sent: readonly Sent[]): string[] {
  return sent
    .filter(({ type }) => type === '@xstate.actor')
    .map(({ sessionId, parentId }) => `${sessionId} of ${parentId}`);
}

describe('an inspector is shown every machine of a real turn', () => {
  test('on the app-server transport, with ids that are the same in every run', async () => {
    const [first, second] = [await inspectedTurn('app-server'), await inspectedTurn('app-server')];
    const machines = [
      'codex of undefined',
      'codex/ports of codex',
      'codex/ports/0 of codex/ports',
      'codex/ports/0/chart of codex/ports/0',
      'codex/threads of codex',
      'codex/threads/1 of codex/threads',
      'codex/threads/1/turn of codex/threads/1',
    ];
    // In the order in which they start, among others.
    expect(family(first).filter((line) => machines.includes(line))).toEqual(machines);
    expect(family(second)).toEqual(family(first));
    expect(new Set(first.map(({ rootId }) => rootId))).toEqual(new Set(['codex']));
    const ids = (sent: readonly Sent[]) => new Set(sent.map(({ sessionId }) => sessionId));
    expect(ids(second)).toEqual(ids(first));
  });

  test('with the definitions of the charts, so that they can be drawn', async () => {
    const sent = await inspectedTurn('app-server');
    const drawn = sent.flatMap(({ sessionId, definition }) => {
      const { id, states } = JSON.parse(definition ?? '{}');
      return states === undefined ? [] : [[sessionId, id]];
    });
    expect(drawn).toEqual(
      expect.arrayContaining([
        ['codex/ports/0/chart', 'exec-port'],
        ['codex/threads/1', 'thread'],
        ['codex/threads/1/turn', 'turn'],
      ]),
    );
  });

  test('on the exec transport', async () => {
    expect(family(await inspectedTurn('exec'))).toEqual([
      'codex of undefined',
      'codex/turns of codex',
      'codex/turns/turn of codex/turns',
    ]);
  });
});
