import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import type { AppServerTransportOptions } from '../../../src/actors/app-server-transport.ts';
import { ThreadActor, type ThreadActorEmitted } from '../../../src/actors/index.ts';
import { type RetryOptions, retryRulesOf } from '../../../src/actors/retry-options.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';
import type { TelemetryEvent } from '../../../src/telemetry/events.ts';
import { TelemetryBus } from '../../../src/telemetry/telemetry-bus.ts';
import { begin, command, drop, failed, httpError, text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

const refused = [httpError(500)];

/** A rig whose failed turns are tried again, without a pause unless the options say otherwise. */
async function start(
  retries: RetryOptions = {},
  options: Partial<AppServerTransportOptions> = {},
): Promise<Rig> {
  rig = await Rig.start({
    retries: retryRulesOf({ retries }, 'lean') ?? undefined,
    random: () => 0,
    ...options,
  });
  return rig;
}

/** What the model was asked, request by request: what the user had said in the thread so far. */
const saidToModel = () => rig.model.requests.map(({ userMessages }) => userMessages);

describe('a turn whose failure may pass', () => {
  test('is tried again on the same thread, and the model is asked the very same', async () => {
    await start();
    rig.model.enqueue(refused, refused, [text('there you are')]);
    const { finalResponse, items } = await rig.thread().run('hello');
    expect(finalResponse).toBe('there you are');
    expect(items.map(({ id, type }) => [id, type])).toEqual([['item_0', 'agent_message']]);
    expect(saidToModel()).toEqual([['hello'], ['hello'], ['hello']]);
    const inputs = rig.model.requests.map(({ body }) => JSON.stringify(body.input));
    expect(new Set(inputs).size).toBe(1);
  });

  test('leaves no trace in the thread: the next turn sees the question once and its answer', async () => {
    await start();
    rig.model.enqueue(refused, [text('one')], [text('two')]);
    const thread = rig.thread();
    await thread.run('first');
    await thread.run('second');
    expect(saidToModel().at(-1)).toEqual(['first', 'second']);
  });

  test('counts the tokens of all its tries', async () => {
    await start();
    const ran = [command('true')];
    rig.model.enqueue(ran, [begin(), drop()], [text('done')]);
    const { usage } = await rig.thread(null, { sandboxMode: 'danger-full-access' }).run('count');
    expect(usage).toMatchObject({ input_tokens: 200, output_tokens: 20 });
  });

  test('that ran a command goes on after it: the command is not run again', async () => {
    await start();
    rig.model.enqueue([command('echo ran >> ran.txt')], [begin(), drop()], refused, [text('done')]);
    const thread = rig.thread(null, { sandboxMode: 'danger-full-access' });
    const { items, finalResponse } = await thread.run('run it');
    expect(finalResponse).toBe('done');
    expect(items.map(({ id, type }) => [id, type])).toEqual([
      ['item_0', 'command_execution'],
      ['item_1', 'agent_message'],
    ]);
    expect(await readFile(path.join(rig.home.workingDirectory, 'ran.txt'), 'utf8')).toBe('ran\n');
    expect(rig.model.requests.at(-1)?.toolOutputs).toHaveLength(1);
  });

  test('fails with the last error once its tries are spent, and the error counts them', async () => {
    await start({ maxAttempts: 3 });
    rig.model.enqueue(refused, refused, refused);
    await expect(rig.thread().run('hello')).rejects.toMatchObject({
      code: 'internal_server_error',
      attempts: 3,
      triesEndedBy: 'attempts',
    });
    expect(rig.model.requests).toHaveLength(3);
  });

  test('counts its tries anew when it has got ahead, within the budget of the turn', async () => {
    await start({ maxAttempts: 2, turnBudget: { retriesMax: 2 } });
    const ahead = [command('true')];
    rig.model.enqueue(ahead, refused, ahead, refused, ahead, refused);
    const thread = rig.thread(null, { sandboxMode: 'danger-full-access' });
    await expect(thread.run('work')).rejects.toMatchObject({ attempts: 3, triesEndedBy: 'retry_budget' });
    expect(rig.model.requests).toHaveLength(6);
  });

  test('is not tried again when its thread has spent its budget on earlier turns', async () => {
    await start({ threadBudget: { retriesMax: 1 } });
    const thread = rig.thread();
    rig.model.enqueue(refused, [text('one')], refused);
    await thread.run('first');
    await expect(thread.run('second')).rejects.toMatchObject({ attempts: 1, triesEndedBy: 'retry_budget' });
  });

  test('keeps the turns behind it waiting', async () => {
    await start();
    rig.model.enqueue(refused, [text('one')], [text('two')]);
    const thread = rig.thread();
    const [first, second] = await Promise.all([thread.run('first'), thread.run('second')]);
    expect([first.finalResponse, second.finalResponse]).toEqual(['one', 'two']);
  });

  test('tells the readers of the official events in the words that Codex has for its own retries', async () => {
    await start();
    rig.model.enqueue(refused, [text('done')]);
    const { events } = await rig.thread().runStreamed('hello');
    const seen: unknown[] = [];
    for await (const event of events) seen.push(event.type === 'error' ? event.message : event.type);
    expect(seen).toEqual([
      'thread.started',
      'turn.started',
      expect.stringMatching(/^Reconnecting\.\.\. 1\/5 \(in 0\.0 s: /),
      'item.completed',
      'turn.completed',
    ]);
  });

  test('tells those who asked for more the facts too', async () => {
    await start();
    rig.model.enqueue(refused, [text('done')]);
    const { events } = await rig.thread().runStreamed('hello', { includeDeltas: true });
    const seen: unknown[] = [];
    for await (const event of events) if (event.type === 'turn.retry') seen.push(event);
    expect(seen).toMatchObject([
      { by: 'runtime', attempt: 1, attempts_max: 6, delay_ms: 0, code: 'internal_server_error' },
    ]);
  });
});

test('a retry is told to telemetry, and by a ThreadActor', async () => {
  const clock = new SystemClock();
  const telemetry = new TelemetryBus({ clock, redact: (line) => line });
  const told: TelemetryEvent[] = [];
  telemetry.subscribe('turn.retry', (event) => void told.push(event));
  await start({}, { clock, telemetry });
  rig.model.enqueue(refused, [text('done')]);
  const thread = rig.thread();
  const codex = { startThread: () => thread, resumeThread: () => thread };
  const actor = createActor(ThreadActor, { input: { codex } });
  const emitted: ThreadActorEmitted[] = [];
  actor.on('turn.retry', (event) => void emitted.push(event));
  const completed = new Promise((resolve) => actor.on('turn.completed', resolve));
  actor.start();
  actor.send({ type: 'turn.run', input: 'hello' });
  await completed;
  await telemetry.close();
  const facts = { by: 'runtime', attempt: 1, attemptsMax: 6, delayMs: 0 };
  expect(emitted).toMatchObject([{ ...facts, code: 'internal_server_error', turn: 1 }]);
  expect(told).toMatchObject([{ ...facts, threadId: thread.id, error: { code: 'internal_server_error' } }]);
  actor.stop();
});

describe('a turn whose failure will not pass', () => {
  test('is not tried again', async () => {
    await start();
    rig.model.enqueue([httpError(400)]);
    await expect(rig.thread().run('hello')).rejects.toMatchObject({
      attempts: 1,
      triesEndedBy: 'not_retryable',
    });
    expect(rig.model.requests).toHaveLength(1);
  });

  test('is not tried again when the server asks for more time than it is given', async () => {
    await start({ retryAfterMaxMs: 2_000 });
    rig.model.enqueue([failed('rate_limit_exceeded', 'Please try again in 2.1s.')]);
    await expect(rig.thread().run('hello')).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: 2_100,
      triesEndedBy: 'retry_after_too_long',
    });
    expect(rig.model.requests).toHaveLength(1);
  });

  test('a model that refuses connections is given up after so many tries', async () => {
    const url = await closedUrl();
    const config = { model_provider: 'nobody', model_providers: { nobody: provider(url) } };
    await startWith({ maxAttempts: 2 }, config);
    await expect(rig.thread().run('hello')).rejects.toMatchObject({
      code: 'http_connection_failed',
      attempts: 2,
    });
  });
});

