#!/usr/bin/env node
// Speaks just enough of the app-server protocol to do what the real one cannot be made to do.
// FAKE_BEHAVIOUR chooses how it lives; requests named test/… make it act.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';

const behaviour = process.env.FAKE_BEHAVIOUR ?? 'answers';
const write = (text) => new Promise((resolve) => process.stdout.write(text, resolve));
const send = (message) => write(`${JSON.stringify(message)}\n`);
const held = [];

const handlers = {
  initialize: () => (behaviour === 'senseless' ? 17 : { userAgent: 'fake/1.2.3 (test)', codexHome: '/home' }),
  /** Writes the text as it is, then answers. */
  'test/write': async ({ text }) => {
    await write(text);
    return {};
  },
  /** Writes a line of `bytes` bytes, and as much to stderr. */
  'test/flood': async ({ bytes }) => {
    const piece = 'x'.repeat(1024 * 1024 - 1);
    await write('{"method":"big","params":{"filler":"');
    for (let written = 0; written < bytes; written += piece.length + 1) {
      await write(`${piece}x`);
      await new Promise((resolve) => process.stderr.write(`${piece}\n`, resolve));
    }
    await write('"}}\n');
    return {};
  },
  /** Answers only when told to, by test/release. */
  'test/hold': () => new Promise((resolve) => held.push(resolve)),
  'test/release': () => {
    for (const resolve of held.splice(0)) resolve({ late: true });
    return {};
  },
  /** Ends with half a line unwritten, and no answer. */
  'test/dieAfter': ({ text }) => write(text).then(() => process.kill(process.pid, 'SIGKILL')),
  /** What the client answered to server requests so far. */
  'test/answers': () => answers,
  'test/pid': () => process.pid,
};
const answers = [];

async function receive(line) {
  const message = JSON.parse(line);
  if (message.method === undefined) {
    answers.push(message);
    return;
  }
  const handler = handlers[message.method];
  if (message.id === undefined) return;
  if (handler === undefined)
    await send({ id: message.id, error: { code: -32600, message: `unknown ${message.method}` } });
  else await send({ id: message.id, result: await handler(message.params) });
}

function holdStdout(options) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'inherit', 'ignore'],
    ...options,
  });
  child.unref();
}

if (behaviour === 'exits') {
  process.stderr.write('OPENAI_API_KEY=sk-verysecret refused\nno such option\n');
  process.exitCode = Number(process.env.FAKE_EXIT_CODE);
} else if (behaviour === 'deaf') {
  // Takes what one pipe holds, then dies.
  process.stdin.once('readable', () => process.exit(9));
} else {
  if (behaviour === 'stubborn') {
    process.on('SIGTERM', () => {});
    setInterval(() => {}, 1_000);
  }
  if (behaviour === 'held') holdStdout({});
  if (behaviour === 'heldOutside') holdStdout({ detached: true });
  if (behaviour !== 'silent') createInterface({ input: process.stdin }).on('line', receive);
  else process.stdin.resume();
}
