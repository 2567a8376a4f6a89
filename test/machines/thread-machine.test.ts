import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { type ThreadEvent, threadMachine } from '../../src/machines/thread-machine.ts';

const limits = {
  queueLengthMax: 2,
  submissionsMax: 3,
  interruptTimeoutMs: 100,
  idleTimeoutMs: 10_000,
  closeTimeoutMs: 1_000,
};

const retryDelayMs = 50;

/** The chart with effects that only take notes. */
function startThread(threadId: string | null = null) {
  const log: string[] = [];
  /** Every turn that was told its end, by message id. */
  const told: string[] = [];
  const clock = new SimulatedClock();
  const actor = createActor(threadMachine, {
    clock,
    input: {
      limits,
      threadId,
      effects: {
        connect: () => undefined,
        open: () => log.push('open'),
        recover: (id) => log.push(`recover ${id}`),
        detach: () => log.push('detach'),
        release: () => log.push('release'),
        drop: (id, reason) => {
          log.push(`drop ${id} ${reason.kind}`);
          told.push(id);
        },
        steer: (turnId) => log.push(`steer ${turnId}`),
        closedError: () => new Error('closed'),
        submit: (id) => log.push(`submit ${id}`),
        interrupt: (id) => log.push(`interrupt ${id}`),
        settle: (id, outcome) => {
          log.push(`settle ${id} ${outcome.kind}`);
          told.push(id);
        },
      },
    },
  });
  actor.start();
  // A closed thread takes no events; XState would print a warning for each.
  const give = (event: ThreadEvent) => {
    if (actor.getSnapshot().status === 'active') actor.send(event);
  };
  const send = (...names: Step[]) => {
    for (const name of names) {
      if (name === 'expire') clock.increment(limits.idleTimeoutMs);
      else give(events[name]);
    }
  };
  const state = () => {
    const { value } = actor.getSnapshot();
    return typeof value === 'string' ? value : Object.entries(value).flat().join('.');
  };
  return { actor, clock, log, told, give, send, state };
}

const events = {
  run1: { type: 'turn.run', messageId: 'm1' },
  run2: { type: 'turn.run', messageId: 'm2' },
  run3: { type: 'turn.run', messageId: 'm3' },
  run4: { type: 'turn.run', messageId: 'm4' },
  interrupt: { type: 'turn.interrupt' },
  interrupt1: { type: 'turn.interrupt', messageId: 'm1' },
  interrupt2: { type: 'turn.interrupt', messageId: 'm2' },
  reorder: { type: 'queue.reorder', messageIds: ['m3', 'm2'] },
  steer: { type: 'turn.steer', input: 'more' },
  close: { type: 'thread.close' },
  opened: { type: 'thread.opened', threadId: 'T' },
  openFailed: { type: 'thread.openFailed', error: new Error('no port') },
  recovered: {
    type: 'thread.recovered',
    threadId: 'T',
    verdict: { kind: 'cut_off', turnId: 't1', inputKept: true },
  },
  recoveredAgain: { type: 'thread.recovered', threadId: 'T2', verdict: { kind: 'resubmit' } },
  unloaded: { type: 'thread.unloaded' },
  released: { type: 'thread.released' },
  portDown: { type: 'down', reason: 'killed' },
  unresponsive: { type: 'port.unresponsive' },
  accepted1: { type: 'turn.accepted', messageId: 'm1', turnId: 't1' },
  refused1: { type: 'turn.refused', messageId: 'm1', error: new Error('refused') },
  retry1: { type: 'turn.retry', messageId: 'm1', turnId: 't1', delayMs: retryDelayMs },
  ended1: { type: 'turn.ended', messageId: 'm1', turnId: 't1', status: 'completed' },
} as const satisfies Record<string, ThreadEvent>;
type EventName = keyof typeof events;
/** An event by name, or the time after which an unused thread is let go. */
type Step = EventName | 'expire';

const paths: Record<string, readonly Step[]> = {
  idle: [],
  opening: ['run1'],
  ready: ['run1', 'opened', 'ended1'],
  running: ['run1', 'opened'],
  recovering: ['run1', 'opened', 'portDown'],
  expiring: ['run1', 'opened', 'ended1', 'expire'],
  'closing.endingTurn': ['run1', 'opened', 'close'],
  'closing.releasing': ['run1', 'opened', 'ended1', 'close'],
  closed: ['close'],
};

