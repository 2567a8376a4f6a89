import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SchemaMismatchError } from '../../src/index.ts';
import { text } from '../../src/testing/index.ts';
import { strictBreaches } from '../protocol/structured-output/strict-rules.ts';
import { CodexRig } from './rig.ts';

const Count = z.object({ count: z.number().int(), unit: z.string().optional() });

describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  let rig: CodexRig;
  beforeAll(async () => {
    rig = await CodexRig.start({ transport });
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
  });
  const newThread = () => rig.codex.startThread(rig.threadOptions);

  test('a turn with output sends the strict form of the schema, and gives the answer as the schema does', async () => {
    rig.model.enqueue([text('{"count":3,"unit":null}')]);
    const { output, finalResponse } = await newThread().run('how many, strictly', { output: Count });
    const twice: number = output.count * 2;
    expect(twice).toBe(6);
    expect(output).toEqual({ count: 3 });
    expect(finalResponse).toBe('{"count":3,"unit":null}');
    const [request] = rig.model.submissionsOf('how many, strictly');
    const format = z.object({ strict: z.literal(true), schema: z.unknown() });
    const sent = z.object({ text: z.object({ format }) }).parse(request?.body);
    expect(strictBreaches(sent.text.format.schema)).toEqual([]);
  });

  test('an answer that does not match is asked for again, with what is wrong with it', async () => {
    rig.model.enqueue([text('three')], [text('{"count":3.5}')], [text('{"count":4,"unit":"m"}')]);
    const thread = newThread();
    const result = await thread.run('how many, again', { output: Count, reasksMax: 2 });
    expect(result.output).toEqual({ count: 4, unit: 'm' });
    expect(result.items).toHaveLength(3);
    expect(result.usage?.output_tokens).toBe(30);
    const prompts = rig.model.requestsOf(thread.id ?? '').map(({ prompt }) => prompt);
    expect(prompts).toHaveLength(3);
    expect(prompts[1]).toContain('/: is not JSON');
    expect(prompts[2]).toContain('/count: ');
  });

  test('the last answer allowed rejects with its text and issues, and the thread stays usable', async () => {
    rig.model.enqueue([text('one')], [text('two')], [text('{"count":1,"unit":null}')]);
    const thread = newThread();
    const failure = await thread.run('never right', { output: Count }).catch((error: unknown) => error);
    expect(SchemaMismatchError.isInstance(failure) && [failure.text, failure.issues]).toEqual([
      'two',
      ['/: is not JSON'],
    ]);
    expect((await thread.run('right', { output: Count })).output).toEqual({ count: 1 });
  });

  test('with reasksMax 0 the first answer counts', async () => {
    rig.model.enqueue([text('zero')]);
    const thread = newThread();
    await expect(thread.run('once', { output: Count, reasksMax: 0 })).rejects.toMatchObject({
      code: 'schema_mismatch',
      text: 'zero',
    });
    expect(rig.model.requestsOf(thread.id ?? '')).toHaveLength(1);
  });

  test('a plain JSON Schema is read the same way', async () => {
    rig.model.enqueue([text('{"name":"x","size":null}')]);
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, size: { type: 'number' } },
      required: ['name'],
    };
    expect((await newThread().run('plain', { output: schema })).output).toEqual({ name: 'x' });
  });

  test('bad input is refused at the call, and nothing is sent', async () => {
    const thread = newThread();
    const cyclic: Record<string, unknown> = { type: 'object' };
    cyclic.properties = { self: cyclic };
    const refused = async (options: object) =>
      expect(thread.run('refused', { output: Count, ...options })).rejects;
    await (await refused({ output: cyclic })).toMatchObject({ field: 'output#/properties/self' });
    await (await refused({ output: z.object({ a: z.any() }) })).toMatchObject({
      field: 'output#/properties/a',
    });
    await (await refused({ output: 'json' })).toMatchObject({ field: 'output' });
    await (await refused({ outputSchema: {} })).toMatchObject({ field: 'outputSchema' });
    await (await refused({ reasksMax: 11 })).toMatchObject({ field: 'reasksMax' });
    const streamed: object = { output: Count };
    await expect(thread.runStreamed('refused', streamed)).rejects.toMatchObject({
      field: 'output',
    });
    expect(rig.model.submissionsOf('refused')).toEqual([]);
  });

  test('an abort ends a turn with output as it ends any other', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action, text('{}')]);
    const abort = new AbortController();
    const running = newThread().run('aborted', { output: Count, signal: abort.signal });
    await gate.reached();
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});
