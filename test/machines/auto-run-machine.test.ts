import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import {
  type AutoRunEvent,
  type AutoRunOutcome,
  autoRunMachine,
} from '../../src/machines/auto-run-machine.ts';
import { defaultRetryPolicy } from '../../src/machines/retry-policy.ts';
import {
  CodexError,
  type CodexErrorCode,
  errorCatalogue,
  GoalStoppedError,
  LimitExceededError,
  ThreadClosedError,
  TurnInterruptedError,
} from '../../src/protocol/errors/index.ts';

const limits = { maxTurns: 3, tokenBudget: 1_000, deadlineMs: 60_000 };
const retries = { ...defaultRetryPolicy, maxAttempts: 2 };
const ids = { threadId: 'T', turnId: 't1' };
const stopError = new ThreadClosedError('T');

/** The chart with effects that only take notes. */
function startRun({ answer = false }: { readonly answer?: boolean } = {}) {
  const log: string[] = [];
  const settled: AutoRunOutcome[] = [];
  const clock = new SimulatedClock();
  let tell: (event: AutoRunEvent) => void = () => undefined;
  const actor = createActor(autoRunMachine, {
    clock,
    input: {
      limits,
      retries,
      random: () => 0.5,
      effects: {
        connect: (told) => {
          tell = told;
        },
        attempt: ({ turn, attempt }) => log.push(`attempt ${turn}.${attempt}`),
        interrupt: () => {
          log.push('interrupt');
          if (answer) tell({ type: 'attempt.failed', error: interrupted, tokensSpent: 0 });
        },
        judge: () => log.push('judge'),
        prepare: () => log.push('prepare'),
        pausing: ({ turn, attempt }, _error, delayMs) => log.push(`pausing ${turn}.${attempt} ${delayMs}`),
        stopError: () => stopError,
        settle: (outcome) => settled.push(outcome),
      },
    },
  });
  actor.start();
  return {
    send: (event: AutoRunEvent) => tell(event),
    clock,
    log,
    settled,
    value: () => nameOf(actor.getSnapshot().value),
  };
}

type Value = ReturnType<ReturnType<typeof createActor<typeof autoRunMachine>>['getSnapshot']>['value'];

/** The innermost state. */
function nameOf(value: Value): string {
  return typeof value === 'string' ? value : (Object.values(value)[0] ?? '');
}

const error = (code: CodexErrorCode) => new CodexError(code, code);
const interrupted = new TurnInterruptedError('turn_interrupted', ids);
const abort = error('cancelled');
const events = {
  completed: { type: 'attempt.completed', tokensSpent: 10 },
  completedDear: { type: 'attempt.completed', tokensSpent: 1_000 },
  failedInPassing: { type: 'attempt.failed', error: error('server_overloaded'), tokensSpent: 10 },
  failedDear: { type: 'attempt.failed', error: error('server_overloaded'), tokensSpent: 1_000 },
  failedForGood: { type: 'attempt.failed', error: error('unauthorized'), tokensSpent: 10 },
  cutOff: { type: 'attempt.failed', error: new TurnInterruptedError('turn_cut_off', ids), tokensSpent: 10 },
  interrupted: { type: 'attempt.failed', error: interrupted, tokensSpent: 10 },
  budgetSpent: { type: 'budget.spent', tokensSpent: 1_010 },
  judgedDone: { type: 'run.judged', done: true },
  judgedNotDone: { type: 'run.judged', done: false },
  continued: { type: 'run.continued' },
  callbackFailed: { type: 'callback.failed', error: error('auto_run_callback_failed') },
  abort: { type: 'run.abort', error: abort },
  threadClosed: { type: 'thread.closed', error: stopError },
  stop: { type: 'run.stop' },
} as const satisfies Record<string, AutoRunEvent>;
type EventName = keyof typeof events;

