import path from 'node:path';
import { expect, test } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { z } from 'zod';
import { defineTool } from '../../src/index.ts';
import { functionCall, homeMarkVariable, text } from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';

const server = path.join(import.meta.dirname, '../fixtures-processes/stdio-mcp-server.js');

test('an inspector is shown who runs the tools, the task of each call, and each MCP server with its chart', async () => {
  const actors: string[] = [];
  const rig = await CodexRig.start({
    inspect: (event: InspectionEvent) => {
      if (event.type === '@xstate.actor') actors.push(event.actorRef.sessionId);
    },
  });
  const env = { MCP_BEHAVIOUR: 'answers', [homeMarkVariable]: rig.home.mark };
  await rig.codex.mcp.connect('lab', { command: process.execPath, args: [server], env });
  rig.codex.tools.register(
    defineTool({ name: 'own', description: 'Ours.', input: z.object({}), execute: () => 'done' }),
  );
  rig.model.enqueue([functionCall('own', {}), functionCall('lab__work', {})], [text('done')]);
  await rig.codex.startThread(rig.threadOptions).run('work');
  expect(await rig.close()).toEqual([]);
  expect(actors).toEqual(
    expect.arrayContaining([
      'codex/tools/runner',
      'codex/mcp/keeper',
      'codex/mcp/servers/lab',
      'codex/mcp/servers/lab/chart',
    ]),
  );
  expect(actors.filter((actor) => actor.startsWith('codex/tools/calls/'))).toHaveLength(2);
});
