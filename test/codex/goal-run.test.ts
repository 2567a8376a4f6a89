import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GoalRunOptions } from '../../src/goal-run.ts';
import { command, functionCall, httpError, type ModelAction, text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';
import { WatchedPort } from './watched-port.ts';

const soon = { initialDelayMs: 1, maxDelayMs: 1 };
const complete = functionCall('update_goal', { status: 'complete' });
const blocked = functionCall('update_goal', { status: 'blocked' });

let rig: CodexRig;
beforeAll(async () => {
  rig = await CodexRig.start({ config: { features: { goals: true } } });
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});
let objective: string;
let objectives = 0;
beforeEach(() => {
  objectives += 1;
  objective = `goal number ${objectives} is reached`;
});
const newThread = () => rig.codex.startThread(rig.threadOptions);
const script = (...responses: readonly ModelAction[][]) => rig.model.enqueue(...responses);

describe('a goal', () => {
  test('is one turn over several of Codex’s, and done when it is complete', async () => {
    script([text('one')], [text('two')], [complete], [text('three')]);
    const thread = newThread();
    const run = await thread.runGoal(`  ${objective} `, { tokenBudget: 5_000 });
    expect(run).toMatchObject({
      status: 'done',
      threadId: thread.id,
      turns: 1,
      finalResponse: 'three',
      goal: { objective, status: 'complete', tokenBudget: 5_000 },
      attempts: [{ turn: 1, attempt: 1, status: 'completed' }],
      usage: { input_tokens: 400, output_tokens: 40 },
    });
    expect(run.items.map((item) => item.type === 'agent_message' && item.text)).toEqual([
      'one',
      'two',
      'three',
    ]);
    expect(run.items.map(({ id }) => id)).toEqual(['item_0', 'item_1', 'item_2']);
    expect(run.events.map(({ type }) => type)).toEqual([
      'thread.started',
      'turn.started',
      'item.completed',
      'item.completed',
      'item.completed',
      'turn.completed',
    ]);
    expect((await thread.run('afterwards')).finalResponse).toBe('ok');
  });

  test('is done when it is complete within the first turn', async () => {
    script([complete], [text('at once')]);
    expect(await newThread().runGoal(objective, { tokenBudget: 5_000 })).toMatchObject({
      status: 'done',
      finalResponse: 'at once',
    });
  });

  test('takes its place among the turns of its thread, and begins anew where there was another', async () => {
    script([text('a turn')], [text('work')], [complete], [text('first goal')]);
    script([text('more work')], [complete], [text('second goal')]);
    const thread = newThread();
    const all = await Promise.all([
      thread.run('a turn before'),
      thread.runGoal(objective, { tokenBudget: 5_000 }),
      thread.runGoal(`${objective} again`, { tokenBudget: 5_000 }),
    ]);
    expect(all.map(({ finalResponse }) => finalResponse)).toEqual(['a turn', 'first goal', 'second goal']);
    expect(all[1].goal).toMatchObject({ objective, tokensUsed: 220 });
    expect(all[2].goal).toMatchObject({ objective: `${objective} again`, tokensUsed: 220 });
  });

  test('is exhausted when its budget is, and the turn that crosses it is let finish', async () => {
    script([text('one')], [text('two')], [text('three')]);
    const run = await newThread().runGoal(objective, { tokenBudget: 250 });
    expect(run).toMatchObject({
      status: 'exhausted',
      limit: 'tokenBudget',
      error: { max: 250, actual: 330 },
      finalResponse: 'three',
      goal: { status: 'budgetLimited', tokensUsed: 330 },
      usage: { input_tokens: 300, output_tokens: 30 },
    });
  });

  test('has failed when the model says that it is blocked', async () => {
    script([blocked], [text('I cannot go on.')]);
    const run = await newThread().runGoal(objective, { tokenBudget: 5_000 });
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'goal_stopped', status: 'blocked' },
      finalResponse: 'I cannot go on.',
    });
  });

  test('that fails in passing is gone on with, and what it has used stays used', async () => {
    script([text('one')], [httpError(500)], [complete], [text('done')]);
    const run = await newThread().runGoal(objective, { tokenBudget: 5_000, backoff: soon });
    expect(run).toMatchObject({
      status: 'done',
      attempts: [{ status: 'failed', error: { retryable: true } }, { status: 'completed' }],
      goal: { status: 'complete', tokensUsed: 220 },
    });
  });

  test('that was complete when its turn failed in passing is done', async () => {
    script([complete], [httpError(500)]);
    const before = rig.model.requests.length;
    const run = await newThread().runGoal(objective, { tokenBudget: 5_000, backoff: soon });
    expect(run).toMatchObject({
      status: 'done',
      attempts: [{ status: 'failed' }, { status: 'completed' }],
      goal: { status: 'complete' },
    });
    expect(rig.model.requests).toHaveLength(before + 2);
  });

  test('is paused when Codex ends its turn, as a policy may want', async () => {
    script([command('rm -rf nothing')]);
    const asking = { ...rig.threadOptions, approvalPolicy: 'untrusted' } as const;
    const thread = rig.codex.startThread({ ...asking, approvals: () => ({ type: 'cancel' }) });
    const run = await thread.runGoal(objective, { tokenBudget: 5_000 });
    expect(run).toMatchObject({
      status: 'interrupted',
      error: { code: 'turn_interrupted' },
      goal: { status: 'paused' },
    });
    await thread.close();
    const before = rig.model.requests.length;
    const again = rig.codex.resumeThread(thread.id ?? '', rig.threadOptions);
    expect((await again.run('afterwards')).finalResponse).toBe('ok');
    expect(rig.model.requests).toHaveLength(before + 1);
  });

  test('has failed when another attempt would be of no use', async () => {
    script([httpError(400, { body: { error: { message: 'no' } } })]);
    const run = await newThread().runGoal(objective, { tokenBudget: 5_000 });
    expect(run).toMatchObject({
      status: 'failed',
      error: { name: 'TurnFailedError' },
      goal: { status: 'blocked' },
    });
  });

  test('is interrupted by its signal, is paused then, and its thread goes on', async () => {
    const gate = rig.model.hold();
    script([gate.action, text('never')]);
    const abort = new AbortController();
    const thread = newThread();
    const running = thread.runGoal(objective, { tokenBudget: 5_000, signal: abort.signal });
    await gate.reached();
    abort.abort();
    const run = await running;
    expect(run).toMatchObject({
      status: 'interrupted',
      error: { code: 'cancelled' },
      goal: { status: 'paused' },
      attempts: [{ error: { code: 'turn_interrupted' } }],
    });
    await gate.left();
    expect((await thread.run('afterwards')).finalResponse).toBe('ok');
  });

  test('is interrupted by thread.interrupt, also in a later turn of Codex’s', async () => {
    const gate = rig.model.hold();
    script([text('one')], [gate.action]);
    const thread = newThread();
    const running = thread.runGoal(objective, { tokenBudget: 5_000 });
    await gate.reached();
    thread.interrupt();
    expect(await running).toMatchObject({
      status: 'interrupted',
      error: { code: 'turn_interrupted' },
      goal: { status: 'paused' },
    });
    await gate.left();
  });

  test('is steered in whichever turn runs', async () => {
    const gate = rig.model.hold();
    script(
      [text('one')],
      [text('half', { deltas: 2, hold: { afterDeltas: 1, gate: gate.name } })],
      [complete],
      [text('as you wish')],
    );
    const thread = newThread();
    const running = thread.runGoal(objective, { tokenBudget: 5_000 });
    await gate.reached();
    expect(await thread.steer('a word with you')).toMatchObject({ kind: 'accepted' });
    gate.release();
    expect(await running).toMatchObject({ status: 'done', finalResponse: 'as you wish' });
    expect(rig.model.requests.at(-1)?.userMessages.join()).toContain('a word with you');
  });

  test('is interrupted when its thread is closed, and does not go on when the thread is resumed', async () => {
    const gate = rig.model.hold();
    script([gate.action]);
    const thread = newThread();
    const running = thread.runGoal(objective, { tokenBudget: 5_000 });
    await gate.reached();
    await thread.close();
    expect(await running).toMatchObject({ status: 'interrupted', goal: { status: 'paused' } });
    const before = rig.model.requests.length;
    const again = rig.codex.resumeThread(thread.id ?? '', rig.threadOptions);
    expect((await again.run('afterwards')).finalResponse).toBe('ok');
    expect(rig.model.requests).toHaveLength(before + 1);
  });

  test('goes on where it was when its process is killed', async () => {
    await using own = await CodexRig.start({ config: { features: { goals: true } } });
    const port = new WatchedPort(own.codex);
    const gate = own.model.hold();
    own.model.enqueue([text('one')], [gate.action], [text('two')], [complete], [text('three')]);
    const thread = own.codex.startThread(own.threadOptions);
    const running = thread.runGoal(objective, { tokenBudget: 5_000, backoff: soon });
    await gate.reached();
    port.kill();
    const run = await running;
    expect(run).toMatchObject({
      status: 'done',
      attempts: [
        { status: 'failed', error: { code: 'turn_cut_off', inputKept: true } },
        { status: 'completed' },
      ],
      goal: { status: 'complete', objective },
    });
    expect(run.items.map((item) => item.type === 'agent_message' && item.text)).toEqual([
      'one',
      'two',
      'three',
    ]);
    expect(own.model.requests).toHaveLength(5);
  });

  test('that was complete when its process is killed is not begun again', async () => {
    await using own = await CodexRig.start({ config: { features: { goals: true } } });
    const port = new WatchedPort(own.codex);
    const gate = own.model.hold();
    own.model.enqueue([complete], [gate.action]);
    const running = own.codex
      .startThread(own.threadOptions)
      .runGoal(objective, { tokenBudget: 5_000, backoff: soon });
    await gate.reached();
    port.kill();
    expect(await running).toMatchObject({ status: 'done', goal: { status: 'complete' } });
    expect(own.model.requests).toHaveLength(2);
  });

  test('is not known to a lean Codex that was not told of goals', async () => {
    await using lean = await CodexRig.start();
    const run = await lean.codex.startThread(lean.threadOptions).runGoal(objective, { tokenBudget: 5_000 });
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_option', field: 'features.goals' },
      goal: null,
    });
  });

  test('is not for ephemeral threads', async () => {
    const thread = rig.codex.startThread({ ...rig.threadOptions, ephemeral: true });
    const run = await thread.runGoal(objective, { tokenBudget: 5_000 });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'thread_ephemeral' } });
  });

  test.each<[string, string, GoalRunOptions]>([
    ['tokenBudget', 'x', {} as never],
    ['tokenBudget', 'x', { tokenBudget: -1 }],
    ['tokenBudget', 'x', { tokenBudget: 1.5 }],
    ['options', 'x', undefined as never],
    ['objective', '  ', { tokenBudget: 1 }],
    ['objective', 5 as never, { tokenBudget: 1 }],
    ['objective', 'x'.repeat(4_001), { tokenBudget: 1 }],
    ['maxAttempts', 'x', { tokenBudget: 1, maxAttempts: 0 }],
    ['deadlineMs', 'x', { tokenBudget: 1, deadlineMs: 0 }],
    ['onEvent', 'x', { tokenBudget: 1, onEvent: 5 as never }],
  ])('refuses a %s that cannot be, before anything is sent', async (field, given, options) => {
    const before = rig.model.requests.length;
    await expect(newThread().runGoal(given, options)).rejects.toMatchObject({
      code: 'invalid_option',
      field,
    });
    expect(rig.model.requests).toHaveLength(before);
  });
});
