import { describe, expect, test } from 'vitest';
import { processEndError, type TurnSoFar } from '../../../src/actors/exec-transport/process-end-error.ts';
import { PortExitError } from '../../../src/protocol/errors/port-errors.ts';

const turn: TurnSoFar = { interrupted: false, threadId: 'thread-1', begun: false, options: {} };
const exited = (exitCode: number | null, stderrTail = '', signal: NodeJS.Signals | null = null) =>
  ({ kind: 'exited', exitCode, signal, stderrTail }) as const;

describe('a process that ended without reporting the end of its turn', () => {
  test('was asked to: the turn was interrupted, however the process went', () => {
    for (const end of [exited(0), exited(null, '', 'SIGTERM'), { kind: 'abandoned' } as const]) {
      expect(processEndError(end, { ...turn, interrupted: true, begun: true })).toMatchObject({
        code: 'turn_interrupted',
        threadId: 'thread-1',
      });
    }
  });

  test('exited 0: the protocol is broken', () => {
    expect(processEndError(exited(0), { ...turn, begun: true })).toMatchObject({ code: 'protocol_error' });
  });

  test('died after the turn had begun: the turn is cut off, and the cause tells how', () => {
    const error = processEndError(exited(null, 'last words', 'SIGKILL'), { ...turn, begun: true });
    expect(error).toMatchObject({ code: 'turn_cut_off', threadId: 'thread-1' });
    expect(error.cause).toBeInstanceOf(PortExitError);
    expect(error.cause).toMatchObject({ signal: 'SIGKILL', exitCode: null, stderrTail: 'last words' });
  });

  test('could not be killed: the turn is cut off', () => {
    expect(processEndError({ kind: 'abandoned' }, { ...turn, begun: true })).toMatchObject({
      code: 'turn_cut_off',
    });
  });

  test.each(['ENOENT', 'EACCES', 'ENOEXEC'])('could not be spawned (%s): there is no Codex', (code) => {
    const error = Object.assign(new Error('spawn'), { code, path: '/opt/codex' });
    expect(processEndError({ kind: 'spawn_failed', error }, turn)).toMatchObject({
      code: 'codex_not_found',
      searched: ['/opt/codex'],
    });
  });

  test('could not be spawned for want of resources: worth another try', () => {
    const error = Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' });
    expect(processEndError({ kind: 'spawn_failed', error }, turn)).toMatchObject({
      code: 'port_exited',
      retryable: true,
    });
  });

  test('died before the turn began, of something not understood: its exit', () => {
    expect(processEndError(exited(7, 'what?'), turn)).toMatchObject({ code: 'port_exited', exitCode: 7 });
  });
});

describe('a process that refused to begin', () => {
  test.each([
    ['Not inside a trusted directory and --skip-git-repo-check was not specified.', 'skipGitRepoCheck'],
    ["error: invalid value 'x' for '--sandbox <SANDBOX_MODE>'", 'sandboxMode'],
    ["error: invalid value 'x' for '--cyber-access-program <PROGRAM>'", 'cyberAccessProgram'],
    ['Error: approval_policy = "untrusted" is no longer supported; remove this setting', 'approvalPolicy'],
    ['Error: No such file or directory (os error 2)', 'workingDirectory'],
    ['Error: Model provider `nope` not found', 'config'],
    ['Error: Unknown feature flag: nosuchfeature', 'config'],
  ])('with "%s" names the option %s and quotes Codex', (words, field) => {
    const stderr = `Reading prompt from stdin...\n${words}\n\nFor more information, try '--help'.\n`;
    const error = processEndError(exited(1, stderr), { ...turn, options: { [field]: 'x' } });
    expect(error).toMatchObject({ code: 'invalid_option', field });
    expect(error.message).toContain(words);
  });

  test.each([
    'Error: thread/resume: thread/resume failed: no rollout found for thread id x (code -32600)',
    'Error: thread/resume: failed to read thread: rollout at /sessions/rollout.jsonl is empty (code -32600)',
  ])('with "%s" knows no such thread', (words) => {
    const error = processEndError(exited(1, words), turn);
    expect(error).toMatchObject({ code: 'thread_not_found', operation: 'resume', threadId: 'thread-1' });
    expect(error.cause).toBeInstanceOf(PortExitError);
  });

  test('because another process writes to the thread says so', () => {
    const words = 'Error: thread/resume: thread thread-1 already has an active writer (code -32600)';
    expect(processEndError(exited(1, words), turn)).toMatchObject({
      code: 'thread_owned',
      threadId: 'thread-1',
    });
  });
});
