import { describe, expect, test, vi } from 'vitest';
import * as errors from '../../../src/protocol/errors/index.ts';

const { CodexError, errorCatalogue } = errors;

/** One of each class, as its code makes it. */
const samples: readonly errors.CodexError[] = [
  new errors.InvalidOptionError('model', 5, 'a string'),
  new errors.InputTooLargeError(2, 1),
  new errors.NotSerializableError('turn/start', new Error('cycle')),
  new errors.QueueFullError('turns', 10),
  new errors.LimitExceededError('maxTurns', 3, 3),
  new errors.ThreadClosedError(null),
  new errors.ThreadOwnedError('t', 'another process'),
  new errors.CancelledError({ cause: 'why' }),
  ...(
    [
      'thread_not_found',
      'thread_archived',
      'thread_busy',
      'thread_referenced',
      'thread_ephemeral',
      'thread_lost',
      'thread_legacy',
      'turn_not_found',
    ] as const
  ).map((code) => new errors.ThreadStateError(code, { operation: 'archive', threadId: 't' })),
  new errors.OutcomeUnknownError({ operation: 'fork', threadId: 't' }),
  new errors.CodexNotFoundError(['/a', '/b']),
  new errors.HandshakeError('no answer within 10,000 ms'),
  new errors.PortExitError({ exitCode: null, signal: 'SIGKILL', stderrTail: '' }),
  new errors.ProtocolError('thread/start', 'the answer has no thread'),
  new errors.RequestTimeoutError('turn/start', 30_000),
  ...[-32700, -32600, -32601, -32602, -32603, -1].map((code) =>
    errors.rpcError('m', { code, message: 'no' }),
  ),
  errors.rpcError('m', { code: -32001, message: 'Server overloaded; retry later.' }),
  errors.rpcError('m', { code: -32001, message: 'too many failed attempts' }),
  ...Object.keys(errors.turnErrorCodes).map((name) =>
    errors.turnFailure({ message: 'x', codexErrorInfo: name }, 'turn'),
  ),
  errors.turnFailure({ message: 'x', codexErrorInfo: 'other' }, 'turn'),
  new errors.TurnInterruptedError('turn_interrupted', { threadId: 't', turnId: null }),
  new errors.TurnInterruptedError('turn_cut_off', { threadId: 't', turnId: 'turn' }),
  new errors.ApprovalDeniedError({ approvalKind: 'command', itemId: null, reason: 'no policy' }),
  new errors.ApprovalPolicyError('command', 'threw'),
  new errors.AutoRunCallbackError('until', 'threw'),
  new errors.GoalStoppedError('blocked'),
  new errors.ApprovalNotPendingError('a'),
  new errors.CodexGaveUpError({ supervisor: 'codex/ports', maxRestarts: 3, maxSeconds: 5 }),
  new errors.ToolFailedError('look', 'it threw'),
  new errors.McpServerError({ server: 'lab', step: 'connect' }, 'its process ended'),
  new errors.SchemaMismatchError([], 'no JSON'),
];

describe('the catalogue', () => {
  test('has a way to every code whose class is here', () => {
    const ours = Object.entries(errorCatalogue).filter(([, { className }]) => className in errors);
    expect(new Set(samples.map(({ code }) => code))).toEqual(new Set(ours.map(([code]) => code)));
  });

  test.each(samples.map((error) => [error.code, error] as const))(
    'tells class and retryability of %s',
    (code, error) => {
      const kind = Object.getPrototypeOf(error).constructor.kind;
      expect({ className: kind, retryable: error.retryable }).toEqual(errorCatalogue[code]);
    },
  );
});

describe('an error', () => {
  test.each(samples.map((error) => [error.code, error] as const))(
    '%s has a message that is a sentence or Codex’s own',
    (_code, error) => {
      expect(error.message.length).toBeGreaterThan(0);
      expect(error.message).not.toMatch(/undefined|\[object/);
      expect(error).toBeInstanceOf(Error);
      expect(error.stack).toContain(error.message.slice(0, 20));
    },
  );

  test('is recognised by its class and all above, and by no other', () => {
    const error: unknown = errors.rpcError('m', { code: -32001, message: 'busy' });
    expect(errors.OverloadedError.isInstance(error)).toBe(true);
    expect(errors.RpcError.isInstance(error)).toBe(true);
    expect(CodexError.isInstance(error)).toBe(true);
    expect(errors.PortExitError.isInstance(error)).toBe(false);
  });

  test('is recognised by another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('../../../src/protocol/errors/index.ts');
    const error: unknown = copy.rpcError('m', { code: -32600, message: 'no' });
    expect(error instanceof errors.RpcError).toBe(false);
    expect(errors.RpcError.isInstance(error)).toBe(true);
    expect(CodexError.isInstance(error)).toBe(true);
    expect(errors.OverloadedError.isInstance(error)).toBe(false);
  });

  test('is not taken for one of another library that calls its classes the same', () => {
    class Stranger extends Error {
      static readonly kind = 'CodexError';
    }
    expect(CodexError.isInstance(new Stranger())).toBe(false);
  });

  test.each([null, undefined, 'text', new Error('plain'), { code: 'port_exited' }, Object.create(null)])(
    '%j is none',
    (value) => {
      expect(CodexError.isInstance(value)).toBe(false);
    },
  );

  test('keeps its cause, and has none when none was given', () => {
    const cause = new Error('below');
    expect(new errors.ThreadClosedError('t', { cause }).cause).toBe(cause);
    expect('cause' in new errors.ThreadClosedError('t')).toBe(false);
  });

  test('of a cancelled turn has the name that users of AbortSignal look for', () => {
    expect(new errors.CancelledError().name).toBe('AbortError');
    expect(new errors.QueueFullError('q', 1).name).toBe('QueueFullError');
  });

  test('about an option does not show what may be secret', () => {
    const secret = `sk-${'0123456789'.repeat(4)}`;
    for (const value of [secret, { key: secret }, [secret]])
      expect(new errors.InvalidOptionError('apiKey', value, 'a string').message).not.toContain(secret);
  });

  test('of a process tells how it ended and its last words', () => {
    const facts = { exitCode: 1, signal: null, stderrTail: 'noise\nError: no such model\n', pid: 7 };
    const error = new errors.PortExitError(facts);
    expect(error).toMatchObject(facts);
    expect(error.message).toBe('The Codex process ended with code 1. Its last words: Error: no such model');
  });

  test('shows its last words without colours, and none of a process that a signal ended', () => {
    const facts = {
      exitCode: 1,
      signal: null,
      stderrTail: '\x1b[2m10:00\x1b[0m \x1b[31mERROR\x1b[0m gone\n',
    };
    expect(new errors.PortExitError(facts).message).toBe(
      'The Codex process ended with code 1. Its last words: 10:00 ERROR gone',
    );
    const killed = new errors.PortExitError({ ...facts, exitCode: null, signal: 'SIGKILL' });
    expect(killed.message).toBe('The Codex process ended by SIGKILL.');
    expect(killed.stderrTail).toBe(facts.stderrTail);
  });
});
