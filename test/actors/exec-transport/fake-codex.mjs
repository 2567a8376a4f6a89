#!/usr/bin/env node
// Plays `codex exec` where the real one cannot be made to misbehave. FAKE_CODEX names the scene.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

const scene = process.env.FAKE_CODEX;
const usage = {
  input_tokens: 100,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 10,
  reasoning_output_tokens: 0,
};
const deafScript =
  "process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); setTimeout(() => {}, 60_000)";
const lineMax = 60 * 1024 * 1024;

function print(value) {
  process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
}

function begin() {
  print({ type: 'thread.started', thread_id: 'thread-1' });
  print({ type: 'turn.started' });
}

function answer(text) {
  print({ type: 'item.completed', item: { id: 'item_0', type: 'agent_message', text } });
}

/** A process that holds this one's stdout, for a minute or until it is killed, in a group of its own. */
function holdStdout() {
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], {
    stdio: ['ignore', 'inherit', 'ignore'],
    detached: true,
  });
  print({
    type: 'item.completed',
    item: { id: 'item_1', type: 'agent_message', text: `holder ${holder.pid}` },
  });
  holder.unref();
}

/** Stays until it is killed, or whoever started it has gone: a test runner that is killed must leave nothing. */
function stay() {
  // The pipe of stdout is a socket: its other end is closed with the process that reads it.
  new Socket({ fd: 1, readable: true, writable: false }).once('end', () => process.exit()).resume();
}

/** A process of the same group, which the death of this one alone would leave. */
function grandchild() {
  const child = spawn(process.execPath, ['-e', deafScript], { stdio: 'ignore' });
  print({
    type: 'item.completed',
    item: { id: 'item_1', type: 'agent_message', text: `child ${child.pid}` },
  });
}

const scenes = {
  'dies before reading': () => process.exit(7),
  'error then exit 0': () => {
    begin();
    print({ type: 'error', message: 'the model is on fire' });
  },
  'exit 0 without an end': () => {
    begin();
    answer('half');
  },
  'dies by signal': () => {
    begin();
    process.stdout.write('', () => process.kill(process.pid, 'SIGKILL'));
  },
  'stays, descendant holds stdout': () => {
    begin();
    holdStdout();
    stay();
  },
  'stays, ignores polite signals': () => {
    process.on('SIGTERM', () => {});
    process.on('SIGINT', () => {});
    begin();
    stay();
  },
  'stays with a child, ignores polite signals': () => {
    process.on('SIGTERM', () => {});
    process.on('SIGINT', () => {});
    begin();
    grandchild();
    stay();
  },
  'completes, descendant holds stdout': () => {
    holdStdout();
    begin();
    answer('done');
    print({ type: 'turn.completed', usage });
  },
  'ends without a verdict, descendant holds stdout': () => {
    holdStdout();
    begin();
  },
  'completes, but stays': () => {
    begin();
    answer('done');
    print({ type: 'turn.completed', usage });
    stay();
  },
  'usage null': () => {
    begin();
    answer('done');
    print({ type: 'turn.completed', usage: null });
  },
  'garbage between events': () => {
    begin();
    print('this is not JSON');
    print('{"type":');
    print('[]');
    answer('done');
    process.stdout.write(JSON.stringify({ type: 'turn.completed', usage }));
  },
  'long line and long stderr': () => {
    begin();
    answer('x'.repeat(lineMax));
    process.stderr.write('e'.repeat(lineMax), () => print({ type: 'turn.completed', usage }));
  },
  'completes, then exits 1': () => {
    begin();
    answer('done');
    print({ type: 'turn.completed', usage });
    process.exitCode = 1;
  },
  'refuses its options': () => {
    process.stderr.write('Error: the flux capacitor is missing; key sk-secretsecretsecretsecret\n');
    process.exitCode = 1;
  },
  'records how it was started': () => {
    let prompt = '';
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (chunk) => {
      prompt += chunk;
    });
    process.stdin.on('end', () => {
      const record = { args: process.argv.slice(2), env: process.env, cwd: process.cwd(), prompt };
      writeFileSync(process.env.FAKE_RECORD, JSON.stringify(record));
      begin();
      print({ type: 'turn.completed', usage });
    });
  },
};

// What words it takes it does not tell.
if (process.argv[2] === 'app-server') process.exitCode = 1;
else scenes[scene]();
