import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CodexError } from '../../../src/protocol/errors/index.ts';
import { text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
const deaths = new EventEmitter();
beforeEach(async () => {
  rig = await Rig.start({
    onReport: (report) => {
      if (!('context' in report) || report.supervisor !== 'codex/ports') return;
      deaths.emit(report.context);
    },
  });
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** Kills the Codex process, and the next ones as soon as each of them is there. */
async function killProcesses(count: number): Promise<void> {
  for (let killed = 0; killed < count; killed += 1) {
    const died = once(deaths, 'child_terminated');
    await rig.killPort();
    await died;
  }
}

/** Turns that run or wait: two of one thread, one of another. */
async function waiters(): Promise<readonly Promise<unknown>[]> {
  const gate = rig.model.hold();
  rig.model.script(({ prompt }) => (prompt.includes('held') ? [text('half'), gate.action] : undefined));
  const thread = rig.thread();
  const turns = [thread.run('held'), thread.run('queued'), rig.thread().run('held too')];
  await gate.reached(2);
  return turns;
}

describe('a Codex process that keeps dying', () => {
  test('is given up at the fourth death, and every waiter gets one error that says so', async () => {
    const settled = Promise.allSettled(await waiters());
    await killProcesses(4);
    const errors = (await settled).map((result) => (result.status === 'rejected' ? result.reason : result));
    expect(errors[0]).toMatchObject({
      code: 'codex_gave_up',
      retryable: true,
      supervisor: 'codex/ports',
      maxRestarts: 3,
      maxSeconds: 5,
      cause: { code: 'port_exited', signal: 'SIGKILL' },
    });
    expect(CodexError.isInstance(errors[0])).toBe(true);
    expect(new Set(errors).size).toBe(1);
  });

  test('is started again by the next turn, with the same threads', async () => {
    const thread = rig.thread();
    await thread.run('first');
    const { id } = thread;
    const turns = Promise.allSettled(await waiters());
    await killProcesses(4);
    await turns;
    expect((await thread.run('second')).finalResponse).toBe('ok');
    expect(thread.id).toBe(id);
    expect(rig.model.requests.at(-1)?.userMessages.join('\n')).toContain('first');
  });

  test('that came back three times is not given up', async () => {
    const thread = rig.thread();
    await thread.run('first');
    await killProcesses(3);
    expect((await thread.run('second')).finalResponse).toBe('ok');
  });
});
