import { afterEach, describe, expect, test } from 'vitest';
import { resumeText } from '../../../src/actors/auto-run/auto-run-inputs.ts';
import { countChildren, terminateChild } from '../../../src/supervisor/supervisor-client.ts';
import { command, httpError, SimulatedClock, text, usage } from '../../../src/testing/index.ts';
import { FaultyClock } from '../thread/faulty-clock.ts';
import { Rig } from '../thread/rig.ts';

const soon = { initialDelayMs: 1, maxDelayMs: 1 };
let rig: Rig;
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

describe('an auto-run whose Codex process is killed', () => {
  test('while the model speaks goes on where it was cut off, and nothing is submitted twice', async () => {
    rig = await Rig.start();
    const gate = rig.model.hold();
    rig.model.enqueue([text('half of it'), gate.action], [text('the rest')]);
    const thread = rig.thread();
    const running = thread.runAuto('speak', { backoff: soon });
    await gate.reached();
    await rig.killPort();
    const run = await running;
    expect(run).toMatchObject({
      status: 'done',
      threadId: thread.id,
      turns: 1,
      finalResponse: 'the rest',
      attempts: [
        { turn: 1, attempt: 1, status: 'failed', error: { code: 'turn_cut_off', inputKept: true } },
        { turn: 1, attempt: 2, status: 'completed' },
      ],
    });
    expect(rig.model.submissionsOf('speak')).toHaveLength(1);
    const last = rig.model.requests.at(-1);
    expect(last?.prompt).toBe(resumeText);
    expect(last?.userMessages.filter((message) => message.includes('speak'))).toHaveLength(1);
  });

  test('while a command runs goes on, and the command does not run again by itself', async () => {
    rig = await Rig.start();
    rig.model.enqueue([command('sleep 1000')], [text('seen')]);
    const run = await rig.thread(null, { sandboxMode: 'danger-full-access' }).runAuto('wait', {
      backoff: soon,
      onEvent: (event) => {
        if (event.type === 'item.started') void rig.killPort();
      },
    });
    expect(run).toMatchObject({ status: 'done', finalResponse: 'seen' });
    expect(run.attempts).toHaveLength(2);
    expect(rig.model.submissionsOf('wait')).toHaveLength(1);
  });

  test('counts what it had used before, and once', async () => {
    rig = await Rig.start();
    const gate = rig.model.hold();
    rig.model.enqueue(
      [text('warm')],
      [command('true'), usage({ inputTokens: 30, outputTokens: 4 })],
      [gate.action],
      [text('the rest'), usage({ inputTokens: 7, outputTokens: 3 })],
    );
    const thread = rig.thread(null, { sandboxMode: 'danger-full-access' });
    await thread.run('warm up');
    const running = thread.runAuto('speak', { backoff: soon });
    await gate.reached();
    await rig.killPort();
    expect(await running).toMatchObject({
      status: 'done',
      usage: { input_tokens: 37, output_tokens: 7 },
      attempts: [
        { status: 'failed', error: { code: 'turn_cut_off' }, usage: { input_tokens: 30, output_tokens: 4 } },
        { status: 'completed', usage: { input_tokens: 7, output_tokens: 3 } },
      ],
    });
  });

  test('while it waits for its next attempt does not notice', async () => {
    rig = await Rig.start();
    rig.model.enqueue([text('one')], [text('two')]);
    const run = await rig.thread().runAuto('begin', {
      until: async ({ finalResponse }) => {
        if (finalResponse === 'one') await rig.killPort();
        return finalResponse === 'two';
      },
    });
    expect(run).toMatchObject({ status: 'done', turns: 2, finalResponse: 'two' });
    expect(rig.model.submissionsOf('begin')).toHaveLength(1);
  });

  test('before anything was submitted runs once, on the next process', async () => {
    rig = await Rig.start();
    await rig.thread().run('warm up');
    const pid = await rig.pid();
    const running = rig.thread().runAuto('begin', { backoff: soon });
    process.kill(pid, 'SIGKILL');
    expect(await running).toMatchObject({ status: 'done', turns: 1 });
    expect(rig.model.submissionsOf('begin')).toHaveLength(1);
  });

  test('again and again is given up once, with the whole tree, and the next run finds a new one', async () => {
    rig = await Rig.start();
    const gate = rig.model.hold();
    rig.model.script(({ userMessages }) =>
      userMessages.join().includes('dies') ? [gate.action] : undefined,
    );
    const thread = rig.thread();
    const running = thread.runAuto('dies', { backoff: soon, maxAttempts: 100 });
    for (let kills = 1; kills <= 4; kills += 1) {
      await gate.reached(kills);
      await rig.killPort();
    }
    expect(await running).toMatchObject({ status: 'failed', error: { code: 'codex_gave_up' } });
    expect(await rig.thread().runAuto('lives')).toMatchObject({ status: 'done' });
  });
});

