/**
 * The whole of it in one run, without a key and without a network: a scripted model on loopback, a supervised Codex process, a turn with a
 * command, a SIGKILL, the restart, and a second turn that knows the first. `npm start`
 */
import { strict as assert } from 'node:assert';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Codex } from 'codex-actors';
import { ThreadActor } from 'codex-actors/actors';
import {
  command,
  createCodexHome,
  homeMarkVariable,
  type ModelRequest,
  processesLeft,
  ScriptedModel,
  text,
} from 'codex-actors/testing';
import { type Actor, createActor } from 'xstate';

type Thread = Actor<typeof ThreadActor>;

const say = (line: string): void => console.log(`\u2502 ${line}`);

/** The model's part: it counts with a command, and answers the second question from the history it is sent. */
function answer(request: ModelRequest) {
  if (request.prompt.includes('fruits.txt')) {
    const spoken = { deltas: 8, gapMs: 40 };
    return request.step === 0
      ? [command('wc -l fruits.txt')]
      : [text('There are 3 fruits in the file.', spoken)];
  }
  const remembered = request.mentions('There are 3 fruits in the file.');
  return [
    text(remembered ? 'I said three, before the crash.' : 'I remember nothing.', { deltas: 6, gapMs: 40 }),
  ];
}

/** Writes what happens in the thread as a person would want to read it. */
function narrate(thread: Thread): void {
  let state = 'idle';
  thread.subscribe(({ value, context }) => {
    if (value === state) return;
    state = value;
    say(`thread ${context.threadId ?? '(new)'} is ${state}`);
  });
  thread.on('item.delta', ({ kind, delta }) => {
    if (kind === 'text') process.stdout.write(delta);
  });
  thread.on('item.completed', ({ item }) => {
    if (item.type === 'command_execution') say(`$ ${item.command}  \u2192 exit ${item.exit_code}`);
    if (item.type === 'agent_message') process.stdout.write('\n');
  });
  thread.on('turn.completed', ({ usage }) =>
    say(`${usage?.input_tokens} tokens in, ${usage?.output_tokens} out`),
  );
}

/** Runs one turn; the agent's last message. */
function ask(thread: Thread, input: string): Promise<string> {
  console.log(`\n> ${input}`);
  return new Promise((resolve, reject) => {
    const subscriptions = [
      thread.on('turn.completed', ({ finalResponse }) => settle(() => resolve(finalResponse))),
      thread.on('turn.failed', ({ error }) => settle(() => reject(new Error(error.message)))),
    ];
    const settle = (finish: () => void): void => {
      for (const subscription of subscriptions) subscription.unsubscribe();
      finish();
    };
    thread.send({ type: 'turn.run', input });
  });
}

/** Follows the Codex process: each time one is ready, the last of the waiting promises is given its pid. */
function watchProcess(codex: Codex): () => Promise<number> {
  let next = Promise.withResolvers<number>();
  codex.telemetry.subscribe(['port.ready', 'port.exception'], (event) => {
    if (event.name === 'port.exception')
      say(`${event.path} died of ${event.signal}; its supervisor restarts it`);
    if (event.name !== 'port.ready' || event.pid === null) return;
    say(`${event.path} runs Codex as process ${event.pid}`);
    next.resolve(event.pid);
    next = Promise.withResolvers<number>();
  });
  return () => next.promise;
}

await using model = await ScriptedModel.start();
model.script(answer);
await using home = await createCodexHome({ model });
await writeFile(path.join(home.workingDirectory, 'fruits.txt'), 'apple\npear\nquince\n');

const codex = new Codex({ codexPathOverride: home.executable, env: home.env });
const nextProcess = watchProcess(codex);
const firstProcess = nextProcess();
const options = {
  workingDirectory: home.workingDirectory,
  sandboxMode: 'read-only',
  approvalPolicy: 'never',
} as const;
const thread = createActor(ThreadActor, { input: { codex, options } });
narrate(thread);
thread.start();

const first = await ask(thread, 'How many fruits are in fruits.txt?');
const pid = await firstProcess;
console.log(`\n\u2620 kill -9 ${pid}`);
const restarted = nextProcess();
process.kill(pid, 'SIGKILL');
await restarted;
const second = await ask(thread, 'How many did you say?');

await codex.close();
const left = await processesLeft(homeMarkVariable, home.mark, { withinMs: 2_000 });
assert.equal(first, 'There are 3 fruits in the file.');
assert.equal(second, 'I said three, before the crash.');
assert.equal(model.requests.length, 3, 'nothing was submitted twice');
assert.deepEqual(left, [], 'no process is left');
console.log('\nBoth turns ran once, and no process is left.');
