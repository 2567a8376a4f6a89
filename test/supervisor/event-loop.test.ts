import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const waitingProgram = fileURLToPath(new URL('./waiting-program.ts', import.meta.url));

/** Exit code and output of a program that does nothing but wait for calls; Node's own code for a wait that was cut short is 13. */
function outcome(...args: readonly string[]): readonly [exitCode: number | null, output: string] {
  const { status, stdout } = spawnSync(process.execPath, [waitingProgram, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return [status, stdout];
}

describe('a program that has nothing left but', () => {
  test('calls with a timeout stays alive until they end, one after the other, and no longer', () => {
    expect(outcome()).toEqual([0, 'first: timeout\nsecond: timeout\n']);
  });

  test('a call without a limit ends, since nothing can end the wait', () => {
    expect(outcome('--forever')).toEqual([13, '']);
  });

  test('a call under simulated time ends, since nobody moves that time', () => {
    expect(outcome('--simulated')).toEqual([13, '']);
  });
});
