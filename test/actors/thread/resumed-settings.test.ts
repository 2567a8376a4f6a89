import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ThreadItem } from '../../../src/protocol/exec-items.ts';
import { command, httpError, text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** A thread that may do everything and whose last turn failed: Codex keeps it loaded, and takes no settings by `thread/resume` then. */
async function failedThread(): Promise<string> {
  const thread = rig.thread(null, { sandboxMode: 'danger-full-access', approvalPolicy: 'never' });
  await thread.run('works');
  rig.model.script(() => [httpError(400)]);
  await expect(thread.run('fails')).rejects.toMatchObject({ code: 'turn_failed' });
  await thread.close();
  return thread.id ?? '';
}

function commandOf(items: readonly ThreadItem[]) {
  return items.find((item) => item.type === 'command_execution');
}

describe('a thread whose last turn failed, taken up again', () => {
  test('under a stricter approval policy, asks before it runs a command', async () => {
    const id = await failedThread();
    rig.model.script(({ step }) => (step === 0 ? [command('echo ran')] : [text('went on')]));
    const { items } = await rig.thread(id, { approvalPolicy: 'untrusted' }).run('go on');
    expect(commandOf(items)).toMatchObject({ status: 'declined', aggregated_output: '' });
  });

  test('in a stricter sandbox, can write nowhere', async () => {
    const id = await failedThread();
    const script = 'touch written.txt || echo refused; ls';
    rig.model.script(({ step }) => (step === 0 ? [command(script)] : [text('went on')]));
    const { items } = await rig.thread(id, { sandboxMode: 'read-only' }).run('go on');
    expect(commandOf(items)).toMatchObject({ aggregated_output: expect.stringMatching(/refused\n$/) });
  });
});
