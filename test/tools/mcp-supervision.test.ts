import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { McpServerEntry } from '../../src/actors/mcp/mcp-server-entry.ts';
import type { ListedTool } from '../../src/actors/mcp/mcp-tool-list.ts';
import { mcpStdinGraceMs, mcpTermGraceMs } from '../../src/actors/mcp/stdio-server-process.ts';
import { ToolTable } from '../../src/actors/tools/tool-table.ts';
import { defineTool } from '../../src/index.ts';
import { McpServerError } from '../../src/protocol/index.ts';
import { McpRig, nothingLeft, type Reach } from './mcp-rig.ts';

const reaches: readonly Reach[] = ['stdio', 'HTTP'];
const program = path.join(import.meta.dirname, '../fixtures-processes/idle-mcp.ts');

describe.each(reaches)('the actor of an MCP server, over %s', (reach) => {
  test('that crashes is started again by its keeper, and the tools work', async () => {
    const rig = await McpRig.start(reach, 'answers');
    await rig.connect();
    rig.crash();
    await rig.until(({ state }) => state !== 'ready');
    await rig.keeperWaits();
    expect((await rig.call('lab__work')).text).toContain('it cannot be reached now. Call it again later');
    await rig.clock.advance(1_000);
    await rig.until(({ state }) => state === 'ready');
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that crashes in the middle of a call: the model is told that it may have done its work', async () => {
    const rig = await McpRig.start(reach, 'hangs');
    await rig.connect();
    const answer = rig.call('lab__work');
    await rig.begun('work');
    rig.crash();
    expect((await answer).text).toContain('may have done its work');
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that crashes again and again is given up after so many times, and reconnect starts it again', async () => {
    const rig = await McpRig.start(reach, 'answers');
    const server = await rig.connect({ reconnectsMax: 1 });
    rig.crash();
    await rig.keeperWaits();
    await rig.clock.advance(1_000);
    await rig.until(({ state }) => state === 'ready');
    rig.crash();
    await rig.until(({ state }) => state === 'failed');
    await rig.clock.advance(60_000);
    expect(server.status).toMatchObject({
      state: 'failed',
      failures: 2,
      error: expect.stringContaining('its actor ended'),
    });
    server.reconnect();
    await rig.until(({ state }) => state === 'ready');
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that does not start: connect tells it as the server’s failure, and a later connect tries again', async () => {
    const rig = await McpRig.start(reach, 'answers');
    const free = await rig.takeAllPlaces();
    const refused = rig.connect();
    await expect(refused).rejects.toThrow(McpServerError);
    await expect(refused).rejects.toMatchObject({
      step: 'connect',
      message: expect.stringContaining('its actor could not be started'),
      cause: { error: 'max_children' },
    });
    expect(rig.mcp.connected).toEqual([]);
    await free();
    await rig.connect();
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that does not start after a crash is tried again by its keeper', async () => {
    const rig = await McpRig.start(reach, 'answers');
    await rig.connect();
    rig.crash();
    await rig.keeperWaits();
    const free = await rig.takeAllPlaces();
    await rig.clock.advance(1_000);
    const { state, error } = await rig.until(({ failures }) => failures > 1);
    expect([state, error]).toEqual(['waiting', expect.stringContaining('could not be started')]);
    await free();
    await rig.clock.advance(2_000);
    await rig.until((status) => status.state === 'ready');
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('is there again in a tree that was started anew', async () => {
    const rig = await McpRig.start(reach, 'answers');
    await rig.connect();
    await rig.restartTree();
    await rig.until(({ state }) => state === 'ready');
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('ends with what it has, whenever it is closed, and its name is free again', async () => {
    const rig = await McpRig.start(reach, 'hangs');
    const server = await rig.connect();
    await expect(rig.mcp.connect('lab', rig.options)).rejects.toMatchObject({ field: 'name' });
    const answer = rig.call('lab__work');
    await rig.begun('work');
    const told: string[] = [];
    rig.mcp.subscribe((news) => void (news.type === 'server' && told.push(news.status.state)));
    await Promise.all([server.close(), server.close()]);
    expect(new Set(told)).toEqual(new Set(['closed']));
    expect((await answer).success).toBe(false);
    expect([server.status.state, server.status.tools, rig.table.names, rig.mcp.connected]).toEqual([
      'closed',
      [],
      [],
      [],
    ]);
    await rig.connect();
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('lets the host exit by itself while it is idle, and leaves no process behind', async () => {
    const rig = await McpRig.start(reach, 'answers');
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(rig.options)]);
    expect(stdout).toBe('ready\n');
    expect(await rig.close()).toEqual(nothingLeft);
  });
});

test('a program that does not end gets SIGTERM, then SIGKILL, each after its time, and nothing is left', async () => {
  const rig = await McpRig.start('stdio', 'does not end');
  const server = await rig.connect();
  const closed = server.close();
  for (const grace of [mcpStdinGraceMs, mcpTermGraceMs]) {
    await rig.clock.advance(grace - 1);
    await rig.started();
    await rig.clock.advance(1);
  }
  await closed;
  expect(await rig.close()).toEqual(nothingLeft);
});

test('a program that is being ended when its actor crashes is killed at once', async () => {
  const rig = await McpRig.start('stdio', 'does not end');
  const server = await rig.connect();
  const closed = server.close();
  await rig.clock.advance(mcpStdinGraceMs - 1);
  await rig.started();
  rig.crash();
  await closed;
  await rig.ended();
  expect(await rig.close()).toEqual(nothingLeft);
});

test('a program is given the variables that every program needs and those of its options, and no other', async () => {
  const rig = await McpRig.start('stdio', 'tells its environment');
  vi.stubEnv('HOST_API_KEY', 'a secret of the host');
  await rig.connect();
  const { text } = await rig.call('lab__work');
  vi.unstubAllEnvs();
  const ours = ['MCP_BEHAVIOUR', 'MCP_CALLS', 'MCP_STATE', 'CODEX_ACTORS_MCP_TEST'];
  const needed = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TMPDIR', 'TZ'];
  const names: readonly string[] = JSON.parse(text);
  expect(names).toEqual(expect.arrayContaining(ours));
  expect(names.filter((name) => ![...ours, ...needed].includes(name))).toEqual([]);
  expect(await rig.close()).toEqual(nothingLeft);
});

test('a program that is not there is told at the call, and nothing is left', async () => {
  const rig = await McpRig.start('stdio', 'answers');
  const connecting = rig.mcp.connect('lab', { command: '/nonexistent/lab' });
  await expect(connecting).rejects.toThrow(McpServerError);
  await expect(connecting).rejects.toMatchObject({
    message: expect.stringContaining('ENOENT: look whether its command and its cwd are there'),
  });
  expect(await rig.close()).toEqual(nothingLeft);
});

test('what a program wrote to stderr stands in the error without colours, and its secrets do not, however they were coloured', async () => {
  const rig = await McpRig.start('stdio', 'answers');
  const words = '\u001b[31mERROR\u001b[0m key hush-\u001b[31m4711\u001b[0m-hush\n';
  const connecting = rig.mcp.connect('lab', {
    command: process.execPath,
    args: ['-e', `process.stderr.write(${JSON.stringify(words)}); process.exitCode = 3`],
    env: { LAB_KEY: 'hush-4711-hush' },
  });
  await expect(connecting).rejects.toMatchObject({
    message: 'MCP server lab: its process ended (code 3). Its last words: ERROR key [redacted].',
    stderrTail: 'ERROR key [redacted]\n',
  });
  expect(await rig.close()).toEqual(nothingLeft);
});

test('a server that refuses the headers is told at the call, and they are not shown', async () => {
  const rig = await McpRig.start('HTTP', 'answers');
  const connecting = rig.mcp.connect('lab', { ...rig.options, headers: { 'x-key': 'hush-4711-hush' } });
  await expect(connecting).rejects.toMatchObject({
    step: 'connect',
    message: expect.stringContaining('who are you'),
  });
  await expect(connecting).rejects.not.toMatchObject({ message: expect.stringContaining('hush') });
  expect(await rig.close()).toEqual(nothingLeft);
});

describe('the tools of a server', () => {
  const listed = (name: string, description = 'Works.'): ListedTool => ({
    name,
    description,
    inputSchema: { type: 'object' },
    repeatable: false,
  });
  const entryOf = (table: ToolTable, tools?: readonly string[]) =>
    new McpServerEntry(
      'lab',
      { command: 'lab', ...(tools === undefined ? {} : { tools }) },
      {
        table,
        call: () => Promise.resolve(''),
        changed: () => undefined,
      },
    );

  test('whose name another tool has are refused, and the server’s status names them', () => {
    const table = new ToolTable();
    table.register(
      defineTool({ name: 'lab__work', description: 'Ours.', input: z.object({}), execute: () => 'ours' }),
    );
    const entry = entryOf(table);
    entry.listed({
      tools: [listed('work'), listed('a.b'), listed('a_b'), listed('c')],
      leftOut: 0,
      isCut: false,
    });
    expect(entry.status).toMatchObject({ tools: ['lab__a_b', 'lab__c'], collisions: ['a_b', 'work'] });
    expect(table.find('lab__work')?.description).toBe('Ours.');
    entry.close();
    expect(table.names).toEqual(['lab__work']);
  });

  test('beyond what a table takes are counted, and those of another server stay', () => {
    const table = new ToolTable();
    const names = Array.from({ length: 500 }, (_, index) => listed(`t${index}`));
    const entries = ['one', 'two', 'three'].map(
      (name) =>
        new McpServerEntry(
          name,
          { command: 'lab' },
          {
            table,
            call: () => Promise.resolve(''),
            changed: () => undefined,
          },
        ),
    );
    for (const entry of entries) entry.listed({ tools: names, leftOut: 7, isCut: false });
    expect(entries.map(({ status }) => [status.tools.length, status.leftOut])).toEqual([
      [500, 7],
      [500, 7],
      [0, 507],
    ]);
  });

  test('are those that the options name', () => {
    const entry = entryOf(new ToolTable(), ['work']);
    entry.listed({ tools: [listed('work'), listed('write')], leftOut: 0, isCut: false });
    expect(entry.status.tools).toEqual(['lab__work']);
  });

  test('that are listed again as they were keep their place, and changed ones are replaced', () => {
    const table = new ToolTable();
    const entry = entryOf(table);
    entry.listed({ tools: [listed('a'), listed('b')], leftOut: 0, isCut: false });
    const before = table.find('lab__a');
    entry.listed({ tools: [listed('a'), listed('b', 'Works better.')], leftOut: 0, isCut: false });
    expect(table.find('lab__a')).toBe(before);
    expect(table.find('lab__b')?.description).toBe('Works better.');
  });
});
