/**
 * A thread is summed up, reviewed, forked and taken back; threads are labelled, found again and put away. Run it with
 * `node examples/thread-operations.ts`.
 */
import { strict as assert } from 'node:assert';
import { Codex } from 'codex-actors';
import { createCodexHome, ScriptedModel, text } from 'codex-actors/testing';

await using model = await ScriptedModel.start();
await using home = await createCodexHome({ model });
const review = {
  findings: [],
  overall_correctness: 'patch is correct',
  overall_explanation: 'Nothing to complain of.',
  overall_confidence_score: 1,
};
model.enqueue(
  [text('The test of the parser fails.')],
  [text(JSON.stringify(review))],
  [text('In the fork I rewrite the parser.')],
  [text('I mend the parser.')],
  [text('We talked about the parser.')],
);

await using codex = new Codex({ codexPathOverride: home.executable, env: home.env, profile: 'lean' });
const thread = codex.startThread({
  workingDirectory: home.workingDirectory,
  model: 'gpt-5.5',
  approvalPolicy: 'never',
  // The lean profile keeps threads as `legacy`, which cannot be reverted.
  historyMode: 'paginated',
});

await thread.run('Why does the build fail?');
const { finalResponse } = await thread.review({ type: 'uncommittedChanges' });
console.log('review:', finalResponse);

const attempt = await thread.fork();
console.log('fork:', (await attempt.run('Rewrite it.')).finalResponse);
console.log('source:', (await thread.run('Mend it.')).finalResponse);

const { threads } = codex;
const id = thread.id ?? '';
const turns = [];
for await (const turn of threads.turns(id, { first: 'oldest' })) turns.push(turn);
const last = turns.at(-1);
assert.equal(last?.prompt, 'Mend it.');
await thread.revert(last.id);
await thread.compact();

await thread.setName('the build');
await threads.labels.add(id, 'nightly');
await threads.metadata.set(id, 'ticket', { id: 4711 });
for await (const found of threads.labels.find('nightly')) {
  const { name } = await threads.read(found.threadId);
  console.log('labelled:', name, (await threads.metadata.get(found.threadId)).get('ticket'));
  assert.equal(found.threadId, id);
}

await thread.archive();
const listed = [];
for await (const record of threads.list()) listed.push(record.id);
assert.deepEqual(listed, [attempt.id]);
await assert.rejects(thread.run('Are you there?'), { code: 'thread_closed' });
await threads.unarchive(id);
console.log('back:', (await codex.resumeThread(id).run('Are you there?')).finalResponse);