/** For each state, what each event leads to; an event that is not named leaves the state as it is. */
const decisions: Record<string, Partial<Record<EventName, string>>> = {
  idle: { run1: 'opening', run2: 'opening', run3: 'opening', run4: 'opening', close: 'closed' },
  opening: { opened: 'running', openFailed: 'idle', close: 'closing.releasing' },
  ready: {
    run1: 'running',
    run2: 'running',
    run3: 'running',
    run4: 'running',
    portDown: 'idle',
    unloaded: 'idle',
    close: 'closing.releasing',
  },
  running: {
    ended1: 'ready',
    refused1: 'ready',
    portDown: 'recovering',
    unresponsive: 'recovering',
    close: 'closing.endingTurn',
  },
  recovering: {
    recovered: 'ready',
    recoveredAgain: 'running',
    openFailed: 'idle',
    close: 'closing.endingTurn',
  },
  expiring: { released: 'closed', close: 'closing.releasing' },
  'closing.endingTurn': {
    retry1: 'closing.releasing',
    ended1: 'closing.releasing',
    refused1: 'closing.releasing',
    openFailed: 'closing.releasing',
    portDown: 'closing.releasing',
    unresponsive: 'closing.releasing',
  },
  'closing.releasing': { released: 'closed' },
  closed: {},
};

