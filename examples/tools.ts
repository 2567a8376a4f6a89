/** Lets the model call a function of this program, first wrongly and then rightly, on the real binary with a scripted model. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { Codex, defineTool } from '../src/index.ts';
import { createCodexHome, functionCall, ScriptedModel, text } from '../src/testing/index.ts';

const lookup = defineTool({
  name: 'lookup_order',
  description: 'Finds an order by its number.',
  input: z.object({ number: z.number().int() }),
  execute: ({ number }, { progress }) => {
    progress('asking the shop');
    return { number, state: 'paid' };
  },
});

await using model = await ScriptedModel.start();
await using home = await createCodexHome({ model });
model.enqueue(
  [functionCall('lookup_order', { number: 'seven' })],
  [functionCall('lookup_order', { number: 7 })],
  [text('Order 7 is paid.')],
);

await using codex = new Codex({ codexPathOverride: home.executable, env: home.env, profile: 'lean' });
const handle = codex.tools.register(lookup);
const thread = codex.startThread({ workingDirectory: home.workingDirectory, model: 'gpt-5.5' });
const { finalResponse } = await thread.run('Where is order seven?');

assert.equal(finalResponse, 'Order 7 is paid.');
assert.equal(codex.tools.metrics.lookup_order?.succeeded, 1);
assert.deepEqual(codex.tools.metrics.lookup_order?.failed, { invalid_arguments: 1 });
assert.equal(handle.deregister(), true);
process.stdout.write(`${finalResponse}\n`);
