import { describe, expect, test } from 'vitest';
import { portEndError } from '../../../src/actors/exec-port/port-end-error.ts';
import { defaultPortTimings } from '../../../src/machines/exec-port-machine.ts';

function earlyEnd(stderrTail: string): Error {
  return portEndError({
    fault: { type: 'died', ready: false },
    exit: { exitCode: 1, signal: null },
    executable: '/codex',
    pid: 7,
    timings: defaultPortTimings,
    stderrTail,
  });
}

describe('a Codex that exits before it is ready', () => {
  test.each([
    [
      'Error: invalid type: integer `3`, expected a map\nin `model_providers`\n',
      'config.model_providers',
      '3',
    ],
    [
      'Error: unknown variant `huh`, expected one of `a`, `b`\nin `approval_policy`\n',
      'config.approval_policy',
      'huh',
    ],
    ['Error: Model provider `nope` not found\n', 'config', 'nope'],
  ])('because of a setting names it and what stood there: %j', (said, field, given) => {
    const backtrace = '\n\nStack backtrace:\n   0: <unknown>\n   1: <unknown>\n';
    expect(earlyEnd(`WARNING: of something else\n${said}${backtrace}`)).toMatchObject({
      code: 'invalid_option',
      field,
      message: expect.stringMatching(new RegExp(`^${field} is "${given}"; it must be`)),
      accepted: expect.stringContaining(`Codex says: ${said.slice('Error: '.length).split('\n')[0]}`),
    });
  });

  test('for another reason tells its error, not the addresses below it', () => {
    const error = earlyEnd('Error: no disk\n\nStack backtrace:\n   0: <unknown>\n');
    expect(error).toMatchObject({ code: 'handshake_failed' });
    expect(error.message).toContain('Its last words: Error: no disk');
  });

  test('without a word of its own tells its last line', () => {
    expect(earlyEnd('one\ntwo\n').message).toContain('Its last words: two');
  });
});
