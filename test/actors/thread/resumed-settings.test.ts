import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ThreadItem } from '../../../src/protocol/exec-items.ts';
import type { SandboxMode } from '../../../src/protocol/thread-options.ts';
import { command, httpError, text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** A thread whose last turn failed: Codex keeps it loaded, and takes no settings by `thread/resume` then. */
async function failedThread(sandboxMode: SandboxMode = 'danger-full-access'): Promise<string> {
  const thread = rig.thread(null, { sandboxMode, approvalPolicy: 'never' });
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

  test('in a wider sandbox, can write where it is told that it may', async () => {
    const more = path.join(rig.home.home, '..', 'more');
    await mkdir(more);
    const id = await failedThread('read-only');
    const script = 'touch it && touch ../more/it && echo written; echo end';
    rig.model.script(({ step }) => (step === 0 ? [command(script)] : [text('went on')]));
    const options = { sandboxMode: 'workspace-write', additionalDirectories: ['../more'] } as const;
    const { items } = await rig.thread(id, options).run('go on');
    expect(commandOf(items)).toMatchObject({ aggregated_output: 'written\nend\n' });
    expect(await readdir(more)).toEqual(['it']);
  });
});