describe("Codex's own retries", () => {
  test('are switched off for a provider whose configuration does not set them', async () => {
    await startWith({ maxAttempts: 2 }, (url) => ({
      model_provider: 'plain',
      model_providers: { plain: provider(url) },
    }));
    rig.model.enqueue(refused, refused);
    await expect(rig.thread().run('hello')).rejects.toMatchObject({ attempts: 2 });
    expect(rig.model.requests).toHaveLength(2);
  });

  test('stay where the configuration sets them, and are told', async () => {
    await startWith({}, (url) => ({
      model_provider: 'plain',
      model_providers: { plain: { ...provider(url), request_max_retries: 0, stream_max_retries: 1 } },
    }));
    rig.model.enqueue(refused, [text('done')]);
    const { events } = await rig.thread().runStreamed('hello', { includeDeltas: true });
    const seen: unknown[] = [];
    for await (const event of events)
      if (event.type === 'turn.retry' || event.type === 'error') seen.push(event);
    expect(seen).toMatchObject([
      { type: 'error', message: expect.stringMatching(/^Reconnecting\.\.\. 1\/1/) },
      { type: 'turn.retry', by: 'codex', attempt: 1, attempts_max: 2, delay_ms: null },
    ]);
  });
});

/** A provider as a user writes it, without a word on retries. */
function provider(url: string) {
  return { name: 'plain', base_url: url, wire_api: 'responses', supports_websockets: false };
}

/** A rig whose process has more configuration; a function is given the model's URL. */
async function startWith(
  retries: RetryOptions,
  config: Record<string, unknown> | ((url: string) => Record<string, unknown>),
): Promise<Rig> {
  rig = await Rig.start({
    retries: retryRulesOf({ retries }, 'lean') ?? undefined,
    random: () => 0,
    portConfig: config,
  });
  return rig;
}

/** The base URL of a server that there is not. */
async function closedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`;
}
