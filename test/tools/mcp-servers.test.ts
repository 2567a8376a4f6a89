import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { functionCall, text } from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';
import type { Reach } from './mcp-rig.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures-processes');
const reaches: readonly Reach[] = ['stdio', 'HTTP'];

/** A server of that behaviour as Codex's configuration names it, and what ends it. */
async function serverOf(reach: Reach, behaviour: string) {
  const deadlines = { startup_timeout_sec: 5, tool_timeout_sec: 1 };
  const env = { MCP_BEHAVIOUR: behaviour };
  if (reach === 'stdio') {
    const args = [path.join(fixtures, 'stdio-mcp-server.js')];
    return { lab: { command: process.execPath, args, env, ...deadlines }, stop: () => Promise.resolve() };
  }
  const http = spawn(process.execPath, [path.join(fixtures, 'http-mcp-server.js')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(http, 'exit');
  const [port] = await once(http.stdout, 'data');
  const lab = {
    url: `http://127.0.0.1:${String(port).trim()}/mcp`,
    http_headers: { 'x-key': 'open sesame' },
  };
  return {
    lab: { ...lab, ...deadlines },
    stop: async () => {
      http.stdin.end();
      await exited;
    },
  };
}

/** Runs a turn in which the model calls the tool of an MCP server of Codex's, and tells what came of it. */
async function callThrough(reach: Reach, behaviour: string) {
  const { lab, stop } = await serverOf(reach, behaviour);
  const rig = await CodexRig.start({ config: { mcp_servers: { lab } } });
  rig.model.enqueue([functionCall('work', {}, { namespace: 'mcp__lab' })], [text('went on')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  const { finalResponse, items } = await thread.run('work');
  const calls = items.filter((item) => item.type === 'mcp_tool_call');
  const told = JSON.stringify(rig.model.requestsOf(thread.id ?? '').at(-1)?.toolOutputs);
  expect(await rig.close()).toEqual([]);
  await stop();
  return { finalResponse, calls, told };
}

describe.each(reaches)('an MCP server given by config, over %s', (reach) => {
  test.each(['answers', 'prints garbage', 'answers twice', 'lists many', 'changes its list'])(
    'that %s: its tool is called once, and the model gets its result',
    async (behaviour) => {
      const { finalResponse, calls, told } = await callThrough(reach, behaviour);
      expect(finalResponse).toBe('went on');
      expect(calls).toMatchObject([{ server: 'lab', tool: 'work', status: 'completed' }]);
      expect(told).toContain('worked');
      expect(told).not.toContain('again');
    },
    60_000,
  );

  test('that asks back, and nobody decides: it is declined, and the call goes on', async () => {
    const { finalResponse, calls, told } = await callThrough(reach, 'asks back');
    expect(finalResponse).toBe('went on');
    expect(calls).toMatchObject([{ status: 'completed' }]);
    expect(told).toMatch(/decline|cancel/);
  }, 60_000);

  test.each(['dies', 'hangs', 'fails'])(
    'that %s in the middle of a call: the call fails, the turn goes on, and no process is left',
    async (behaviour) => {
      const { finalResponse, calls } = await callThrough(reach, behaviour);
      expect(finalResponse).toBe('went on');
      expect(calls).toMatchObject([{ server: 'lab', tool: 'work', status: 'failed' }]);
    },
    60_000,
  );

  test('that hangs at its handshake: the turn goes on without it, and no process is left', async () => {
    const { finalResponse, calls } = await callThrough(reach, 'hangs at handshake');
    expect([finalResponse, calls.filter(({ status }) => status === 'completed')]).toEqual(['went on', []]);
  }, 60_000);
});
