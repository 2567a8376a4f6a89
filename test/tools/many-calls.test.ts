import { expect, test } from 'vitest';
import { z } from 'zod';
import { toolNameCharsMax } from '../../src/actors/tools/tool.ts';
import { toolsMax } from '../../src/actors/tools/tool-table.ts';
import { defineTool } from '../../src/index.ts';
import { functionCall, text } from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';

const threads = 50;
const callsPerThread = 20;

test('1,000 calls at once over 50 threads: as many at a time as set, each answered to its own thread, in its order', async () => {
  await using rig = await CodexRig.start();
  let running = 0;
  let mostAtOnce = 0;
  const started = new Map<string, number[]>();
  rig.codex.tools.register(
    defineTool({
      name: 'count',
      description: 'Counts.',
      input: z.object({ number: z.number() }),
      concurrency: 16,
      execute: async ({ number }, { threadId }) => {
        running += 1;
        mostAtOnce = Math.max(mostAtOnce, running);
        started.set(threadId, [...(started.get(threadId) ?? []), number]);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return `${threadId}:${number}`;
      },
    }),
  );
  const numbers = Array.from({ length: callsPerThread }, (_, index) => index);
  rig.model.script(({ step }) =>
    step === 0 ? numbers.map((number) => functionCall('count', { number })) : [text('counted')],
  );
  const all = Array.from({ length: threads }, () => rig.codex.startThread(rig.threadOptions));
  const results = await Promise.all(all.map((thread) => thread.run('count')));
  expect(new Set(results.map(({ finalResponse }) => finalResponse))).toEqual(new Set(['counted']));
  expect(mostAtOnce).toBe(16);
  expect(rig.codex.tools.metrics.count).toMatchObject({
    running: 0,
    succeeded: threads * callsPerThread,
    failed: {},
  });
  for (const { id } of all) {
    const outputs = rig.model
      .requestsOf(id ?? '')
      .at(-1)
      ?.toolOutputs.map(({ output }) => output);
    expect(outputs).toEqual(numbers.map((number) => `${id}:${number}`));
    expect(started.get(id ?? '')).toHaveLength(callsPerThread);
  }
}, 60_000);

test('a thread is offered 1,000 tools with names of 64 characters, and the last of them is found and called', async () => {
  await using rig = await CodexRig.start();
  const nameOf = (index: number) => `tool_${index}_`.padEnd(toolNameCharsMax, 'x');
  for (let index = 0; index < toolsMax; index += 1) {
    const tool = {
      name: nameOf(index),
      description: 'One of many.',
      input: z.object({ number: z.number() }),
    };
    rig.codex.tools.register(defineTool({ ...tool, execute: ({ number }) => `${index}:${number}` }));
  }
  rig.model.enqueue([functionCall(nameOf(toolsMax - 1), { number: 7 })], [text('done')]);
  const thread = rig.codex.startThread(rig.threadOptions);
  expect((await thread.run('work')).finalResponse).toBe('done');
  const requests = rig.model.requestsOf(thread.id ?? '');
  const offered = JSON.stringify(requests[0]?.body.tools);
  for (let index = 0; index < toolsMax; index += 1) expect(offered).toContain(`"${nameOf(index)}"`);
  expect(requests.at(-1)?.toolOutputs).toMatchObject([{ output: '999:7' }]);
}, 60_000);
