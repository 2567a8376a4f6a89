import path from 'node:path';
import { expect, test } from 'vitest';
import { functionCall, text } from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';

const server = path.join(import.meta.dirname, '../fixtures-processes/stdio-mcp-server.js');

/** Runs a turn in which the model calls the tool of an MCP server of Codex's, and tells what came of it. */
async function callThrough(behaviour: string) {
  const lab = {
    command: process.execPath,
    args: [server],
    env: { MCP_BEHAVIOUR: behaviour },
    startup_timeout_sec: 5,
    tool_timeout_sec: 1,
  };
  const rig = await CodexRig.start({ config: { mcp_servers: { lab } } });
  rig.model.enqueue([functionCall('work', {}, { namespace: 'mcp__lab' })], [text('went on')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  const { finalResponse, items } = await thread.run('work');
  const calls = items.filter((item) => item.type === 'mcp_tool_call');
  const told = JSON.stringify(rig.model.requestsOf(thread.id ?? '').at(-1)?.toolOutputs);
  expect(await rig.close()).toEqual([]);
  return { finalResponse, calls, told };
}

test.each(['answers', 'prints garbage', 'answers twice', 'lists many'])(
  'an MCP server given by config that %s: its tool is called once, and the model gets its result',
  async (behaviour) => {
    const { finalResponse, calls, told } = await callThrough(behaviour);
    expect(finalResponse).toBe('went on');
    expect(calls).toMatchObject([{ server: 'lab', tool: 'work', status: 'completed' }]);
    expect(told).toContain('worked');
    expect(told).not.toContain('again');
  },
  60_000,
);

test.each(['dies', 'hangs'])(
  'an MCP server that %s in the middle of a call: the call fails, the turn goes on, and no process is left',
  async (behaviour) => {
    const { finalResponse, calls } = await callThrough(behaviour);
    expect(finalResponse).toBe('went on');
    expect(calls).toMatchObject([{ server: 'lab', tool: 'work', status: 'failed' }]);
  },
  60_000,
);

test('an MCP server that hangs at its handshake: the turn goes on without it, and no process is left', async () => {
  const { finalResponse, calls } = await callThrough('hangs at handshake');
  expect([finalResponse, calls.filter(({ status }) => status === 'completed')]).toEqual(['went on', []]);
}, 60_000);
