import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { continueText, resumeText } from '../../src/actors/auto-run/auto-run-inputs.ts';
import { defineTool, type TurnEvent } from '../../src/index.ts';
import {
  command,
  failed,
  functionCall,
  httpError,
  promptScript,
  text,
  usage,
} from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

const soon = { initialDelayMs: 1, maxDelayMs: 1 };

let rig: CodexRig;
beforeAll(async () => {
  rig = await CodexRig.start();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});
let prompt: string;
let prompts = 0;
beforeEach(() => {
  prompts += 1;
  prompt = `the task number ${prompts}.`;
});
const newThread = () => rig.codex.startThread({ ...rig.threadOptions, sandboxMode: 'danger-full-access' });

describe('an auto-run', () => {
  test('is done after one turn that completed', async () => {
    rig.model.enqueue([text('all of it')]);
    const thread = newThread();
    const run = await thread.runAuto(prompt);
    expect(run).toMatchObject({
      status: 'done',
      error: null,
      threadId: thread.id,
      turns: 1,
      finalResponse: 'all of it',
      items: [{ type: 'agent_message', text: 'all of it' }],
      attempts: [{ turn: 1, attempt: 1, status: 'completed', error: null }],
      usage: { input_tokens: 100, output_tokens: 10 },
      eventsDropped: 0,
    });
    expect(run.events.map(({ type }) => type)).toEqual([
      'thread.started',
      'turn.started',
      'item.completed',
      'turn.completed',
    ]);
    const { queueMs, firstTokenMs, totalMs } = run.latency;
    expect([0, queueMs, firstTokenMs, totalMs].toSorted((one, other) => Number(one) - Number(other))).toEqual(
      [0, queueMs, firstTokenMs, totalMs],
    );
    expect(rig.model.submissionsOf(prompt)).toHaveLength(1);
  });

  test('goes on until it is told that it is done, and sums up what its turns used', async () => {
    rig.model.enqueue(
      [text('one')],
      [text('two')],
      [text('three'), usage({ inputTokens: 7, outputTokens: 3 })],
    );
    const asked: unknown[] = [];
    const run = await newThread().runAuto(prompt, {
      until: (result, progress) => {
        asked.push([result.finalResponse, result.items.length, progress.turns]);
        return result.finalResponse === 'three';
      },
    });
    expect(run).toMatchObject({ status: 'done', turns: 3, usage: { input_tokens: 207, output_tokens: 23 } });
    expect(asked).toEqual([
      ['one', 1, 1],
      ['two', 1, 2],
      ['three', 1, 3],
    ]);
    expect(run.items.map((item) => item.type === 'agent_message' && item.text)).toEqual([
      'one',
      'two',
      'three',
    ]);
    expect(run.events.filter(({ type }) => type === 'thread.started')).toHaveLength(1);
    expect(rig.model.requests.slice(-2).map((request) => request.prompt)).toEqual([
      continueText,
      continueText,
    ]);
  });

  test('counts what its failed attempts used, and nothing of the turns before it', async () => {
    const thread = newThread();
    await thread.run('before the run');
    rig.model.enqueue(
      [command('true'), usage({ inputTokens: 30, outputTokens: 4 })],
      [httpError(500)],
      [text('done'), usage({ inputTokens: 7, outputTokens: 3 })],
    );
    const run = await thread.runAuto(prompt, { backoff: soon });
    expect(run).toMatchObject({
      status: 'done',
      usage: { input_tokens: 37, output_tokens: 7 },
      attempts: [
        { status: 'failed', usage: { input_tokens: 30, output_tokens: 4 } },
        { status: 'completed', usage: { input_tokens: 7, output_tokens: 3 } },
      ],
    });
  });

  test('goes on with what continueWith makes of the result', async () => {
    rig.model.enqueue([text('which file?')], [text('thanks')]);
    const run = await newThread().runAuto(prompt, {
      until: async (result) => result.finalResponse === 'thanks',
      continueWith: async ({ finalResponse }) => [
        { type: 'text', text: `${finalResponse} a.ts of ${prompt}` },
      ],
    });
    expect(run).toMatchObject({ status: 'done', turns: 2 });
    expect(rig.model.requests.at(-1)?.prompt).toBe(`which file? a.ts of ${prompt}`);
  });

  test('tells every event as it happens', async () => {
    rig.model.enqueue([command('true')], [text('ran')]);
    const told: TurnEvent[] = [];
    const run = await newThread().runAuto(prompt, { onEvent: (event) => void told.push(event) });
    expect(told).toEqual(run.events);
    expect(run.items).toMatchObject([{ type: 'command_execution', exit_code: 0 }, { type: 'agent_message' }]);
  });

  test.each([
    ['429', httpError(429)],
    ['500', httpError(500)],
    ['a response that fails', failed('server_is_overloaded', 'busy')],
  ])(
    'after %s goes on in the same thread, and does not tell Codex again what it knows',
    async (_name, failure) => {
      rig.model.enqueue([failure], [failure], [text('at last')]);
      const thread = newThread();
      const run = await thread.runAuto(prompt, { backoff: soon });
      expect(run).toMatchObject({
        status: 'done',
        turns: 1,
        finalResponse: 'at last',
        attempts: [
          { turn: 1, attempt: 1, status: 'failed', error: { retryable: true } },
          { turn: 1, attempt: 2, status: 'failed', error: { retryable: true } },
          { turn: 1, attempt: 3, status: 'completed' },
        ],
      });
      expect(run.events.filter(({ type }) => type === 'turn.failed')).toHaveLength(2);
      expect(rig.model.submissionsOf(prompt)).toHaveLength(1);
      const last = rig.model.requests.at(-1);
      expect(last?.prompt).toBe(resumeText);
      expect(last?.userMessages.filter((message) => message.includes(prompt))).toHaveLength(1);
    },
  );

  test('counts the attempts of each turn anew', async () => {
    rig.model.enqueue([httpError(500)], [text('one')], [httpError(500)], [text('two')]);
    const run = await newThread().runAuto(prompt, {
      backoff: soon,
      maxAttempts: 2,
      until: ({ finalResponse }) => finalResponse === 'two',
    });
    expect(run.attempts.map(({ turn, attempt, status }) => [turn, attempt, status])).toEqual([
      [1, 1, 'failed'],
      [1, 2, 'completed'],
      [2, 1, 'failed'],
      [2, 2, 'completed'],
    ]);
    expect(run.status).toBe('done');
  });

  test('has failed when another attempt would be of no use', async () => {
    rig.model.enqueue([httpError(400, { body: { error: { message: 'no such model' } } })]);
    const run = await newThread().runAuto(prompt, { backoff: soon });
    expect(run).toMatchObject({
      status: 'failed',
      error: { name: 'TurnFailedError', retryable: false },
      attempts: [{ status: 'failed' }],
      turns: 0,
    });
  });

  test('is exhausted when its turns are spent', async () => {
    const run = await newThread().runAuto(prompt, { maxTurns: 2, until: () => false });
    expect(run).toMatchObject({
      status: 'exhausted',
      limit: 'maxTurns',
      error: { code: 'limit_exceeded', max: 2, actual: 2 },
      turns: 2,
    });
  });

  test('is exhausted when the attempts at a turn are spent, and says what the last one failed with', async () => {
    rig.model.enqueue([httpError(500)], [httpError(503)]);
    const run = await newThread().runAuto(prompt, { backoff: soon, maxAttempts: 2 });
    expect(run).toMatchObject({
      status: 'exhausted',
      limit: 'maxAttempts',
      error: { max: 2, actual: 2, cause: { httpStatusCode: 503 } },
      turns: 0,
    });
    expect(run.attempts).toHaveLength(2);
  });

  test('is exhausted when its tokens are spent between two turns', async () => {
    const run = await newThread().runAuto(prompt, { tokenBudget: 200, until: () => false });
    expect(run).toMatchObject({
      status: 'exhausted',
      limit: 'tokenBudget',
      error: { max: 200, actual: 220 },
      turns: 2,
    });
  });

  test('that is done is done, though its last turn has spent the tokens', async () => {
    expect(await newThread().runAuto(prompt, { tokenBudget: 1 })).toMatchObject({ status: 'done', turns: 1 });
  });

  test('does not count input that was cached', async () => {
    rig.model.enqueue([
      usage({ inputTokens: 1_000, cachedInputTokens: 990, outputTokens: 5 }),
      text('cheap'),
    ]);
    const run = await newThread().runAuto(prompt, { tokenBudget: 15, until: () => false });
    expect(run).toMatchObject({ status: 'exhausted', error: { actual: 15 }, turns: 1 });
  });

  test('interrupts a turn that goes on after the tokens are spent', async () => {
    const gate = rig.model.hold();
    const script = promptScript([command('true')], [gate.action, text('never')]);
    const run = await newThread().runAuto(`${prompt} ${script}`, { tokenBudget: 50 });
    expect(run).toMatchObject({
      status: 'exhausted',
      limit: 'tokenBudget',
      error: { max: 50, actual: 110 },
      turns: 0,
      usage: { input_tokens: 100, output_tokens: 10 },
      attempts: [{ status: 'failed', error: { code: 'turn_interrupted' } }],
    });
    gate.release();
  });

  test('is interrupted by its signal, with its turn', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action, text('never')]);
    const abort = new AbortController();
    const thread = newThread();
    const running = thread.runAuto(prompt, { signal: abort.signal });
    await gate.reached();
    abort.abort('enough');
    const run = await running;
    expect(run).toMatchObject({ status: 'interrupted', error: { name: 'AbortError', cause: 'enough' } });
    expect(run.attempts).toMatchObject([{ error: { code: 'turn_interrupted' } }]);
    await gate.left();
    expect((await thread.run('after the abort')).finalResponse).toBe('ok');
  });

  test('listens to its signal no longer than it runs', async () => {
    const { signal } = new AbortController();
    for (let count = 0; count < 2; count += 1) await newThread().runAuto(prompt, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('whose signal is aborted already sends nothing', async () => {
    const run = await newThread().runAuto(prompt, { signal: AbortSignal.abort() });
    expect(run).toMatchObject({ status: 'interrupted', error: { code: 'cancelled' }, attempts: [] });
    expect(rig.model.submissionsOf(prompt)).toEqual([]);
  });

  test('is interrupted while it waits for its next attempt', async () => {
    rig.model.enqueue([httpError(500)]);
    const abort = new AbortController();
    using _waiting = rig.codex.telemetry.subscribe('auto_run.retry', () => abort.abort());
    const patient = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
    const run = await newThread().runAuto(prompt, { backoff: patient, signal: abort.signal });
    expect(run).toMatchObject({ status: 'interrupted', error: { code: 'cancelled' } });
    expect(run.attempts).toHaveLength(1);
  });

  test('is interrupted when its turn is', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const thread = newThread();
    const running = thread.runAuto(prompt, { until: () => false });
    await gate.reached();
    thread.interrupt();
    expect(await running).toMatchObject({ status: 'interrupted', error: { code: 'turn_interrupted' } });
  });

  test('is interrupted when its thread is closed', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const thread = newThread();
    const running = thread.runAuto(prompt, { until: () => false });
    await gate.reached();
    await thread.close();
    expect(await running).toMatchObject({ status: 'interrupted' });
  });

  test('is interrupted when its thread is closed while it waits for its next attempt', async () => {
    rig.model.enqueue([httpError(500)]);
    const thread = newThread();
    using _waiting = rig.codex.telemetry.subscribe('auto_run.retry', () => thread.close());
    const patient = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
    const run = await thread.runAuto(prompt, { backoff: patient });
    expect(run).toMatchObject({ status: 'interrupted', error: { code: 'thread_closed' } });
  });

  test('on a thread that is closed is interrupted at once', async () => {
    const thread = newThread();
    await thread.close();
    expect(await thread.runAuto(prompt)).toMatchObject({
      status: 'interrupted',
      error: { code: 'thread_closed' },
    });
  });

  test('publishes its beginning, its attempts, its pauses and its end', async () => {
    const names: string[] = [];
    using _subscription = rig.codex.telemetry.subscribe(
      ['auto_run.start', 'auto_run.attempt', 'auto_run.retry', 'auto_run.stop', 'auto_run.exception'],
      (event) => void names.push('status' in event ? `${event.name} ${event.status}` : event.name),
    );
    rig.model.enqueue([httpError(500)], [text('fine')], [httpError(400)]);
    await newThread().runAuto(prompt, { backoff: soon });
    await newThread().runAuto(prompt, { backoff: soon });
    await rig.codex.telemetry.flush();
    expect(names).toEqual([
      'auto_run.start',
      'auto_run.attempt failed',
      'auto_run.retry',
      'auto_run.attempt completed',
      'auto_run.stop',
      'auto_run.start',
      'auto_run.attempt failed',
      'auto_run.exception',
    ]);
  });

  test('has its approvals and its tools answered on the way', async () => {
    const asked: string[] = [];
    await using own = await CodexRig.start({
      approvals: (request) => {
        asked.push(request.kind);
        return { type: 'accept' };
      },
    });
    const count = defineTool({
      name: 'count_files',
      description: 'Counts.',
      input: { type: 'object', properties: {}, additionalProperties: false },
      execute: () => 'There are 7.',
    });
    own.model.enqueue(
      [httpError(500)],
      [functionCall('count_files', {})],
      [command('echo 7')],
      [text('seven')],
    );
    const thread = own.codex.startThread({
      ...own.threadOptions,
      approvalPolicy: 'untrusted',
      tools: [count],
    });
    const run = await thread.runAuto(prompt, { backoff: soon });
    expect(run).toMatchObject({ status: 'done', finalResponse: 'seven' });
    expect(asked).toEqual(['command']);
    expect(run.items.map(({ type }) => type)).toEqual([
      'dynamic_tool_call',
      'command_execution',
      'agent_message',
    ]);
  });

  test('is shown to an inspector, with the states of its chart', async () => {
    const states = new Set<string>();
    await using own = await CodexRig.start({
      inspect: (event) => {
        if (event.type !== '@xstate.snapshot' || event.actorRef.sessionId !== 'codex/auto-runs/1') return;
        states.add(JSON.stringify(Object(event.snapshot).value));
      },
    });
    await own.codex.startThread(own.threadOptions).runAuto(prompt);
    expect([...states]).toEqual(['{"running":"attempting"}', '{"running":"judging"}', '"done"']);
  });
});
