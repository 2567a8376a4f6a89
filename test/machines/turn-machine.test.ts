import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { type TurnEvent, type TurnOutcome, turnMachine } from '../../src/machines/turn-machine.ts';

const messageId = 'm1';
const interruptTimeoutMs = 1_000;
const submissionsMax = 3;
const retryDelayMs = 500;

/** The chart with effects that only take notes. */
function startTurn() {
  const log: string[] = [];
  const settled: TurnOutcome[] = [];
  const clock = new SimulatedClock();
  const actor = createActor(turnMachine, {
    clock,
    input: {
      messageId,
      interruptTimeoutMs,
      submissionsMax,
      effects: {
        submit: () => log.push('submit'),
        interrupt: (_messageId, turnId) => log.push(`interrupt ${turnId}`),
        settle: (_messageId, outcome) => settled.push(outcome),
      },
    },
  });
  actor.start();
  // An ended turn takes no events; XState would print a warning for each.
  const send = (event: TurnEvent) => {
    if (actor.getSnapshot().status === 'active') actor.send(event);
  };
  return { actor, send, clock, log, settled, value: () => actor.getSnapshot().value };
}

const error = new Error('refused');
const lost = new Error('lost');
const events = {
  accepted: { type: 'turn.accepted', messageId, turnId: 't1' },
  acceptedOther: { type: 'turn.accepted', messageId: 'other', turnId: 't9' },
  refused: { type: 'turn.refused', messageId, error },
  refusedOther: { type: 'turn.refused', messageId: 'other', error },
  completed: { type: 'turn.ended', messageId, turnId: 't1', status: 'completed' },
  failed: { type: 'turn.ended', messageId, turnId: 't1', status: 'failed' },
  interrupted: { type: 'turn.ended', messageId, turnId: 't1', status: 'interrupted' },
  endedOther: { type: 'turn.ended', messageId: 'other', turnId: 't9', status: 'completed' },
  retry: { type: 'turn.retry', messageId, turnId: 't1', delayMs: retryDelayMs },
  retryOther: { type: 'turn.retry', messageId: 'other', turnId: 't9', delayMs: retryDelayMs },
  interrupt: { type: 'turn.interrupt' },
  portDown: { type: 'port.down' },
  lost: { type: 'thread.lost', error: lost },
  delivered: {
    type: 'turn.reconciled',
    verdict: { kind: 'deliver', turnId: 't1', status: 'completed' },
  },
  deliveredFailed: { type: 'turn.reconciled', verdict: { kind: 'deliver', turnId: 't1', status: 'failed' } },
  resubmit: { type: 'turn.reconciled', verdict: { kind: 'resubmit' } },
  cutOff: { type: 'turn.reconciled', verdict: { kind: 'cut_off', turnId: 't1', inputKept: true } },
} as const satisfies Record<string, TurnEvent>;
type EventName = keyof typeof events;

const paths: Record<string, readonly EventName[]> = {
  submitting: [],
  streaming: ['accepted'],
  cancelling: ['interrupt'],
  interrupting: ['accepted', 'interrupt'],
  backingOff: ['accepted', 'retry'],
  reconciling: ['portDown'],
};

/** For each state, what each event leads to; an event that is not named leaves the state as it is. */
const decisions: Record<string, Partial<Record<EventName, string>>> = {
  submitting: {
    retry: 'backingOff',
    accepted: 'streaming',
    refused: 'failed',
    completed: 'completed',
    failed: 'failed',
    interrupted: 'interrupted',
    interrupt: 'cancelling',
    portDown: 'reconciling',
    lost: 'failed',
  },
  streaming: {
    retry: 'backingOff',
    completed: 'completed',
    failed: 'failed',
    interrupted: 'interrupted',
    interrupt: 'interrupting',
    portDown: 'reconciling',
    lost: 'failed',
  },
  cancelling: {
    retry: 'interrupted',
    accepted: 'interrupting',
    refused: 'interrupted',
    completed: 'completed',
    failed: 'failed',
    interrupted: 'interrupted',
    portDown: 'reconciling',
    lost: 'failed',
  },
  interrupting: {
    retry: 'interrupted',
    completed: 'completed',
    failed: 'failed',
    interrupted: 'interrupted',
    portDown: 'reconciling',
    lost: 'failed',
  },
  backingOff: { interrupt: 'interrupted', lost: 'failed' },
  reconciling: {
    delivered: 'completed',
    deliveredFailed: 'failed',
    resubmit: 'submitting',
    cutOff: 'interrupted',
    lost: 'failed',
  },
};