const paths: Record<string, readonly EventName[]> = {
  attempting: [],
  judging: ['completed'],
  preparing: ['completed', 'judgedNotDone'],
  pausing: ['failedInPassing'],
  interrupting: ['abort'],
  done: ['completed', 'judgedDone'],
  exhausted: ['completedDear', 'judgedNotDone'],
  failed: ['failedForGood'],
  interrupted: ['stop'],
};

const fromOutside: Partial<Record<EventName, string>> = {
  callbackFailed: 'failed',
  abort: 'interrupted',
  threadClosed: 'interrupted',
  stop: 'interrupted',
};

/** For each state, what each event leads to; an event that is not named leaves the state as it is. */
const decisions: Record<string, Partial<Record<EventName, string>>> = {
  attempting: {
    completed: 'judging',
    completedDear: 'judging',
    failedInPassing: 'pausing',
    failedDear: 'exhausted',
    failedForGood: 'failed',
    cutOff: 'pausing',
    interrupted: 'interrupted',
    budgetSpent: 'interrupting',
    callbackFailed: 'interrupting',
    abort: 'interrupting',
    threadClosed: 'interrupting',
    stop: 'interrupted',
  },
  judging: { ...fromOutside, judgedDone: 'done', judgedNotDone: 'preparing' },
  preparing: { ...fromOutside, continued: 'attempting' },
  pausing: fromOutside,
  interrupting: {
    completed: 'interrupted',
    completedDear: 'interrupted',
    failedInPassing: 'interrupted',
    failedDear: 'interrupted',
    failedForGood: 'interrupted',
    cutOff: 'interrupted',
    interrupted: 'interrupted',
    stop: 'interrupted',
  },
};

