import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { builtInTools } from '../../src/actors/tools/built-in-tools.ts';
import { toolMetricsMax } from '../../src/actors/tools/tool-metrics.ts';
import { toolsMax } from '../../src/actors/tools/tool-table.ts';
import { Codex, defineTool, type Tool, type ToolDefinition } from '../../src/index.ts';

const definition = { name: 'good', description: 'A tool.', input: z.object({}), execute: () => 'ok' };
const named = (name: string): Tool => defineTool({ ...definition, name });
/** What is wrong with a definition, in the words of the error. */
const refusal = (change: object): unknown => {
  const changed: ToolDefinition<typeof definition.input> = { ...definition, ...change };
  try {
    defineTool(changed);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a definition that cannot be is refused, naming the field', () => {
  const cyclic: Record<string, unknown> = { type: 'object' };
  cyclic.properties = { self: cyclic };
  test.each([
    ['an empty name', { name: '' }, 'name'],
    ['a name with a dot', { name: 'a.b' }, 'name'],
    ['a name of 65 characters', { name: 'a'.repeat(65) }, 'name'],
    ['a name of an MCP server', { name: 'mcp__files__read' }, 'name'],
    ['a name of a built-in tool', { name: 'exec_command' }, 'name'],
    ['no description', { description: '' }, 'description'],
    ['a description without end', { description: 'x'.repeat(10_001) }, 'description'],
    ['no function', { execute: 'rm -rf' }, 'execute'],
    ['no deadline', { timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs'],
    ['a deadline of nothing', { timeoutMs: 0 }, 'timeoutMs'],
    ['half a call at a time', { concurrency: 0.5 }, 'concurrency'],
    ['arguments that are no object', { input: z.string() }, 'input'],
    ['arguments without a JSON Schema', { input: z.object({ at: z.date() }) }, 'input'],
    ['arguments with a cycle', { input: cyclic }, 'input#/properties/self'],
    ['no schema', { input: 'anything' }, 'input'],
    ['an output that is no schema', { output: { type: 'object' } }, 'output'],
  ])('%s', (_what, change, field) => {
    expect(refusal(change)).toMatchObject({ code: 'invalid_option', field });
  });

  test('each name of a built-in tool', () => {
    expect([...builtInTools].filter((name) => refusal({ name }) === undefined)).toEqual([]);
  });
});

test('what is offered to Codex is plain JSON, with the schema as the library says it', () => {
  const { spec } = defineTool({ ...definition, input: z.object({ id: z.string().describe('Its number.') }) });
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  expect(spec).toMatchObject({
    type: 'function',
    inputSchema: { type: 'object', properties: { id: { type: 'string', description: 'Its number.' } } },
  });
});

test('a plain JSON Schema checks arguments as it was written: null is no absence', async () => {
  const schema = { type: 'object', properties: { id: { type: 'string' } } };
  const tool = defineTool({ ...definition, input: schema, execute: (args) => args });
  expect(await tool.prepare({})).toMatchObject({ ok: true });
  expect(await tool.prepare({ id: null })).toEqual({ ok: false, issues: ['/id: must be a string'] });
});

describe('the table of a Codex', () => {
  test('refuses a second tool of a name until the first is taken out, which can be asked twice', () => {
    const { tools } = new Codex();
    const handle = tools.register(named('one'));
    expect(() => tools.register(named('one'))).toThrow(expect.objectContaining({ field: 'name' }));
    expect([handle.deregister(), handle.deregister()]).toEqual([true, false]);
    tools.register(named('one'));
    expect([handle.deregister(), tools.names]).toEqual([false, ['one']]);
  });

  test('takes 1,000 tools, and keeps the metrics of 1,000', () => {
    const { tools } = new Codex();
    for (let count = 0; count < toolMetricsMax + 10; count += 1)
      tools.register(named(`gone-${count}`)).deregister();
    expect(Object.keys(tools.metrics)).toHaveLength(toolMetricsMax);
    for (let count = 0; count < toolsMax; count += 1) tools.register(named(`tool-${count}`));
    expect(() => tools.register(named('one-more'))).toThrow(
      expect.objectContaining({ code: 'limit_exceeded' }),
    );
  });

  test('takes a name such as __proto__ or constructor for a name', () => {
    const { tools } = new Codex();
    expect([tools.find('constructor'), tools.find('__proto__')]).toEqual([undefined, undefined]);
    const handle = tools.register(named('constructor'));
    expect(tools.find('constructor')?.name).toBe('constructor');
    handle.deregister();
    expect(tools.names).toEqual([]);
  });

  test('asks whether a tool is enabled, and takes a throw for no', () => {
    const { tools } = new Codex();
    tools.register(named('broken'), {
      enabled: () => {
        throw new Error('no idea');
      },
    });
    tools.register(named('choosy'), { enabled: ({ threadId }) => threadId === 'mine' });
    expect(tools.enabledFor({ threadId: null })).toEqual([]);
    expect(tools.findFor('choosy', { threadId: 'mine' })?.name).toBe('choosy');
    expect(tools.findFor('choosy', { threadId: 'other' })).toBeUndefined();
  });

  test('tells of each change until nobody listens', () => {
    const { tools } = new Codex();
    let changes = 0;
    const unsubscribe = tools.subscribe(() => {
      changes += 1;
    });
    const handle = tools.register(named('one'));
    handle.deregister();
    unsubscribe();
    tools.register(named('two'));
    expect(changes).toBe(2);
  });
});

describe('tools of a thread are checked before anything starts', () => {
  const codex = new Codex();
  codex.tools.register(named('taken'));
  test.each([
    ['two of one name', [named('twin'), named('twin')], 'tools[1].name'],
    ['a name of a registered tool', [named('taken')], 'tools[0].name'],
    ['too many', Array.from({ length: 1_001 }, (_, index) => named(`t${index}`)), 'tools'],
  ])('%s', (_what, tools, field) => {
    expect(() => codex.startThread({ tools })).toThrow(expect.objectContaining({ field }));
    expect(() => codex.resumeThread(crypto.randomUUID(), { tools })).toThrow(
      expect.objectContaining({ field }),
    );
  });

  test('the exec transport has none', () => {
    const exec = new Codex({ transport: 'exec' });
    expect(() => exec.startThread({ tools: [named('one')] })).toThrow(
      expect.objectContaining({ field: 'transport' }),
    );
    exec.tools.register(named('one'));
    expect(() => exec.startThread()).toThrow(expect.objectContaining({ field: 'transport' }));
  });
});
