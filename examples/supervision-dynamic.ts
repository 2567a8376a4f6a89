// Children that come and go, work spread over partitions, and functions as supervised tasks.
import assert from 'node:assert/strict';
import {
  ActorSystem,
  type Behaviour,
  childSpec,
  countChildren,
  dynamicSupervisor,
  partition,
  partitionSupervisor,
  type Request,
  startChild,
  TaskSupervisor,
  taskSupervisor,
  terminateChild,
} from 'codex-actors/supervisor';

interface Put extends Request<number> {
  readonly type: 'put';
  readonly key: string;
}

const store: Behaviour<Put> = {
  init() {
    const keys = new Set<string>();
    return {
      receive(message, replyTo) {
        if (message.type === 'put') replyTo?.reply(keys.add(message.key).size);
      },
    };
  },
};

const stores = partitionSupervisor({ child: childSpec({ id: 'store', actor: store }), partitions: 4 });
await using system = await ActorSystem.start({
  children: [
    childSpec({ id: 'sessions', supervisor: dynamicSupervisor({ maxChildren: 2 }) }),
    childSpec({ id: 'stores', supervisor: stores }),
    childSpec({ id: 'tasks', supervisor: taskSupervisor() }),
  ],
});

const session = childSpec({ id: 'session', restart: 'temporary', actor: store });
const first = await startChild(system, 'sessions', session);
const second = await startChild(system, 'sessions', session);
const third = await startChild(system, 'sessions', session);
assert.ok(first.ok && second.ok);
assert.deepEqual(third, { ok: false, error: 'max_children' });
if (first.pid !== undefined) await terminateChild(system, 'sessions', first.pid);
assert.equal((await countChildren(system, 'sessions')).active, 1);

const put: Put = { type: 'put', key: 'apple' };
const home = partition(system, 'stores', stores, put.key);
assert.equal(await system.call(home, put), 1);
assert.equal(await system.call(home, put), 1, 'the same key, the same partition');

const tasks = new TaskSupervisor(system, 'tasks');
const squares = [];
for await (const outcome of tasks.asyncStreamNolink([1, 2, 3], (n) => n * n, { maxConcurrency: 2 })) {
  if (outcome.ok) squares.push(outcome.value);
}
assert.deepEqual(squares, [1, 4, 9]);
const failing = await tasks.asyncNolink(() => {
  throw new Error('no such thing');
});
assert.equal((await failing.outcome).ok, false);
console.log('sessions, stores and tasks did their work');
