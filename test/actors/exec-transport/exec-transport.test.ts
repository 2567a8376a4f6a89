import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ExecTransport,
  type ExecTransportOptions,
} from '../../../src/actors/exec-transport/exec-transport.ts';
import type { TurnRequest } from '../../../src/actors/turn-request.ts';
import type { TransportThread } from '../../../src/actors/turn-transport.ts';
import type { ThreadOptions } from '../../../src/protocol/thread-options.ts';
import {
  type CodexHome,
  command,
  createCodexHome,
  homeMarkVariable,
  httpError,
  processesLeft,
  ScriptedModel,
  text,
  usage,
} from '../../../src/testing/index.ts';
import { RecordingSink } from './recording-sink.ts';

let model: ScriptedModel;
let home: CodexHome;
let directory: string;
let transport: ExecTransport;

beforeEach(async () => {
  model = await ScriptedModel.start();
  home = await createCodexHome({ model, git: true });
  directory = await mkdtemp(path.join(tmpdir(), 'exec-transport-'));
  transport = transportWith({});
});

afterEach(async () => {
  await transport.close({ timeoutMs: 5_000 });
  const left = await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 });
  await model.close();
  await home.dispose();
  await rm(directory, { recursive: true, force: true });
  expect(left).toEqual([]);
});

function transportWith(options: ExecTransportOptions): ExecTransport {
  return new ExecTransport({
    codexPathOverride: home.executable,
    env: home.env,
    temporaryDirectory: directory,
    ...options,
  });
}

function open(options: ThreadOptions = {}, threadId: string | null = null): TransportThread {
  return transport.openThread({ threadId, options: { workingDirectory: home.workingDirectory, ...options } });
}

let turns = 0;

function start(thread: TransportThread, turn: Partial<TurnRequest> = {}) {
  const messageId = `message-${++turns}`;
  const sink = new RecordingSink();
  thread.start({ messageId, input: 'hello', ...turn }, sink);
  return { sink, messageId };
}

describe('a turn over codex exec', () => {
  test('gives the official events in order and its usage', async () => {
    model.enqueue([text('Hi!')]);
    const thread = open();
    const { sink } = start(thread);
    expect(await sink.whenSettled).toMatchObject({
      kind: 'completed',
      event: { type: 'turn.completed', usage: { input_tokens: 100, output_tokens: 10 } },
    });
    expect(sink.events).toEqual([
      { type: 'thread.started', thread_id: thread.id },
      { type: 'turn.started' },
      { type: 'item.completed', item: { id: 'item_0', type: 'agent_message', text: 'Hi!' } },
    ]);
    expect(thread.id).toMatch(/^[\da-f-]{36}$/);
  });

  test('resumes its thread, and reports what it used itself, not the total', async () => {
    model.enqueue([text('one'), usage({ inputTokens: 100, outputTokens: 10 })]);
    model.enqueue([text('two'), usage({ inputTokens: 230, cachedInputTokens: 90, outputTokens: 7 })]);
    const thread = open();
    const first = start(thread, { input: 'first' });
    const second = start(thread, { input: 'second' });
    expect(await first.sink.whenSettled).toMatchObject({
      event: { usage: { input_tokens: 100, output_tokens: 10 } },
    });
    const id = thread.id;
    expect(await second.sink.whenSettled).toMatchObject({
      event: { usage: { input_tokens: 230, cached_input_tokens: 90, output_tokens: 7 } },
    });
    expect(thread.id).toBe(id);
    expect(model.requests.map((request) => request.threadId)).toEqual([id, id]);
    expect(model.requests[1]?.prompt).toContain('second');
    expect(JSON.stringify(model.requests[1]?.body.input)).toContain('one');
  });

  test('reports the total for the first turn of a thread that was resumed by its id', async () => {
    model.script(() => [text('ok'), usage({ inputTokens: 50, outputTokens: 5 })]);
    const first = open();
    await start(first).sink.whenSettled;
    const again = open({}, first.id);
    expect(await start(again).sink.whenSettled).toMatchObject({ event: { usage: { input_tokens: 100 } } });
    expect(await start(again).sink.whenSettled).toMatchObject({ event: { usage: { input_tokens: 50 } } });
  });

  test('two at once on a new thread are one thread, in order', async () => {
    const gate = model.hold();
    model.enqueue([gate.action, text('one')], [text('two')]);
    const thread = open();
    const [first, second] = [start(thread, { input: 'first' }), start(thread, { input: 'second' })];
    await gate.reached();
    expect(second.sink.events).toEqual([]);
    gate.release();
    await second.sink.whenSettled;
    expect([first.sink.messages, second.sink.messages]).toEqual([['one'], ['two']]);
    expect(new Set(model.requests.map((request) => request.threadId)).size).toBe(1);
  });

  test('shows its commands with their exit codes', async () => {
    model.enqueue([command('echo out; exit 3')], [text('done')]);
    const { sink } = start(open());
    await sink.whenSettled;
    expect(sink.events).toContainEqual({
      type: 'item.completed',
      item: expect.objectContaining({ type: 'command_execution', aggregated_output: 'out\n', exit_code: 3 }),
    });
  });

  test('gives the model its schema, and leaves no file of it', async () => {
    const outputSchema = {
      type: 'object',
      properties: { answer: { type: 'string' } },
      required: ['answer'],
      additionalProperties: false,
    };
    model.enqueue([text('{"answer":"yes"}')]);
    const { sink } = start(open(), { outputSchema });
    expect((await sink.whenSettled).kind).toBe('completed');
    expect(JSON.stringify(model.requests[0]?.body)).toContain('"answer"');
    expect(await readdir(directory)).toEqual([]);
  });

  test('gives the model its images', async () => {
    const image = path.join(directory, 'dot.png');
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await writeFile(image, Buffer.from(png, 'base64'));
    const input = [{ type: 'text', text: 'look' } as const, { type: 'local_image', path: image } as const];
    await start(open(), { input }).sink.whenSettled;
    expect(JSON.stringify(model.requests[0]?.body)).toContain('data:image/png;base64,');
  });

  test('that the model refuses fails with its message and class', async () => {
    model.script(() => [httpError(401)]);
    expect(await start(open()).sink.whenSettled).toMatchObject({
      kind: 'failed',
      event: { type: 'turn.failed' },
      error: { code: 'unauthorized', message: expect.stringMatching(/401 Unauthorized/) },
    });
  });

  test('that is interrupted ends, with all that it started, and its thread goes on', async () => {
    const gate = model.hold();
    model.script(({ step }) => (step === 0 ? [command('sleep 60 & sleep 60')] : [gate.action]));
    const thread = open({ sandboxMode: 'danger-full-access' });
    const { sink, messageId } = start(thread);
    await sink.event('item.started');
    thread.interrupt(messageId);
    expect(await sink.whenSettled).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    expect(await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 })).toEqual([]);
    model.script(() => [text('back')]);
    const next = start(thread);
    expect((await next.sink.whenSettled).kind).toBe('completed');
    expect(next.sink.messages).toEqual(['back']);
  });

  test('whose transport has no time to close is killed with all that its commands started', async () => {
    model.script(() => [command('sleep 60 & sleep 60')]);
    const { sink } = start(open({ sandboxMode: 'danger-full-access' }));
    await sink.event('item.started');
    await transport.close({ timeoutMs: 0 });
    expect(sink.outcome).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    expect(await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 })).toEqual([]);
  });

  test('that is interrupted before its process runs never asks the model', async () => {
    const thread = open();
    const { sink, messageId } = start(thread);
    thread.interrupt(messageId);
    expect(await sink.whenSettled).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    expect(model.requests).toEqual([]);
  });
});

