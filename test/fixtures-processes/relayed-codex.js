#!/usr/bin/env node
// The real Codex behind a relay that holds back single requests and answers: a server that is slow, or dies, right where a test wants it.
// REAL_CODEX is the real one; RELAY_PORT is where the test listens that says what to hold.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';

const child = spawn(process.env.REAL_CODEX ?? '', process.argv.slice(2), {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const control = connect(Number(process.env.RELAY_PORT), '127.0.0.1');
const say = (message) => control.write(`${JSON.stringify(message)}\n`);
const linesOf = (stream, take) => createInterface({ input: stream }).on('line', take);

/** By method: the next answer is held back, or the next request delayed, refused or lost. */
const toHold = new Set();
const toDelay = new Set();
const toRefuse = new Set();
const toLose = new Set();
/** By id of a request whose answer is to be held back: its method. */
const awaited = new Map();
const held = new Map();
const delayed = new Map();

const orders = {
  hold: (method) => toHold.add(method),
  delay: (method) => toDelay.add(method),
  refuse: (method) => toRefuse.add(method),
  lose: (method) => toLose.add(method),
  release: (method) => {
    process.stdout.write(`${held.get(method)}\n`);
    held.delete(method);
  },
  pass: (method) => {
    child.stdin.write(`${delayed.get(method)}\n`);
    delayed.delete(method);
  },
};
linesOf(control, (line) => {
  const { order, method } = JSON.parse(line);
  orders[order](method);
  say({ did: order, method });
});
linesOf(process.stdin, (line) => {
  const { id, method } = JSON.parse(line);
  if (toRefuse.delete(method)) {
    const error = { code: -32600, message: 'refused by the relay' };
    process.stdout.write(`${JSON.stringify({ id, error })}\n`);
    return;
  }
  if (toLose.delete(method)) {
    say({ did: 'lost', method });
    return;
  }
  if (toDelay.delete(method)) {
    delayed.set(method, line);
    say({ did: 'delayed', method });
    return;
  }
  if (toHold.delete(method)) awaited.set(id, method);
  child.stdin.write(`${line}\n`);
}).on('close', () => child.stdin.end());
linesOf(child.stdout, (line) => {
  const { id, method } = JSON.parse(line);
  const asked = method === undefined ? awaited.get(id) : undefined;
  if (asked === undefined) {
    process.stdout.write(`${line}\n`);
    return;
  }
  awaited.delete(id);
  held.set(asked, line);
  say({ did: 'held', method: asked });
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
