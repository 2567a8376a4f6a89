import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, failed, httpError, type ModelRequest, text, usage } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

// What code written for the official SDK relies on; each holds on both transports.
describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  let rig: CodexRig;
  beforeAll(async () => {
    rig = await CodexRig.start({ transport });
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
  });
  const newThread = (options = {}) => rig.codex.startThread({ ...rig.threadOptions, ...options });

  test('a turn resolves to its items, its final response and its usage, and names the thread', async () => {
    rig.model.enqueue([text('Hi!'), usage({ inputTokens: 42, cachedInputTokens: 12, outputTokens: 5 })]);
    const thread = newThread();
    expect(thread.id).toBeNull();
    const turn = await thread.run('hello');
    expect(turn).toEqual({
      items: [{ id: 'item_0', type: 'agent_message', text: 'Hi!' }],
      finalResponse: 'Hi!',
      usage: {
        input_tokens: 42,
        cached_input_tokens: 12,
        cache_write_input_tokens: 0,
        output_tokens: 5,
        reasoning_output_tokens: 0,
      },
    });
    expect(thread.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a second turn sends what was said before', async () => {
    rig.model.enqueue([text('first answer')]);
    const thread = newThread();
    await thread.run('first question');
    await thread.run('second question');
    const rawBody = bodyOf(lastRequest(rig));
    expect(rawBody).toContain('first answer');
    expect(rawBody).toContain('first question');
  });

  test('a thread is resumed by its id', async () => {
    rig.model.enqueue([text('remember me')]);
    const first = newThread();
    await first.run('keep this');
    const { id } = first;
    if (id === null) throw new Error('the thread has no id');
    await first.close();
    const resumed = rig.codex.resumeThread(id, rig.threadOptions);
    expect(resumed.id).toBe(id);
    await resumed.run('go on');
    expect(resumed.id).toBe(id);
    expect(bodyOf(lastRequest(rig))).toContain('remember me');
  });

  test('a stream begins with the thread and the turn, and ends with the completed turn', async () => {
    rig.model.enqueue([text('streamed')]);
    const { events } = await newThread().runStreamed('stream this');
    const types: string[] = [];
    for await (const event of events) types.push(event.type);
    expect(types).toEqual(['thread.started', 'turn.started', 'item.completed', 'turn.completed']);
  });

  test('each streamed turn begins with the thread, as each official one does', async () => {
    const thread = newThread();
    await thread.run('one');
    const { events } = await thread.runStreamed('two');
    const first = await events.next();
    expect(first.value).toEqual({ type: 'thread.started', thread_id: thread.id });
    for await (const event of events) void event;
  });

  test('text parts are joined with a blank line, and pictures follow', async () => {
    const picture = path.join(rig.home.workingDirectory, 'dot.png');
    await writeFile(picture, Buffer.from(onePixel, 'base64'));
    await newThread().run([
      { type: 'text', text: 'part one' },
      { type: 'local_image', path: picture },
      { type: 'text', text: 'part two' },
    ]);
    const rawBody = bodyOf(lastRequest(rig));
    expect(rawBody).toContain('part one\\n\\npart two');
    expect(rawBody).toContain('data:image/png;base64');
  });

  test('an output schema reaches the model', async () => {
    const outputSchema = {
      type: 'object',
      properties: { answer: { type: 'string' } },
      required: ['answer'],
      additionalProperties: false,
    };
    await newThread().run('structured', { outputSchema });
    expect(lastRequest(rig).body).toMatchObject({
      text: { format: { type: 'json_schema', strict: true, schema: outputSchema } },
    });
  });

  test('an output schema that is no plain object is refused at the call', async () => {
    await expect(newThread().run('x', { outputSchema: ['no'] })).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'outputSchema',
    });
  });

  test('model and sandbox of the thread reach Codex', async () => {
    await newThread({ model: 'gpt-5.5', sandboxMode: 'workspace-write' }).run('options');
    expect(lastRequest(rig).body.model).toBe('gpt-5.5');
    expect(bodyOf(lastRequest(rig))).toContain('workspace-write');
  });

  test('a command is an item with its output and its exit code', async () => {
    rig.model.enqueue([command('echo out; exit 3')], [text('done')]);
    const { items, finalResponse } = await newThread({ sandboxMode: 'danger-full-access' }).run('run it');
    expect(finalResponse).toBe('done');
    expect(items[0]).toMatchObject({
      type: 'command_execution',
      exit_code: 3,
      status: 'failed',
      aggregated_output: 'out\n',
    });
  });

  test('a failed turn rejects with the words of Codex, and the thread stays usable', async () => {
    const thread = newThread();
    await thread.run('first');
    rig.model.enqueue([failed('server_error', 'the model broke')]);
    await expect(thread.run('second')).rejects.toThrow(
      /stream disconnected before completion|the model broke/,
    );
    expect((await thread.run('third')).finalResponse).toBe('ok');
  });

  test('a failed turn streams turn.failed, and the stream ends', async () => {
    rig.model.enqueue([httpError(400, { body: 'bad request indeed' })]);
    const { events } = await newThread().runStreamed('fail');
    const types: string[] = [];
    for await (const event of events) types.push(event.type);
    expect(types.at(-1)).toBe('turn.failed');
  });

  test('two turns asked for at once on a new thread run on one thread, in order', async () => {
    const thread = newThread();
    const [first, second] = await Promise.all([thread.run('at once 1'), thread.run('at once 2')]);
    expect([first.finalResponse, second.finalResponse]).toEqual(['ok', 'ok']);
    const requests = rig.model.requests.filter((request) => bodyOf(request).includes('at once'));
    expect(new Set(requests.map(({ threadId }) => threadId))).toEqual(new Set([thread.id]));
    expect(bodyOf(requests[1])).toContain('at once 1');
  });

  test('an empty thread id is refused at the call', () => {
    expect(() => rig.codex.resumeThread('')).toThrow(/id/);
  });
});

const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function lastRequest({ model }: CodexRig) {
  const request = model.requests.at(-1);
  if (request === undefined) throw new Error('the model has seen no request');
  return request;
}

function bodyOf(request: ModelRequest | undefined): string {
  return JSON.stringify(request?.body);
}
