// A worker that crashes is restarted; who holds its path keeps talking to it, and a stranger is told of the end.
import assert from 'node:assert/strict';
import { ActorSystem, type Behaviour, childSpec, type Request } from 'codex-actors/supervisor';

interface Count extends Request<number> {
  readonly type: 'count';
}
type Message = Count | { readonly type: 'crash' };

const counter: Behaviour<Message> = {
  init() {
    let count = 0;
    return {
      receive(message, replyTo) {
        if (message.type === 'crash') throw new Error('the counter is broken');
        count += 1;
        replyTo?.reply(count);
      },
    };
  },
};

const reports: string[] = [];
await using system = await ActorSystem.start({
  strategy: 'one_for_one',
  children: [childSpec({ id: 'counter', actor: counter })],
  onReport: (report) => reports.push('context' in report ? report.context : report.type),
});

const count: Count = { type: 'count' };
assert.equal(await system.call('counter', count), 1);
assert.equal(await system.call('counter', count), 2);

const down = new Promise((resolve) => system.monitor('counter', ({ reason }) => resolve(reason)));
system.cast<Message>('counter', { type: 'crash' });
console.log('it ended:', await down);

assert.equal(await system.call('counter', count), 1, 'a new incarnation starts afresh');
assert.deepEqual(reports, ['child_terminated']);
console.log('it is back');
