import { describe, expect, test } from 'vitest';
import { outcomeError } from '../../../src/actors/thread/turn-failures.ts';
import { ThreadClosedError } from '../../../src/protocol/errors/call-errors.ts';
import { PortExitError, RequestTimeoutError } from '../../../src/protocol/errors/port-errors.ts';

const facts = {
  threadId: 'T',
  portError: null,
  denialOf: () => null,
  closedError: () => new ThreadClosedError('T'),
  queueLengthMax: 64,
};

describe('a turn that was with Codex, and whose thread could not be read again', () => {
  test.each([
    ['every further process died', new PortExitError({ exitCode: null, signal: 'SIGKILL', stderrTail: '' })],
    ['no process came to life in time', new RequestTimeoutError('port', 30_000)],
  ])('because %s, is cut off: it may have run, and nobody knows what was kept', (_why, error) => {
    const told = outcomeError({ kind: 'lost', error }, facts);
    expect(told).toMatchObject({ code: 'turn_cut_off', retryable: false, inputKept: null, cause: error });
  });

  test('because it was closed, is told that', () => {
    const error = new ThreadClosedError('T');
    expect(outcomeError({ kind: 'lost', error }, facts)).toBe(error);
  });
});
