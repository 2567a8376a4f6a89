/** Codex asks before it runs commands: one is allowed by a policy, one by a person, one by nobody. Run it with `node examples/approvals.ts`. */
import { strict as assert } from 'node:assert';
import { Codex } from 'codex-actors';
import { ask, command, deny, firstOf } from 'codex-actors/approvals';
import { createCodexHome, ScriptedModel, command as shell, text } from 'codex-actors/testing';

await using model = await ScriptedModel.start();
await using home = await createCodexHome({ model });
const wanted = ['git --version', 'touch report.txt', 'rm -rf report.txt'];
model.script(({ step }) => {
  const next = wanted[step];
  return [next === undefined ? text('That is all.') : shell(next)];
});

await using codex = new Codex({
  codexPathOverride: home.executable,
  env: home.env,
  profile: 'lean',
  // The first that has an opinion decides; what is left goes to a person.
  approvals: firstOf(
    command('git --version'),
    command('rm *', deny({ reason: 'nothing is deleted' })),
    ask(),
  ),
  approvalTimeoutMs: 60_000,
});

const ends: string[] = [];
codex.approvals.subscribe((news) => {
  const { id, request } = news.approval;
  if (request.kind !== 'command') return;
  if (news.type === 'settled') {
    const { status, by } = news.approval.outcome;
    ends.push(`${status} by ${by}`);
    console.log(`${request.command}: ${status} by ${by}`);
  }
  // A person; here she always says yes.
  if (news.type === 'deciding') void codex.approvals.decide(id, { type: 'accept' }, { who: 'ada' });
});

const thread = codex.startThread({
  workingDirectory: home.workingDirectory,
  skipGitRepoCheck: true,
  model: 'gpt-5.5',
  sandboxMode: 'workspace-write',
  approvalPolicy: 'untrusted',
});
const { finalResponse, items } = await thread.run('Write a report, then delete it.');

assert.equal(finalResponse, 'That is all.');
assert.deepEqual(ends, ['accepted by policy', 'accepted by person', 'declined by policy']);
assert.deepEqual(
  items.flatMap((item) => (item.type === 'command_execution' ? [item.exit_code] : [])).slice(0, 2),
  [0, 0],
);
assert.deepEqual(await codex.approvals.list(), []);
