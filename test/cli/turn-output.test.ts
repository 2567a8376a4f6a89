import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Output } from '../../src/cli/output.ts';
import { TurnOutput } from '../../src/cli/turn-output.ts';

/** A turn whose two outputs go to one terminal. */
function terminal(): { readonly output: TurnOutput; readonly shown: () => string } {
  const stream = new PassThrough();
  const outputs = { stdout: new Output(stream), stderr: new Output(stream) };
  return {
    output: new TurnOutput(outputs, { color: false }, 'the-id'),
    shown: () => String(stream.read() ?? ''),
  };
}

describe('the output of a turn', () => {
  test('steps out of a half written answer before the command says why it ended', async () => {
    const { output, shown } = terminal();
    await output.write({ type: 'turn.started' });
    await output.write({ type: 'item.delta', item_id: 'a', kind: 'text', delta: 'Half' });
    await output.fail('Codex has ended.');
    expect(shown()).toBe(
      'Half\ncodex-actors: Codex has ended.\ncodex-actors: the turn was cut off; go on with --resume the-id\n',
    );
  });

  test('names no thread to go on with when no turn was cut off', async () => {
    const { output, shown } = terminal();
    await output.fail('Codex is missing.');
    expect(shown()).toBe('codex-actors: Codex is missing.\n');
  });
});
