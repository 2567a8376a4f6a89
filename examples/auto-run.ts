/**
 * Turns that go on by themselves: a model that is busy at first, a process that is killed half-way, a command, and a budget that holds.
 * Run it with `node examples/auto-run.ts`.
 */
import { strict as assert } from 'node:assert';
import { Codex } from 'codex-actors';
import {
  command,
  createCodexHome,
  homeMarkVariable,
  httpError,
  processesLeft,
  ScriptedModel,
  text,
} from 'codex-actors/testing';

await using model = await ScriptedModel.start();
await using home = await createCodexHome({ model });
const gate = model.hold();
model.enqueue(
  [httpError(429)],
  [text('I begin. '), gate.action],
  [command('echo 2 tests fail')],
  [text('Two still fail.')],
  [text('ALL GREEN')],
);

await using codex = new Codex({ codexPathOverride: home.executable, env: home.env, profile: 'lean' });
codex.telemetry.subscribe('auto_run.retry', ({ error, attempt, delayMs }) =>
  console.log(`attempt ${attempt} failed (${error.code}); the next one in ${Math.round(delayMs)} ms`),
);
const thread = codex.startThread({
  workingDirectory: home.workingDirectory,
  skipGitRepoCheck: true,
  model: 'gpt-5.5',
  sandboxMode: 'danger-full-access',
  approvalPolicy: 'never',
});

const running = thread.runAuto('Make the tests pass.', {
  until: ({ finalResponse }) => finalResponse.includes('ALL GREEN'),
  continueWith: ({ finalResponse }) => `You say: ${finalResponse} Go on, and say ALL GREEN when none fails.`,
  backoff: { initialDelayMs: 50 },
  tokenBudget: 10_000,
});
// What a machine does at night: the process dies in the middle of a turn.
await gate.reached();
for (const { pid } of await processesLeft(homeMarkVariable, home.mark, { withinMs: 0 }))
  process.kill(pid, 'SIGKILL');

const run = await running;
for (const { turn, attempt, status } of run.attempts)
  console.log(`turn ${turn}, attempt ${attempt}: ${status}`);
console.log(`${run.status}: ${run.finalResponse}, ${run.usage.input_tokens} tokens in`);

assert.equal(run.status, 'done');
assert.deepEqual(
  run.attempts.map(({ turn, status }) => `${turn} ${status}`),
  ['1 failed', '1 failed', '1 completed', '2 completed'],
);
// The task was told once, however often it was tried.
assert.equal(model.submissionsOf('Make the tests pass.').length, 1);

const spent = await thread.runAuto('Write a novel.', { until: () => false, tokenBudget: 300 });
console.log(`${spent.status}: ${spent.status === 'exhausted' ? spent.error.message : ''}`);
assert.ok(spent.status === 'exhausted' && spent.limit === 'tokenBudget');
