/**
 * What a call of an application's tool costs: in the runner alone (argument check, task, deadline, answer), and through Codex, 1,000
 * calls over 50 threads at once.
 */
import { z } from 'zod';
import { ThreadToolCalls } from '../../src/actors/tools/thread-tool-calls.ts';
import { ThreadTools } from '../../src/actors/tools/thread-tools.ts';
import { toolsChild } from '../../src/actors/tools/tool-runner.ts';
import { ToolTable } from '../../src/actors/tools/tool-table.ts';
import { Codex, defineTool } from '../../src/index.ts';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { createCodexHome, functionCall, ScriptedModel, text } from '../../src/testing/index.ts';
import { median, report, timed } from '../measure.ts';

const threads = 50;
const callsPerThread = 20;
const calls = threads * callsPerThread;
const rounds = 5;

const count = defineTool({
  name: 'count',
  description: 'Counts.',
  input: z.object({ number: z.number() }),
  concurrency: 64,
  execute: ({ number }) => String(number),
});

/** Milliseconds for as many calls as above, without Codex. */
async function throughRunner(): Promise<number> {
  const table = new ToolTable();
  table.register(count);
  const system = await ActorSystem.start({ name: 'codex', children: [toolsChild({ table })] });
  const thread = new ThreadToolCalls(system, new ThreadTools(table));
  const elapsed = await timed(
    () =>
      new Promise<void>((resolve) => {
        let answered = 0;
        for (let number = 0; number < calls; number += 1) {
          const params = {
            threadId: 'thread',
            turnId: 'turn',
            callId: `${number}`,
            tool: 'count',
            arguments: { number },
          };
          thread.request({ id: number, method: 'item/tool/call', params }, () => {
            answered += 1;
            if (answered === calls) resolve();
          });
        }
      }),
  );
  await system.stop();
  return elapsed;
}

await using model = await ScriptedModel.start();
await using home = await createCodexHome({ model });
await using codex = new Codex({ codexPathOverride: home.executable, env: home.env, profile: 'lean' });
codex.tools.register(count);
const asked = Array.from({ length: callsPerThread }, (_, number) => functionCall('count', { number }));
model.script(({ step, prompt }) => (step === 0 && prompt === 'count' ? asked : [text('done')]));

/** Milliseconds for one turn of each of new threads, all at once. */
async function throughCodex(prompt: string): Promise<number> {
  const options = { workingDirectory: home.workingDirectory, model: 'gpt-5.5' };
  const started = Array.from({ length: threads }, () => codex.startThread(options));
  await Promise.all(started.map((thread) => thread.run('begin')));
  const elapsed = await timed(() => Promise.all(started.map((thread) => thread.run(prompt))));
  await Promise.all(started.map((thread) => thread.close()));
  model.forgetRequests();
  return elapsed;
}

const alone: number[] = [];
const withCalls: number[] = [];
const withoutCalls: number[] = [];
for (let round = -1; round < rounds; round += 1) {
  const measured = [await throughRunner(), await throughCodex('count'), await throughCodex('plain')];
  if (round < 0) continue;
  for (const [index, samples] of [alone, withCalls, withoutCalls].entries())
    samples.push(measured[index] ?? 0);
}
const figure = (name: string, value: number, unit: 'ms' | 'µs') =>
  ({ name, subject: 'codex-actors', value, unit }) as const;
report({
  suite: 'tool-calls',
  figures: [
    figure('one of 1,000 tool calls, runner alone', (median(alone) / calls) * 1_000, 'µs'),
    figure('50 turns at once, 20 tool calls each', median(withCalls), 'ms'),
    figure('50 turns at once, no tool calls', median(withoutCalls), 'ms'),
  ],
  ratios: [],
});
