import { describe, expect, test } from 'vitest';
import { commandViolations } from '../../../scripts/chaos/command-check.ts';
import type { PlannedCommand } from '../../../scripts/chaos/planned-model.ts';
import type { AnyThreadItem } from '../../../src/index.ts';

const line = '<1/2#3>';
const asked = (says: 'accept' | 'decline' | 'cancel' | 'nobody'): PlannedCommand => ({
  line,
  decision: { says, delayMs: 0 },
});
const reported = (exit_code: number | null): AnyThreadItem => ({
  id: 'item_0',
  type: 'command_execution',
  command: `echo '${line}' >> x`,
  aggregated_output: '',
  exit_code,
  status: exit_code === null ? 'declined' : 'completed',
});

describe('what is wrong with the commands of a run', () => {
  test.each([
    ['a command that ran once', { line, decision: null }, [line], [reported(0)]],
    ['one that was cut off before it ran', { line, decision: null }, [], []],
    ['one that was accepted', asked('accept'), [line], [reported(3)]],
    ['one that was accepted too late', asked('accept'), [], [reported(null)]],
    ['one that was declined', asked('decline'), [], [reported(null)]],
  ] as const)('nothing with %s', (_what, command, lines, items) => {
    expect(commandViolations([command], lines, items)).toEqual([]);
  });

  test.each([
    ['that ran twice', { line, decision: null }, [line, line], [], /ran 2 times/],
    ['that ran though a person declined it', asked('decline'), [line], [], /the person said decline/],
    ['that ran though nobody said anything', asked('nobody'), [line], [], /the person said nobody/],
    ['whose end is reported and that never ran', { line, decision: null }, [], [reported(0)], /never ran/],
  ] as const)('a command %s', (_what, command, lines, items, said) => {
    expect(commandViolations([command], lines, items)).toEqual([expect.stringMatching(said)]);
  });
});