describe('the turn chart', () => {
  const names = Object.keys(events) as EventName[];
  for (const [state, path] of Object.entries(paths)) {
    test.each(names)(`decides ${state} × %s`, (name) => {
      const turn = startTurn();
      for (const step of path) turn.send(events[step]);
      expect(turn.value()).toBe(state);
      turn.send(events[name]);
      expect(turn.value()).toBe(decisions[state]?.[name] ?? state);
    });
  }

  test('submits once, at its start', () => {
    expect(startTurn().log).toEqual(['submit']);
  });

  test('an interrupt before Codex has named the turn is sent as soon as it has', () => {
    const turn = startTurn();
    turn.send(events.interrupt);
    expect(turn.log).toEqual(['submit']);
    turn.send(events.accepted);
    expect(turn.log).toEqual(['submit', 'interrupt t1']);
  });

  test('a turn refused after an interrupt was withdrawn, not failed', () => {
    const turn = startTurn();
    turn.send(events.interrupt);
    turn.send(events.refused);
    expect(turn.settled).toEqual([{ kind: 'withdrawn' }]);
  });

  test.each([['cancelling'], ['interrupting']])(
    '%s ends as unresponsive when Codex does not confirm in time',
    (state) => {
      const turn = startTurn();
      for (const step of paths[state] ?? []) turn.send(events[step]);
      turn.clock.increment(interruptTimeoutMs - 1);
      expect(turn.settled).toEqual([]);
      turn.clock.increment(1);
      expect(turn.settled).toEqual([
        { kind: 'unresponsive', turnId: state === 'interrupting' ? 't1' : null },
      ]);
    },
  );

  test('a turn that never ran is submitted again', () => {
    const turn = startTurn();
    turn.send(events.portDown);
    turn.send(events.resubmit);
    expect(turn.log).toEqual(['submit', 'submit']);
  });

  test('a turn that never ran is not submitted again once its caller has interrupted it', () => {
    const turn = startTurn();
    turn.send(events.portDown);
    turn.send(events.interrupt);
    turn.send(events.resubmit);
    expect(turn.log).toEqual(['submit']);
    expect(turn.settled).toEqual([{ kind: 'withdrawn' }]);
  });

  test('submitting again has an end', () => {
    const turn = startTurn();
    for (let crash = 0; crash < submissionsMax; crash += 1) {
      turn.send(events.portDown);
      turn.send(events.resubmit);
    }
    expect(turn.log).toHaveLength(submissionsMax);
    expect(turn.settled).toEqual([{ kind: 'gave_up', submissions: submissionsMax }]);
  });

  test('a turn cut off by a crash is reported and not run again', () => {
    const turn = startTurn();
    turn.send(events.accepted);
    turn.send(events.portDown);
    turn.send(events.cutOff);
    expect(turn.log).toEqual(['submit']);
    expect(turn.settled).toEqual([{ kind: 'cut_off', turnId: 't1', inputKept: true }]);
  });

  test('after a failure that may pass it waits, and is submitted again when the pause is over', () => {
    const turn = startTurn();
    turn.send(events.accepted);
    turn.send(events.retry);
    turn.clock.increment(retryDelayMs - 1);
    expect(turn.log).toEqual(['submit']);
    turn.clock.increment(1);
    expect(turn.value()).toBe('submitting');
    expect(turn.log).toEqual(['submit', 'submit']);
  });

  test('a port that dies during the pause does not shorten it, and the next try waits for its successor', () => {
    const turn = startTurn();
    turn.send(events.accepted);
    turn.send(events.retry);
    turn.send(events.portDown);
    turn.clock.increment(retryDelayMs);
    expect(turn.value()).toBe('reconciling');
    turn.send(events.resubmit);
    expect(turn.log).toEqual(['submit', 'submit']);
  });

  test('a port that came back during the pause is used when it is over', () => {
    const turn = startTurn();
    turn.send(events.accepted);
    turn.send(events.retry);
    turn.send(events.portDown);
    turn.send(events.resubmit);
    expect(turn.log).toEqual(['submit']);
    turn.clock.increment(retryDelayMs);
    expect(turn.value()).toBe('submitting');
  });

  test('an interrupt during the pause ends the turn at once, and nothing is submitted after it', () => {
    const turn = startTurn();
    turn.send(events.accepted);
    turn.send(events.retry);
    turn.send(events.interrupt);
    turn.clock.increment(retryDelayMs);
    expect(turn.settled).toEqual([{ kind: 'ended', status: 'interrupted', turnId: 't1' }]);
    expect(turn.log).toEqual(['submit']);
  });

  test('a failure that crossed an interrupt is not tried again', () => {
    const turn = startTurn();
    turn.send(events.accepted);
    turn.send(events.interrupt);
    turn.send(events.retry);
    expect(turn.settled).toEqual([{ kind: 'ended', status: 'interrupted', turnId: 't1' }]);
  });

  test('a try that Codex ended does not count among those that a crash cost', () => {
    const turn = startTurn();
    for (let round = 0; round < 2 * submissionsMax; round += 1) {
      turn.send(events.accepted);
      turn.send(events.retry);
      turn.clock.increment(retryDelayMs);
      turn.send(events.portDown);
      turn.send(events.resubmit);
    }
    expect(turn.settled).toEqual([]);
  });

  test('whatever happens, a turn is settled exactly once, and at latest when the thread is lost', () => {
    const step = fc.oneof(fc.constantFrom(...names), fc.constant('wait' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const turn = startTurn();
        for (const name of steps) {
          if (name === 'wait') turn.clock.increment(interruptTimeoutMs);
          else turn.send(events[name]);
          expect(turn.settled.length).toBe(turn.actor.getSnapshot().status === 'done' ? 1 : 0);
        }
        turn.send(events.lost);
        expect(turn.settled).toHaveLength(1);
        const tries = 1 + steps.filter((name) => name === 'retry').length;
        expect(turn.log.filter((entry) => entry === 'submit').length).toBeLessThanOrEqual(
          submissionsMax * tries,
        );
      }),
    );
  });
});
