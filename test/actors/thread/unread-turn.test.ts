import { describe, expect, test } from 'vitest';
import type { PersistedTurn } from '../../../src/actors/thread/reconciliation.ts';
import { fatesMax, isUnread, readUnread, type UnreadTurn } from '../../../src/actors/thread/unread-turn.ts';
import type { TurnFate } from '../../../src/actors/turn-doubt.ts';
import {
  CodexGaveUpError,
  PortExitError,
  RequestTimeoutError,
  rpcError,
  ThreadClosedError,
} from '../../../src/protocol/errors/index.ts';

const unread: UnreadTurn = {
  messageId: 'm1',
  turnId: null,
  lastKnownTurnId: 'before',
  isContinuation: false,
  modelOutputSeen: false,
};
const before: PersistedTurn = { id: 'before', status: 'completed', items: [] };
const itsMessage = [{ type: 'userMessage', clientId: 'm1' }];

describe('a turn that was lost', () => {
  const death = new PortExitError({ exitCode: null, signal: 'SIGKILL', stderrTail: '' });
  test.each([
    ['was left unread when processes died', death, true],
    ['was left unread when no process came in time', new RequestTimeoutError('port', 1_000), true],
    [
      'was left unread when Codex was too busy to resume its thread',
      rpcError('thread/resume', { code: -32_001, message: 'Server overloaded', data: null }),
      true,
    ],
    [
      'was not, when Codex refuses the thread for good',
      rpcError('thread/resume', { code: -32_600, message: 'no', data: null }),
      false,
    ],
    ['was not, when its thread was closed', new ThreadClosedError('T'), false],
    [
      'was not, when all is given up',
      new CodexGaveUpError({ supervisor: 's', maxRestarts: 3, maxSeconds: 5 }),
      false,
    ],
    ['was not, by what is no error of ours', new Error('?'), false],
  ])('%s', (_what, error, expected) => {
    expect(isUnread(error)).toBe(expected);
  });
});

describe('a thread that opens after a turn was lost unread', () => {
  test.each<[TurnFate, string, PersistedTurn[]]>([
    ['kept', 'was cut off', [{ id: 't', status: 'interrupted', items: itsMessage }, before]],
    ['kept', 'had ended', [{ id: 't', status: 'completed', items: itsMessage }, before]],
    ['begun', 'left a turn without its message', [{ id: 't', status: 'interrupted', items: [] }, before]],
    ['never_ran', 'left nothing', [before]],
  ])('finds it %s when it %s', (fate, _what, turns) => {
    const entry = { unread, fates: new Map<string, TurnFate>() };
    readUnread(entry, turns);
    expect(entry).toEqual({ unread: null, fates: new Map([['m1', fate]]) });
  });

  test('looks for none when there was none', () => {
    const entry = { unread: null, fates: new Map<string, TurnFate>() };
    readUnread(entry, [before]);
    expect(entry.fates.size).toBe(0);
  });

  test('remembers the latest only', () => {
    const fates = new Map<string, TurnFate>();
    for (let lost = 0; lost <= fatesMax; lost += 1)
      readUnread({ unread: { ...unread, messageId: `m${lost}` }, fates }, [before]);
    expect(fates.size).toBe(fatesMax);
    expect(fates.has('m0')).toBe(false);
    expect(fates.has(`m${fatesMax}`)).toBe(true);
  });
});