describe('when an actor crashes', () => {
  const delayMs = 9_999;

  test('that of the thread, the run goes on with the thread as it was taken up again', async () => {
    const clock = new FaultyClock(delayMs);
    rig = await Rig.start({ clock, limits: { interruptTimeoutMs: delayMs } });
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action], [text('the rest')]);
    const thread = rig.thread();
    const running = thread.runAuto('crash', { backoff: soon });
    await gate.reached();
    clock.faults = 1;
    thread.interrupt();
    const run = await running;
    expect(run).toMatchObject({
      status: 'done',
      finalResponse: 'the rest',
      attempts: [{ status: 'failed', error: { code: 'turn_cut_off' } }, { status: 'completed' }],
    });
    expect(rig.model.submissionsOf('crash')).toHaveLength(1);
  });

  test('that of the run, the run has failed with what it threw, and its thread stays usable', async () => {
    const clock = new FaultyClock(delayMs);
    rig = await Rig.start({ clock, random: () => 0.5 });
    rig.model.enqueue([httpError(500)]);
    clock.faults = 1;
    const thread = rig.thread();
    const backoff = { initialDelayMs: 2 * delayMs, maxDelayMs: 2 * delayMs };
    const run = await thread.runAuto('crash', { backoff });
    expect(run).toMatchObject({ status: 'failed', error: { message: 'a fault in the chart' } });
    expect(run.attempts).toHaveLength(1);
    expect((await thread.run('afterwards')).finalResponse).toBe('ok');
  });
});

describe('an auto-run under virtual time', () => {
  test('is exhausted at its deadline, and its turn is interrupted', async () => {
    const clock = new SimulatedClock();
    rig = await Rig.start({ clock });
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const running = rig.thread().runAuto('for ever', { deadlineMs: 1_000 });
    await gate.reached();
    await clock.advance(1_000);
    expect(await running).toMatchObject({
      status: 'exhausted',
      limit: 'deadlineMs',
      error: { code: 'limit_exceeded', max: 1_000 },
      attempts: [{ error: { code: 'turn_interrupted' } }],
    });
    await gate.left();
  });

  test('is exhausted at its deadline also while a function of the application hangs', async () => {
    const clock = new SimulatedClock();
    rig = await Rig.start({ clock });
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const running = rig.thread().runAuto('hang', {
      deadlineMs: 1_000,
      until: () => {
        asked();
        return new Promise(() => undefined);
      },
    });
    await isAsked;
    await clock.advance(1_000);
    expect(await running).toMatchObject({ status: 'exhausted', limit: 'deadlineMs', turns: 1 });
  });
});

describe('the actor of an auto-run', () => {
  test('that is terminated interrupts its turn and settles the run', async () => {
    rig = await Rig.start();
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const running = rig.thread().runAuto('terminated');
    await gate.reached();
    const system = await rig.transport.messaging();
    const actor = system.whereis('auto-runs/1');
    expect(actor?.path).toBe('codex/auto-runs/1');
    if (actor !== undefined) await terminateChild(system, 'auto-runs', actor);
    expect(await running).toMatchObject({
      status: 'interrupted',
      attempts: [{ status: 'failed', error: { code: 'turn_interrupted' } }],
    });
    await gate.left();
  });

  test('is gone when the run has ended', async () => {
    rig = await Rig.start();
    await rig.thread().runAuto('short');
    const system = await rig.transport.messaging();
    // Its end is in the supervisor's mailbox before the question.
    expect(await countChildren(system, 'auto-runs')).toMatchObject({ active: 0 });
  });

  test('ends with its Codex', async () => {
    rig = await Rig.start();
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const running = rig.thread().runAuto('closed');
    await gate.reached();
    await rig.transport.close({ timeoutMs: 10_000 });
    expect(await running).toMatchObject({ status: 'interrupted', error: { code: 'thread_closed' } });
  });
});
