import { expect, test } from 'vitest';
import { z } from 'zod';
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