describe('the thread chart', () => {
  const names = Object.keys(events) as EventName[];
  for (const [state, path] of Object.entries(paths)) {
    test.each(names)(`decides ${state} × %s`, (name) => {
      const thread = startThread();
      thread.send(...path);
      expect(thread.state()).toBe(state);
      thread.send(name);
      expect(thread.state()).toBe(decisions[state]?.[name] ?? state);
    });
  }

  test('opens nothing before the first turn', () => {
    expect(startThread('T').log).toEqual([]);
  });

  test('runs turns one at a time, in the order they came', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'opened');
    expect(thread.log).toEqual(['open', 'submit m1']);
    thread.send('accepted1', 'ended1');
    expect(thread.log.slice(2)).toEqual(['settle m1 ended', 'submit m2']);
  });

  test('a turn beyond the queue is told that the queue is full', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'run2', 'run3', 'run4');
    expect(thread.log.at(-1)).toBe('drop m4 queue_full');
  });

  test('a thread that cannot be opened tells every waiting turn, and the next turn tries again', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'openFailed', 'run3');
    expect(thread.log).toEqual(['open', 'drop m1 not_opened', 'drop m2 not_opened', 'open']);
  });

  test('turns that wait run in the order they are put into; those not named come last, unknown ones count for nothing', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'run3', 'reorder', 'opened');
    expect(thread.log.filter((line) => line.startsWith('submit'))).toEqual(['submit m3']);
    const running = startThread();
    running.send('run1', 'opened', 'run2', 'run3');
    running.give({ type: 'queue.reorder', messageIds: ['m1', 'm9', 'm3'] });
    expect(running.actor.getSnapshot().context.queue).toEqual(['m3', 'm2']);
  });

  test('interrupting a waiting turn leaves the running one alone', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'accepted1', 'run2', 'interrupt2', 'ended1');
    expect(thread.log).toEqual(['open', 'submit m1', 'drop m2 interrupted', 'settle m1 ended']);
  });

  test('an interrupt without a message id means the running turn', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'accepted1', 'interrupt');
    expect(thread.log.at(-1)).toBe('interrupt m1');
  });

  test('a late interrupt of a turn that has ended hits no other turn', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'accepted1', 'ended1', 'run2', 'interrupt1');
    expect(thread.log.at(-1)).toBe('submit m2');
  });

  test('when the port dies the running turn is reconciled and the waiting ones go on after it', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'opened', 'accepted1', 'portDown');
    expect(thread.log.slice(2)).toEqual(['detach', 'recover m1']);
    thread.send('recovered');
    expect(thread.log.slice(4)).toEqual(['settle m1 cut_off', 'submit m2']);
    expect(thread.state()).toBe('running');
  });

  test('a turn that never ran is submitted again on the thread that replaces the lost one', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'portDown', 'recoveredAgain');
    expect(thread.log.at(-1)).toBe('submit m1');
    expect(thread.actor.getSnapshot().context.threadId).toBe('T2');
  });

  test('a thread without a turn does not rush to a restarted port', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'ended1', 'portDown');
    expect(thread.state()).toBe('idle');
    thread.send('run2');
    expect(thread.log.at(-1)).toBe('open');
  });

  test('steering reaches a turn only while Codex runs it', () => {
    const thread = startThread();
    thread.send('steer', 'run1', 'opened', 'steer', 'accepted1', 'steer', 'portDown', 'steer');
    expect(thread.log.filter((entry) => entry.startsWith('steer'))).toEqual([
      'steer null',
      'steer null',
      'steer t1',
      'steer null',
    ]);
  });

  test('a turn whose interrupt Codex does not confirm costs the connection, not the thread', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'opened', 'accepted1', 'interrupt1');
    thread.clock.increment(limits.interruptTimeoutMs);
    expect(thread.log.slice(-3)).toEqual(['settle m1 unresponsive', 'detach', 'open']);
    expect(thread.state()).toBe('opening');
  });

  test('an unused thread lets go of its Codex thread after a while', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'ended1', 'expire');
    expect(thread.state()).toBe('expiring');
    thread.send('released');
    expect(thread.state()).toBe('closed');
  });

  test('a turn that comes while an unused thread lets go is run', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'ended1', 'expire');
    thread.send('run2', 'released', 'opened');
    expect(thread.log.at(-1)).toBe('submit m2');
  });

  test('a turn that is tried again holds back those that wait behind it', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'opened', 'accepted1', 'retry1');
    expect(thread.log).toEqual(['open', 'submit m1']);
    thread.clock.increment(retryDelayMs);
    expect(thread.log.slice(2)).toEqual(['submit m1']);
  });

  test('no turn can be steered in the pause before another try', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'accepted1', 'retry1', 'steer');
    expect(thread.log.at(-1)).toBe('steer null');
  });

  test('an interrupt in the pause before another try, while the port is down, lets the waiting turns go on', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'opened', 'accepted1', 'retry1', 'portDown', 'interrupt1');
    expect(thread.log.at(-1)).toBe('settle m1 ended');
    expect(thread.state()).toBe('recovering');
    thread.send('recoveredAgain');
    expect(thread.log.at(-1)).toBe('submit m2');
  });

  test('the same without waiting turns leaves the thread ready, and idle when it could not be opened again', () => {
    const back = startThread();
    back.send('run1', 'opened', 'accepted1', 'retry1', 'portDown', 'interrupt1', 'recoveredAgain');
    expect(back.state()).toBe('ready');
    const lost = startThread();
    lost.send('run1', 'run2', 'opened', 'accepted1', 'retry1', 'portDown', 'interrupt1', 'openFailed');
    expect(lost.state()).toBe('idle');
    expect(lost.log.at(-1)).toBe('drop m2 not_opened');
  });

  test('closing in the pause before another try needs no answer of Codex about the turn', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'accepted1', 'retry1', 'close');
    expect(thread.log.slice(2)).toEqual(['settle m1 ended', 'release']);
  });

  test('closing ends the running turn, drops the waiting ones, and then releases the thread', () => {
    const thread = startThread();
    thread.send('run1', 'run2', 'opened', 'accepted1', 'close', 'ended1', 'released');
    expect(thread.log.slice(2)).toEqual([
      'drop m2 closed',
      'interrupt m1',
      'settle m1 ended',
      'release',
      'detach',
    ]);
  });

  test('closing ends within its time even if nobody answers', () => {
    const thread = startThread();
    thread.send('run1', 'opened', 'accepted1', 'close');
    thread.clock.increment(limits.closeTimeoutMs);
    thread.clock.increment(limits.closeTimeoutMs);
    expect(thread.state()).toBe('closed');
    expect(thread.told).toEqual(['m1']);
  });

  test('a snapshot holds no input of a turn', () => {
    const thread = startThread();
    thread.send('run1', 'run2');
    expect(thread.actor.getSnapshot().context.queue).toEqual(['m1', 'm2']);
  });

  test('whatever happens, every turn is told its end exactly once', () => {
    const others = names.filter((name) => !name.startsWith('run'));
    const step = fc.oneof(
      fc.constant('run' as const),
      fc.constantFrom(...others),
      fc.constantFrom('wait' as const, 'answer' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const thread = startThread();
        const asked: string[] = [];
        for (const name of steps) {
          if (thread.state() === 'closed') break;
          if (name === 'run') {
            asked.push(`m${asked.length + 1}`);
            thread.give({ type: 'turn.run', messageId: `m${asked.length}` });
          } else if (name === 'answer') answerRunning(thread);
          else if (name === 'wait') thread.clock.increment(limits.interruptTimeoutMs);
          else thread.send(name);
        }
        thread.send('close');
        for (let round = 0; round < 4; round += 1) thread.clock.increment(limits.closeTimeoutMs);
        expect(thread.state()).toBe('closed');
        expect(thread.told.toSorted()).toEqual(asked.toSorted());
      }),
    );
  });
});

function answerRunning({ actor, give }: ReturnType<typeof startThread>): void {
  const { messageId } = actor.getSnapshot().context;
  if (messageId === null) return;
  give({ type: 'turn.accepted', messageId, turnId: `t-${messageId}` });
  give({ type: 'turn.ended', messageId, turnId: `t-${messageId}`, status: 'completed' });
}
