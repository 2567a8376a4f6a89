import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../../src/actors/approvals/index.ts';
import { Codex, type CodexMcpServers, type McpNews, type McpServerOptions } from '../../src/index.ts';
import { functionCall, homeMarkVariable, processesWithEnvironment, text } from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';
import { OauthServer } from './oauth-server.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures-processes');
const stdioServer = path.join(fixtures, 'stdio-mcp-server.js');
/** A value that must not be told to anybody but the server. */
const secret = 'hush-4711-hush';

/** The server on stdio, as one of the application's. Its processes are among those of the home. */
function ownServer(rig: CodexRig, behaviour: string): McpServerOptions {
  const env = { MCP_BEHAVIOUR: behaviour, [homeMarkVariable]: rig.home.mark };
  return { command: process.execPath, args: [stdioServer], env };
}

/** The same, as one that Codex runs. */
function codexServer(behaviour: string): CodexMcpServers[string] {
  const env = { MCP_BEHAVIOUR: behaviour, LAB_TOKEN: secret };
  return { command: process.execPath, args: [stdioServer], env, startupTimeoutMs: 2_000 };
}

const toldLast = ({ model }: CodexRig, threadId: string | null) =>
  JSON.stringify(model.requestsOf(threadId ?? '').at(-1)?.toolOutputs);

/** Resolves with the first news that will do. */
function news(codex: Codex, will: (one: McpNews) => boolean): Promise<McpNews> {
  return new Promise((resolve) => {
    const stop = codex.mcp.subscribe((one) => {
      if (!will(one)) return;
      stop();
      resolve(one);
    });
  });
}

