import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import {
  type ApprovalEvent,
  type ApprovalOutcome,
  approvalMachine,
} from '../../src/machines/approval-machine.ts';

const timeoutMs = 300_000;

/** The chart with effects that only take notes. */
function startApproval() {
  const log: string[] = [];
  const settled: ApprovalOutcome[] = [];
  const clock = new SimulatedClock();
  let answer: (event: ApprovalEvent) => void = () => undefined;
  const actor = createActor(approvalMachine, {
    clock,
    input: {
      timeoutMs,
      effects: {
        connect: (told) => {
          answer = told;
        },
        consult: () => log.push('consult'),
        asked: () => log.push('asked'),
        settle: (outcome) => settled.push(outcome),
      },
    },
  });
  actor.start();
  return {
    send: (event: ApprovalEvent) => answer(event),
    clock,
    log,
    settled,
    value: () => actor.getSnapshot().value,
  };
}

const accept = { type: 'accept' } as const;
const decline = { type: 'decline', reason: 'no' } as const;
const cancel = { type: 'cancel' } as const;
const error = new Error('the policy threw');
const person = { who: 'Ada', why: 'looks fine' };
const events = {
  policyAccepts: { type: 'policy.decided', decision: accept, why: null },
  policyDeclines: { type: 'policy.decided', decision: decline, why: null },
  policyCancels: { type: 'policy.decided', decision: cancel, why: null },
  policyAsks: { type: 'policy.asks', timeoutMs: null },
  policyAsksBriefly: { type: 'policy.asks', timeoutMs: 1_000 },
  policyFails: { type: 'policy.failed', error },
  policyAbsent: { type: 'policy.absent' },
  personAccepts: { type: 'approval.decided', decision: accept, ...person },
  personDeclines: { type: 'approval.decided', decision: decline, ...person },
  personCancels: { type: 'approval.decided', decision: cancel, ...person },
  resolved: { type: 'approval.withdrawn', reason: 'resolved' },
  threadClosed: { type: 'approval.withdrawn', reason: 'thread_closed' },
  stop: { type: 'approval.stop' },
  portDown: { type: 'down', monitor: { path: 'codex/ports/0' }, path: 'codex/ports/0', reason: 'killed' },
} as const satisfies Record<string, ApprovalEvent>;
type EventName = keyof typeof events;

const paths: Record<string, readonly EventName[]> = {
  requested: [],
  deciding: ['policyAsks'],
};

const fromBoth: Partial<Record<EventName, string>> = {
  personAccepts: 'accepted',
  personDeclines: 'declined',
  personCancels: 'cancelled',
  resolved: 'cancelled',
  threadClosed: 'cancelled',
  stop: 'declined',
  portDown: 'cancelled',
};

/** For each state, what each event leads to; an event that is not named leaves the state as it is. */
const decisions: Record<string, Partial<Record<EventName, string>>> = {
  requested: {
    ...fromBoth,
    policyAccepts: 'accepted',
    policyDeclines: 'declined',
    policyCancels: 'cancelled',
    policyAsks: 'deciding',
    policyAsksBriefly: 'deciding',
    policyFails: 'declined',
    policyAbsent: 'declined',
  },
  deciding: fromBoth,
};

/** The state, without the one that both open states are in. */
function nameOf(value: string | { readonly open?: string }): string | undefined {
  return typeof value === 'string' ? value : value.open;
}

describe('the approval chart', () => {
  const names = Object.keys(events) as EventName[];
  for (const [state, path] of Object.entries(paths)) {
    test.each(names)(`decides ${state} × %s`, (name) => {
      const approval = startApproval();
      for (const step of path) approval.send(events[step]);
      expect(nameOf(approval.value())).toBe(state);
      approval.send(events[name]);
      expect(nameOf(approval.value())).toBe(decisions[state]?.[name] ?? state);
    });

    test(`declines as expired what is still ${state} at the deadline, and not before`, () => {
      const approval = startApproval();
      for (const step of path) approval.send(events[step]);
      approval.clock.increment(timeoutMs - 1);
      expect(approval.settled).toEqual([]);
      approval.clock.increment(1);
      expect(approval.settled).toMatchObject([
        { status: 'expired', decision: { type: 'decline' }, by: 'deadline' },
      ]);
    });
  }

  test('gives a person only the time that the policy gives', () => {
    const approval = startApproval();
    approval.send(events.policyAsksBriefly);
    approval.clock.increment(1_000);
    expect(approval.settled).toMatchObject([{ status: 'expired', by: 'deadline' }]);
  });

  test('never gives a person more than what is left of the deadline', () => {
    const approval = startApproval();
    approval.clock.increment(timeoutMs - 10);
    approval.send({ type: 'policy.asks', timeoutMs: timeoutMs * 2 });
    approval.clock.increment(10);
    expect(approval.settled).toMatchObject([{ status: 'expired' }]);
  });

  test('says who decided, and why', () => {
    const approval = startApproval();
    approval.send(events.personDeclines);
    expect(approval.settled).toEqual([
      { status: 'declined', decision: decline, by: 'person', ...person, error: null },
    ]);
  });

  test('keeps what the policy failed with', () => {
    const approval = startApproval();
    approval.send(events.policyFails);
    expect(approval.settled).toMatchObject([{ decision: { type: 'decline' }, by: 'runtime', error }]);
  });

  test('has no answer for a Codex that no longer waits, and a refusal for one that may', () => {
    for (const name of ['resolved', 'portDown'] as const) {
      const approval = startApproval();
      approval.send(events[name]);
      expect(approval.settled).toMatchObject([{ status: 'cancelled', decision: null }]);
    }
    const closed = startApproval();
    closed.send(events.threadClosed);
    expect(closed.settled).toMatchObject([{ status: 'cancelled', decision: { type: 'decline' } }]);
  });

  test('counts a grant of nothing as declined', () => {
    const approval = startApproval();
    const nothing = { type: 'grant', network: false, entries: [], scope: 'turn' } as const;
    approval.send({ type: 'policy.decided', decision: nothing, why: null });
    expect(approval.settled).toMatchObject([{ status: 'declined', decision: nothing }]);
  });

  test('asks the policy once, settles exactly once, and accepts only when somebody said yes, in every history', () => {
    const step = fc.oneof(fc.constantFrom(...names), fc.integer({ min: 0, max: timeoutMs / 2 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (history) => {
        const approval = startApproval();
        for (const one of history) {
          if (typeof one === 'number') approval.clock.increment(one);
          else approval.send(events[one]);
        }
        approval.clock.increment(timeoutMs);
        expect(approval.log.filter((line) => line === 'consult')).toHaveLength(1);
        expect(approval.settled).toHaveLength(1);
        const [outcome] = approval.settled;
        if (outcome?.status === 'accepted') {
          expect(outcome.decision).toEqual(accept);
          expect(history.some((one) => one === 'policyAccepts' || one === 'personAccepts')).toBe(true);
        }
      }),
    );
  });
});
