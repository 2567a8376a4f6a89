// XState machines in a tree: started in order, each when it says that it is ready; restarted together; stopped by an event of their own.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ActorSystem, childSpec } from 'codex-actors/supervisor';
import { fromPromise, setup } from 'xstate';

const log: string[] = [];
const connection = setup({
  types: { events: {} as { type: 'lost' } | { type: 'close' } },
  actors: { dial: fromPromise(() => delay(10)) },
  actions: {
    say: (_, { line }: { line: string }) => log.push(line),
    fail: () => {
      throw new Error('the line is dead');
    },
  },
}).createMachine({
  initial: 'connecting',
  states: {
    connecting: { invoke: { src: 'dial', onDone: 'connected' } },
    connected: {
      entry: { type: 'say', params: { line: 'connected' } },
      on: { lost: { actions: 'fail' }, close: 'closed' },
    },
    closed: { type: 'final', entry: { type: 'say', params: { line: 'closed' } } },
  },
});
const session = setup({ types: { events: {} as { type: 'end' } } }).createMachine({
  initial: 'open',
  entry: () => log.push('session opened'),
  states: { open: { on: { end: 'over' } }, over: { type: 'final' } },
});

const system = await ActorSystem.start({
  strategy: 'rest_for_one',
  children: [
    childSpec({
      id: 'connection',
      actor: connection,
      readyWhen: (snapshot) => snapshot.matches('connected'),
      stopEvent: { type: 'close' },
      shutdown: 1_000,
    }),
    childSpec({ id: 'session', actor: session, restart: 'transient' }),
  ],
});
assert.deepEqual(log.splice(0), ['connected', 'session opened']);

const reopened = new Promise((resolve) => system.monitor('session', resolve));
system.cast('connection', { type: 'lost' });
await reopened;
await system.startChild(childSpec({ id: 'barrier', actor: { init: () => 'ignore' } }));
assert.deepEqual(log.splice(0), ['connected', 'session opened'], 'both restarted, in order');

assert.equal(await system.stop(), 'shutdown');
assert.deepEqual(log, ['closed']);
console.log('restarted together, closed in good order');
