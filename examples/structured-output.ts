/** Asks for an answer in a type, on the real binary with a scripted model: the first answer is wrong, the second is right. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { Codex } from '../src/index.ts';
import { createCodexHome, ScriptedModel, text } from '../src/testing/index.ts';

const Review = z.object({
  verdict: z.enum(['merge', 'hold']),
  reasons: z.array(z.string()),
  ticket: z.string().optional(),
});

await using model = await ScriptedModel.start();
await using home = await createCodexHome({ model });
model.enqueue(
  [text('Looks good to me!')],
  [text('{"verdict":"hold","reasons":["the build is red"],"ticket":null}')],
);

await using codex = new Codex({ codexPathOverride: home.executable, env: home.env, profile: 'lean' });
const thread = codex.startThread({ workingDirectory: home.workingDirectory, model: 'gpt-5.5' });
const { output, items } = await thread.run('Review the last commit', { output: Review });

assert.deepEqual(output, { verdict: 'hold', reasons: ['the build is red'] });
assert.equal(items.length, 2, 'one answer that did not match, and the one that did');
process.stdout.write(`${output.verdict}: ${output.reasons.join(', ')}\n`);
