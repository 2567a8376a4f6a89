import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  PortExitError,
  RequestTimeoutError,
  rpcError,
} from '../../../src/protocol/errors/index.ts';
import { changeFailure, operationFailure } from '../../../src/protocol/errors/operation-failure.ts';

const facts = { operation: 'archive', threadId: 't' };
const refused = (message: string) => rpcError('thread/archive', { code: -32600, message });

describe('what the caller of an operation is told', () => {
  test.each([
    ['no rollout found for thread id 0190', 'thread_not_found'],
    ['no archived rollout found for thread id 0190', 'thread_not_found'],
    ['thread not loaded: 0190', 'thread_not_found'],
    ['thread not found: 0190', 'thread_not_found'],
    ['rollout at /a/b.jsonl is empty', 'thread_not_found'],
    ['session 0190 is archived. Run `codex unarchive 0190` to unarchive it first.', 'thread_archived'],
    ['cannot delete thread 0190: forked history still references it', 'thread_referenced'],
    ['ephemeral threads do not support thread/turns/list', 'thread_ephemeral'],
    ['thread is not persisted and cannot be deleted: 0190', 'thread_ephemeral'],
    ['thread/revert only supports paginated threads', 'thread_legacy'],
    ['turn not found: 0190', 'turn_not_found'],
    ["lastTurnId '0190' was not found in the source thread", 'turn_not_found'],
    ['thread 0190 already has an active writer', 'thread_owned'],
  ])('Codex says "%s": %s', (message, code) => {
    const cause = refused(message);
    for (const failure of [operationFailure(cause, facts), changeFailure(cause, facts)])
      expect(failure).toMatchObject({ code, threadId: 't', cause });
  });

  test('what Codex says otherwise, and what is no answer of Codex, is told as it is', () => {
    const others = fc.oneof(
      fc.constantFrom(refused('Not initialized'), new CancelledError(), new TypeError('no')),
      fc.anything(),
    );
    fc.assert(
      fc.property(others, (error) => {
        expect(operationFailure(error, facts)).toBe(error);
      }),
    );
  });

  test('a process that died or fell silent leaves the outcome of a change unknown, of a read not', () => {
    const died = new PortExitError({ exitCode: null, signal: 'SIGKILL', stderrTail: '' });
    const silent = new RequestTimeoutError('thread/archive', 60_000);
    for (const cause of [died, silent]) {
      expect(changeFailure(cause, facts)).toMatchObject({
        code: 'outcome_unknown',
        operation: 'archive',
        cause,
      });
      expect(operationFailure(cause, facts)).toBe(cause);
    }
  });
});