describe('the auto-run chart', () => {
  const names = Object.keys(events) as EventName[];
  for (const [state, path] of Object.entries(paths)) {
    test.each(names)(`decides ${state} × %s`, (name) => {
      const run = startRun();
      for (const step of path) run.send(events[step]);
      expect(run.value()).toBe(state);
      run.send(events[name]);
      expect(run.value()).toBe(decisions[state]?.[name] ?? state);
    });
  }

  test.each(['attempting', 'judging', 'preparing', 'pausing'])(
    'is exhausted at its deadline while it is %s',
    (state) => {
      const run = startRun({ answer: true });
      for (const step of paths[state] ?? []) run.send(events[step]);
      run.clock.increment(limits.deadlineMs - 1);
      expect(run.settled).toEqual([]);
      run.clock.increment(1);
      expect(run.settled).toMatchObject([
        { status: 'exhausted', limit: 'deadlineMs', error: { max: limits.deadlineMs } },
      ]);
    },
  );

  test('pauses for as long as the policy says before it makes another attempt', () => {
    const run = startRun();
    run.send(events.failedInPassing);
    expect(run.log).toEqual(['attempt 1.1', 'pausing 1.1 500']);
    run.clock.increment(499);
    expect(run.value()).toBe('pausing');
    run.clock.increment(1);
    expect(run.log.at(-1)).toBe('attempt 1.2');
  });

  test('is exhausted by the attempts at one turn, and keeps what the last one failed with', () => {
    const run = startRun();
    run.send(events.failedInPassing);
    run.clock.increment(500);
    run.send(events.cutOff);
    expect(run.settled).toMatchObject([
      {
        status: 'exhausted',
        limit: 'maxAttempts',
        error: { max: 2, actual: 2, cause: { code: 'turn_cut_off' } },
      },
    ]);
  });

  test('counts the attempts of each turn anew', () => {
    const run = startRun();
    run.send(events.failedInPassing);
    run.clock.increment(500);
    for (const name of ['completed', 'judgedNotDone', 'continued', 'failedInPassing'] as const)
      run.send(events[name]);
    run.clock.increment(500);
    expect(run.log.filter((line) => line.startsWith('attempt'))).toEqual([
      'attempt 1.1',
      'attempt 1.2',
      'attempt 2.1',
      'attempt 2.2',
    ]);
  });

  test('is exhausted by its turns only when the last of them was not the end of the work', () => {
    const run = startRun();
    for (let turn = 1; turn < limits.maxTurns; turn += 1)
      for (const name of ['completed', 'judgedNotDone', 'continued'] as const) run.send(events[name]);
    run.send(events.completed);
    expect(run.settled).toEqual([]);
    run.send(events.judgedNotDone);
    expect(run.settled).toMatchObject([
      { status: 'exhausted', limit: 'maxTurns', error: { max: 3, actual: 3 } },
    ]);
  });

  test('ends as it was decided when the attempt that it interrupted completes after all', () => {
    const run = startRun();
    run.send(events.budgetSpent);
    run.send(events.completed);
    expect(run.settled).toMatchObject([
      { status: 'exhausted', limit: 'tokenBudget', error: { actual: 1_010 } },
    ]);
  });

  const outcomeOf: Partial<Record<CodexErrorCode, string>> = {
    cancelled: 'interrupted',
    turn_interrupted: 'interrupted',
    thread_closed: 'interrupted',
    codex_gave_up: 'failed',
    turn_cut_off: 'pausing',
  };
  test.each(Object.keys(errorCatalogue) as CodexErrorCode[])(
    'after %s does what its catalogue entry says',
    (code) => {
      const run = startRun();
      run.send({ type: 'attempt.failed', error: error(code), tokensSpent: 0 });
      expect(run.value()).toBe(outcomeOf[code] ?? (errorCatalogue[code].retryable ? 'pausing' : 'failed'));
    },
  );

  test('is exhausted when the turn itself says that the tokens are spent, and failed by any other limit', () => {
    const spent = new LimitExceededError('tokenBudget', 250, 330);
    const run = startRun();
    run.send({ type: 'attempt.failed', error: spent, tokensSpent: 0 });
    expect(run.settled).toEqual([{ status: 'exhausted', limit: 'tokenBudget', error: spent }]);
    const other = startRun();
    other.send({
      type: 'attempt.failed',
      error: new LimitExceededError('turnItemsMax', 1, 2),
      tokensSpent: 0,
    });
    expect(other.value()).toBe('failed');
  });

  test.each([
    ['paused', 'interrupted'],
    ['cleared', 'interrupted'],
    ['blocked', 'failed'],
    ['usageLimited', 'failed'],
  ] as const)('after a goal that is %s is %s', (status, outcome) => {
    const run = startRun();
    run.send({ type: 'attempt.failed', error: new GoalStoppedError(status), tokensSpent: 0 });
    expect(run.value()).toBe(outcome);
  });

  test('has failed after an error that is none of ours', () => {
    const run = startRun();
    run.send({ type: 'attempt.failed', error: new Error('what'), tokensSpent: 0 });
    expect(run.settled).toMatchObject([{ status: 'failed', error: { message: 'what' } }]);
  });

  test('settles exactly once, runs one attempt at a time and interrupts none twice, in every history', () => {
    const step = fc.oneof(fc.constantFrom(...names), fc.integer({ min: 0, max: limits.deadlineMs / 2 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (history) => {
        const run = startRun({ answer: true });
        for (const one of history) {
          if (typeof one === 'number') run.clock.increment(one);
          else run.send(events[one]);
        }
        run.clock.increment(limits.deadlineMs);
        expect(run.settled).toHaveLength(1);
        expect(run.log.filter((line) => line === 'interrupt').length).toBeLessThanOrEqual(1);
        const attempts = run.log.filter((line) => line.startsWith('attempt'));
        expect(new Set(attempts).size).toBe(attempts.length);
        expect(attempts.length).toBeLessThanOrEqual(limits.maxTurns * retries.maxAttempts);
        if (run.settled[0]?.status === 'done') expect(history).toContain('judgedDone');
      }),
    );
  });
});