test('a thread is offered the tools of an MCP server of the application, and its call reaches it', async () => {
  const rig = await CodexRig.start();
  await rig.codex.mcp.connect('lab', ownServer(rig, 'answers'));
  rig.model.enqueue([functionCall('lab__work', {})], [text('done')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  expect((await thread.run('work')).finalResponse).toBe('done');
  expect(toldLast(rig, thread.id)).toContain('worked');
  expect(rig.codex.tools.metrics.lab__work).toMatchObject({ succeeded: 1, failed: {} });
  expect(await rig.close()).toEqual([]);
});

test('500 tools of one server are offered to a thread, and the last one works', async () => {
  const rig = await CodexRig.start();
  const { status } = await rig.codex.mcp.connect('lab', ownServer(rig, 'lists many'));
  expect(status.tools).toHaveLength(500);
  rig.model.enqueue([functionCall('lab__work', {})], [text('done')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  expect((await thread.run('work')).finalResponse).toBe('done');
  const offered = JSON.stringify(rig.model.requestsOf(thread.id ?? '')[0]?.body.tools);
  expect([offered.includes('"lab__other_497"'), toldLast(rig, thread.id)]).toEqual([
    true,
    expect.stringContaining('worked'),
  ]);
  expect(await rig.close()).toEqual([]);
});

test('an MCP server that is killed in a call costs that call, and the turn goes on', async () => {
  const rig = await CodexRig.start();
  await rig.codex.mcp.connect('lab', ownServer(rig, 'dies'));
  rig.model.enqueue([functionCall('lab__write', {})], [text('went on')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  expect((await thread.run('work')).finalResponse).toBe('went on');
  expect(toldLast(rig, thread.id)).toContain('may have done its work');
  expect(await rig.close()).toEqual([]);
});

test('a Codex process that is killed during a call ends the call; the server stays, and is called again', async () => {
  const rig = await CodexRig.start();
  const server = await rig.codex.mcp.connect('lab', ownServer(rig, 'hangs'));
  rig.model.enqueue([functionCall('lab__work', {})]);
  const thread = rig.codex.startThread(rig.threadOptions);
  const called = new Promise<void>((resolve) => {
    rig.codex.telemetry.subscribe('tool.start', () => resolve());
  });
  const turn = thread.run('work');
  await called;
  for (const { pid, name } of await processesWithEnvironment(homeMarkVariable, rig.home.mark))
    if (name.startsWith('codex')) process.kill(pid, 'SIGKILL');
  await expect(turn).rejects.toMatchObject({ code: 'turn_cut_off' });
  await rig.codex.telemetry.flush();
  expect(rig.codex.tools.metrics.lab__work).toMatchObject({ running: 0, failed: { interrupted: 1 } });
  expect(server.status).toMatchObject({ state: 'ready', failures: 0 });
  expect(await rig.close()).toEqual([]);
});

test('a server of the application that asks back: a person answers through the queue of approvals', async () => {
  const rig = await CodexRig.start({ approvals: ask() });
  await rig.codex.mcp.connect('lab', ownServer(rig, 'asks back'));
  rig.model.enqueue([functionCall('lab__work', {})], [text('done')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  rig.codex.approvals.subscribe((one) => {
    if (one.type !== 'deciding') return;
    expect(one.approval.request).toMatchObject({
      kind: 'elicitation',
      serverName: 'lab',
      threadId: thread.id,
    });
    rig.codex.approvals
      .decide(one.approval.id, { type: 'acceptWithContent', content: { name: 'Ada' } })
      .catch(() => undefined);
  });
  await thread.run('work');
  expect(toldLast(rig, thread.id)).toContain('Ada');
  expect(await rig.close()).toEqual([]);
});

test('a server of the application that asks back is declined where nobody decides', async () => {
  const rig = await CodexRig.start();
  await rig.codex.mcp.connect('lab', ownServer(rig, 'asks back'));
  rig.model.enqueue([functionCall('lab__work', {})], [text('done')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  await thread.run('work');
  expect(toldLast(rig, thread.id)).toContain('decline');
  expect(await rig.codex.approvals.list()).toEqual([]);
  expect(await rig.close()).toEqual([]);
});

test('servers that Codex runs: their starts are told, their standing can be asked, and a reload starts them anew', async () => {
  const servers = { lab: codexServer('answers'), mute: codexServer('hangs at handshake') };
  const rig = await CodexRig.start({ mcpServers: servers });
  const { codex } = rig;
  const told: object[] = [];
  codex.telemetry.subscribe('mcp.startup', ({ server, status }) => {
    told.push({ server, status });
  });
  const failed = news(codex, (one) => one.type === 'startup' && one.startup.status === 'failed');
  rig.model.enqueue([functionCall('work', {}, { namespace: 'mcp__lab' })], [text('done')], [text('again')]);
  const thread = codex.startThread(rig.threadOptions);
  expect((await thread.run('work')).finalResponse).toBe('done');
  await failed;
  const threadId = thread.id ?? '';
  expect(codex.mcp.startups.toSorted((one, other) => one.server.localeCompare(other.server))).toMatchObject([
    { server: 'lab', threadId, status: 'ready', error: null },
    { server: 'mute', threadId, status: 'failed', error: expect.stringContaining('timed out') },
  ]);
  await codex.telemetry.flush();
  expect(told).toEqual(
    expect.arrayContaining([
      { server: 'lab', status: 'starting' },
      { server: 'lab', status: 'ready' },
      { server: 'mute', status: 'failed' },
    ]),
  );
  expect(await codex.mcp.status({ threadId })).toEqual([
    {
      name: 'lab',
      connection: 'connected',
      auth: 'unsupported',
      tools: ['work', 'write'],
      error: null,
      httpOrigin: null,
    },
    expect.objectContaining({ name: 'mute', connection: 'failed', tools: [] }),
  ]);
  const restarted = news(codex, (one) => one.type === 'startup' && one.startup.status === 'starting');
  await codex.mcp.reload();
  await thread.run('again');
  expect(await restarted).toMatchObject({ startup: { server: 'mute', threadId } });
  expect(await rig.close()).toEqual([]);
}, 60_000);

test('a server of one thread is that thread’s alone, and its secrets stand in no argument and no error', async () => {
  const rig = await CodexRig.start();
  rig.model.enqueue([functionCall('work', {}, { namespace: 'mcp__lab' })], [text('one')], [text('two')]);
  const thread = rig.codex.startThread({
    ...rig.threadOptions,
    mcpServers: { lab: codexServer('answers') },
  });
  await thread.run('work');
  expect(toldLast(rig, thread.id)).toContain('worked');
  const other = rig.codex.startThread(rig.threadOptions);
  await other.run('look around');
  expect(await rig.codex.mcp.status({ threadId: other.id ?? '' })).toEqual([]);
  const codexes = await processesWithEnvironment(homeMarkVariable, rig.home.mark);
  const arguments_ = await Promise.all(codexes.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  expect(arguments_.join('\n')).toContain('app-server');
  expect(arguments_.join('\n')).not.toContain(secret);
  const environments = await Promise.all(
    codexes
      .filter(({ name }) => name.startsWith('codex'))
      .map(({ pid }) => readFile(`/proc/${pid}/environ`, 'utf8')),
  );
  expect(environments.join('\n')).not.toContain(secret);
  expect(await rig.close()).toEqual([]);
});

test('a server of Codex over HTTP is given its headers', async () => {
  const http = spawn(process.execPath, [path.join(fixtures, 'http-mcp-server.js')], {
    env: { MCP_BEHAVIOUR: 'answers' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(http.stdout, 'data');
  const url = `http://127.0.0.1:${String(port).trim()}/mcp`;
  const rig = await CodexRig.start({ mcpServers: { lab: { url, headers: { 'x-key': 'open sesame' } } } });
  rig.model.enqueue([functionCall('work', {}, { namespace: 'mcp__lab' })], [text('done')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  await thread.run('work');
  expect(toldLast(rig, thread.id)).toContain('worked');
  expect(await rig.close()).toEqual([]);
  http.stdin.end();
  await once(http, 'exit');
});

test('a login to a server that Codex runs: the page is told, its end too, and the page itself goes to no log', async () => {
  await using oauth = await OauthServer.start();
  const rig = await CodexRig.start({ mcpServers: { tickets: { url: oauth.url } } });
  rig.model.enqueue([text('hello')]);
  const { codex } = rig;
  const thread = codex.startThread(rig.threadOptions);
  await thread.run('hello');
  const threadId = thread.id ?? '';
  expect(await codex.mcp.status({ threadId })).toMatchObject([
    { name: 'tickets', httpOrigin: new URL(oauth.url).origin },
  ]);
  const events: object[] = [];
  codex.telemetry.subscribe('*', (event) => {
    events.push(event);
  });
  const started = news(codex, ({ type }) => type === 'login_started');
  const completed = news(codex, ({ type }) => type === 'login_completed');
  const { authorizationUrl } = await codex.mcp.login('tickets', { threadId });
  expect(await started).toEqual({ type: 'login_started', server: 'tickets', authorizationUrl });
  await oauth.agree(authorizationUrl);
  expect(await completed).toMatchObject({ login: { server: 'tickets', success: true, error: null } });
  await codex.telemetry.flush();
  expect(events).toContainEqual(
    expect.objectContaining({ name: 'mcp.login_completed', server: 'tickets', success: true }),
  );
  expect(JSON.stringify(events)).not.toContain('code_challenge');
  expect(await rig.close()).toEqual([]);
});

test('on the exec transport MCP servers are refused at the call', async () => {
  const servers = { lab: { command: 'lab' } };
  const refused = expect.objectContaining({ code: 'invalid_option', field: 'transport' });
  expect(() => new Codex({ transport: 'exec', mcpServers: servers })).toThrow(refused);
  const codex = new Codex({ transport: 'exec' });
  expect(() => codex.startThread({ mcpServers: servers })).toThrow(refused);
  await expect(codex.mcp.connect('lab', { command: 'lab' })).rejects.toEqual(refused);
  await expect(codex.mcp.status()).rejects.toEqual(refused);
  await codex.close();
});
