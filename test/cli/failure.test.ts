import { describe, expect, test } from 'vitest';
import { failureOf, isLoginFailure, isLoginRefused, LoginError } from '../../src/cli/failure.ts';
import { UsageError } from '../../src/cli/turn-input.ts';
import {
  CancelledError,
  CodexNotFoundError,
  HandshakeError,
  InputTooLargeError,
  InvalidOptionError,
  ThreadClosedError,
  TurnInterruptedError,
} from '../../src/index.ts';

const facts = { threadId: null, turnId: null };

describe('a failure', () => {
  test.each([
    ['a wrong command line', new UsageError('--cd: no.'), 2],
    ['an option that Codex refuses', new InvalidOptionError('model', 'x', 'another'), 2],
    ['too long a prompt', new InputTooLargeError(2, 1), 2],
    ['no Codex', new CodexNotFoundError(['here']), 3],
    ['a Codex that does not start', new HandshakeError('it exited'), 3],
    ['no login', new LoginError(), 3],
    ['a cancelled turn', new CancelledError(), 130],
    ['an interrupted turn', new TurnInterruptedError('turn_interrupted', facts), 130],
    ['a turn that was cut off', new TurnInterruptedError('turn_cut_off', facts), 1],
    ['a closed thread', new ThreadClosedError(null), 1],
    ['anything else', new TypeError('what?'), 1],
    ['what is no error at all', 'what?', 1],
  ])('of %s has its exit code and one line', (_what, error, exitCode) => {
    const failure = failureOf(error, undefined);
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.message).toMatch(/^[^\n]+$/);
  });

  test('after an interrupt is the interrupt', () => {
    const failure = (by: 'interrupted' | 'terminated' | 'hungUp') =>
      failureOf(new ThreadClosedError(null), by);
    expect(failure('interrupted')).toEqual({ exitCode: 130, message: 'interrupted' });
    expect(failure('terminated')).toEqual({ exitCode: 143, message: 'interrupted' });
    expect(failure('hungUp')).toEqual({ exitCode: 129, message: 'interrupted' });
  });

  test.each([
    [new InvalidOptionError('sandboxMode', 'x', 'another'), '--sandbox is "x"; it must be another.'],
    [new InvalidOptionError('config.model', 5, 'a string'), '--config.model is 5; it must be a string.'],
    [new InvalidOptionError('elsewhere', 5, 'a string'), 'elsewhere is 5; it must be a string.'],
    [
      new InvalidOptionError('skipGitRepoCheck', undefined, 'true'),
      'This folder is in no Git repository that Codex trusts. Give --skip-git-repo-check, or another folder with --cd.',
    ],
    [
      new CodexNotFoundError(['codexPathOverride /x does not exist']),
      'No Codex executable was found (--codex /x does not exist). Run `npm install @openai/codex`, or give its path with --codex.',
    ],
  ])('is told in the words of the command line: %s', (error, message) => {
    expect(failureOf(error, undefined).message).toBe(message);
  });

  test('is told in one line that cannot steer the terminal', () => {
    expect(failureOf(new Error('one\n two\u001b[2J'), undefined).message).toBe('one two[2J');
  });
});

test.each([
  ['unexpected status 401 Unauthorized: Missing bearer', true],
  ['unexpected status 403 Forbidden', false],
  ['the number 401', false],
])('"%s" speaks of the login: %s', (message, expected) => {
  expect(isLoginFailure(message)).toBe(expected);
});

test.each([
  ['http://127.0.0.1:1/v1/responses', true],
  ['wss://api.openai.com/v1/responses', true],
  ['wss://chatgpt.com/backend-api/codex/responses', true],
  ['ws://127.0.0.1:1/v1/responses', false],
  ['wss://api.openai.com.example/v1/responses', false],
])('an attempt that is refused at %s decides that there is no login: %s', (url, expected) => {
  const message = `Reconnecting... 1/5 (unexpected status 401 Unauthorized: no, url: ${url})`;
  expect(isLoginRefused({ type: 'error', message })).toBe(expected);
});
