import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { McpCalls } from '../../src/actors/mcp/mcp-calls.ts';
import { McpConnection } from '../../src/actors/mcp/mcp-connection.ts';
import { mcpAnswerBytesMax } from '../../src/actors/mcp/unreferenced-fetch.ts';
import { Codex, type McpServerOptions } from '../../src/index.ts';
import { systemClock } from '../../src/supervisor/system-clock.ts';
import { writtenDown } from '../codex/written-down.ts';
import { McpRig, nothingLeft } from './mcp-rig.ts';

const secret = 'hush-4711-hush';

test('the secrets of a server stand in nothing that an inspector is told', async () => {
  const seen: string[] = [];
  const codex = new Codex({ inspect: (event: InspectionEvent) => void seen.push(writtenDown(event)) });
  const servers: readonly McpServerOptions[] = [
    { command: '/nonexistent/lab', env: { LAB_PASS: secret } },
    { url: 'http://127.0.0.1:9/', headers: { 'x-pass': secret } },
  ];
  for (const server of servers) await codex.mcp.connect('lab', server).catch(() => undefined);
  await codex.close();
  expect(seen.some((text) => text.includes('mcp.start'))).toBe(true);
  for (const text of seen) expect(text).not.toContain(secret);
});

test('a server that answers with the headers it was sent: they stand in no error of a call, as no cause either', async () => {
  const { url, stop } = await httpServer((request, response) =>
    response.writeHead(500).end(request.headers['x-pass']),
  );
  const server = { url, headers: { 'x-pass': secret } };
  const nobody = { lost: () => undefined, toolsChanged: () => undefined, elicited: decline };
  const connection = new McpConnection({ name: 'lab', server, clock: systemClock }, nobody);
  await connection.open();
  const calls = new McpCalls('lab', { clock: systemClock, random: () => 0 });
  calls.usable(connection);
  const tool = { name: 'work', description: '', inputSchema: {}, repeatable: false };
  const run = { ...nowhere, signal: new AbortController().signal, ask: decline, progress: () => undefined };
  const error: unknown = await calls
    .run({ type: 'mcp.call', tool, args: {}, run })
    .catch((cause: unknown) => cause);
  expect(error).toMatchObject({
    code: 'mcp_server_failed',
    message: expect.stringContaining('[redacted]'),
  });
  expect(writtenDown(error)).not.toContain(secret);
  await connection.release();
  await stop();
});

test.each(['application/json', 'text/event-stream'])(
  'a server whose answer has no end is read to the limit, and its call fails: %s',
  async (type) => {
    const rig = await McpRig.start('HTTP', 'answers');
    const chunk = Buffer.alloc(1_048_576, 'x');
    let bytes = 0;
    const { url, stop } = await httpServer((_request, response) => {
      response.setHeader('content-type', type);
      const more = () => {
        do bytes += chunk.length;
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    await rig.connect({ url });
    expect((await rig.call('lab__work')).success).toBe(false);
    expect(bytes).toBeGreaterThan(mcpAnswerBytesMax);
    expect(bytes).toBeLessThan(2 * mcpAnswerBytesMax);
    expect(await rig.close()).toEqual(nothingLeft);
    await stop();
  },
);

/** A server with one tool that changes something; `call` answers its calls. */
async function httpServer(call: RequestListener): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    let body = '';
    for await (const chunk of request) body += chunk;
    const { id, method, params } = JSON.parse(body);
    if (method === 'tools/call') return call(request, response);
    if (id === undefined) return response.writeHead(202).end();
    const tools = [{ name: 'work', inputSchema: { type: 'object' } }];
    const begun = { protocolVersion: params.protocolVersion, serverInfo: { name: 'lab', version: '1.0.0' } };
    const result = method === 'initialize' ? { ...begun, capabilities: { tools: {} } } : { tools };
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const decline = () => Promise.resolve({ action: 'decline' } as const);
const nowhere = { threadId: 'thread', turnId: 'turn', callId: 'call' };