describe('a host that never closes its transport', () => {
  test('exits by itself once its turns are over', async () => {
    const module = path.join(import.meta.dirname, '../../../src/actors/exec-transport/exec-transport.ts');
    const code = `
      import { ExecTransport } from ${JSON.stringify(module)};
      const transport = new ExecTransport({ codexPathOverride: ${JSON.stringify(home.executable)} });
      const thread = transport.openThread({ threadId: null, options: {} });
      const show = (what) => () => console.log(what);
      const sink = { push() {}, threadStarted() {}, complete: show('completed'), fail: show('failed'), abandon: show('abandoned') };
      thread.start({ messageId: 'm', input: 'hello' }, sink);
    `;
    const host = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      env: home.env,
      cwd: home.workingDirectory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [stdout, [exitCode]] = await Promise.all([readText(host.stdout), once(host, 'exit')]);
    expect([stdout, exitCode]).toEqual(['completed\n', 0]);
  });
});

describe('what codex exec refuses', () => {
  test('an approval policy that it no longer knows is an invalid option, in its own words', async () => {
    expect(await start(open({ approvalPolicy: 'untrusted' })).sink.whenSettled).toMatchObject({
      kind: 'abandoned',
      error: {
        code: 'invalid_option',
        field: 'approvalPolicy',
        message: expect.stringMatching(/"untrusted".*no longer supported; remove this setting/),
      },
    });
  });

  test('a folder that is no Git repository asks for skipGitRepoCheck', async () => {
    const workingDirectory = directory;
    expect(await start(open({ workingDirectory })).sink.whenSettled).toMatchObject({
      error: {
        code: 'invalid_option',
        field: 'skipGitRepoCheck',
        message: expect.stringMatching(/Not inside a trusted/),
      },
    });
    const allowed = start(open({ workingDirectory, skipGitRepoCheck: true }));
    expect((await allowed.sink.whenSettled).kind).toBe('completed');
  });

  test('a folder that does not exist', async () => {
    const workingDirectory = path.join(directory, 'missing');
    expect(await start(open({ workingDirectory })).sink.whenSettled).toMatchObject({
      error: { code: 'invalid_option', field: 'workingDirectory' },
    });
  });

  test('a thread that it does not know', async () => {
    const threadId = '01234567-89ab-7def-8123-456789abcdef';
    expect(await start(open({}, threadId)).sink.whenSettled).toMatchObject({
      error: { code: 'thread_not_found', operation: 'resume', threadId },
    });
  });

  test('a thread that another process writes to', async () => {
    const gate = model.hold();
    model.enqueue([text('one')], [gate.action, text('two')]);
    const first = open();
    await start(first).sink.whenSettled;
    const holding = start(first);
    await gate.reached();
    expect(await start(open({}, first.id)).sink.whenSettled).toMatchObject({
      error: { code: 'thread_owned', threadId: first.id },
    });
    gate.release();
    expect((await holding.sink.whenSettled).kind).toBe('completed');
  });
});
