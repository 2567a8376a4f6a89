import { describe, expect, it } from 'vitest';
import {
  CallError,
  callAborted,
  calleeExited,
  calleeOverloaded,
  callingSelf,
  callTimedOut,
  noProcess,
} from '../../src/supervisor/call-error.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import {
  AlreadyStartedError,
  ExitRequest,
  StartTimeoutError,
  SupervisionError,
} from '../../src/supervisor/errors.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import {
  checkMilliseconds,
  checkOneOf,
  checkWhole,
  InvalidOptionError,
} from '../../src/supervisor/invalid-option.ts';
import { partitionOf, partitionSupervisor } from '../../src/supervisor/partition-supervisor.ts';
import { dynamicSupervisor, simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { SystemStartError, SystemStoppedError } from '../../src/supervisor/system-errors.ts';

const boom = new Error('boom');

describe('an error says what happened and what to do, and carries the facts', () => {
  const report = {
    supervisor: 'app',
    context: 'shutdown',
    reason: 'reached_max_restart_intensity',
    child: { id: 'a', restart: 'permanent', shutdown: 5_000, type: 'worker' },
  } as const;

  it.each<[() => Error, object, string]>([
    [
      () => noProcess('a'),
      { code: 'noproc', address: 'a', reason: 'noproc' },
      'No live actor at "a". Check the address, or wait for its restart.',
    ],
    [
      () => callTimedOut('a', 5),
      { code: 'timeout', address: 'a', reason: undefined },
      '"a" did not answer within 5 ms. A late answer is dropped; raise timeoutMs if it needs longer.',
    ],
    [
      () => callingSelf('a'),
      { code: 'calling_self', address: 'a' },
      '"a" called itself and would wait for ever. Cast to self instead.',
    ],
    [
      () => calleeOverloaded('a', 2),
      { code: 'overloaded', address: 'a' },
      'The mailbox of "a" holds its limit of 2 messages. Slow down, or raise mailboxCapacity.',
    ],
    [
      () => callAborted('a', boom),
      { code: 'aborted', address: 'a', cause: boom },
      'The call to "a" was aborted by its signal.',
    ],
    [
      () => calleeExited('a', 'killed'),
      { code: 'exit', reason: 'killed' },
      '"a" ended (killed) before it answered.',
    ],
    [
      () => calleeExited('a', { shutdown: 1 }),
      { code: 'exit', reason: { shutdown: 1 } },
      '"a" ended (shutdown) before it answered.',
    ],
    [
      () => calleeExited('a', { error: boom }),
      { code: 'exit', reason: { error: boom }, cause: boom },
      '"a" ended (an error, see cause) before it answered.',
    ],
    [
      () => new AlreadyStartedError('app/a'),
      { code: 'already_started', path: 'app/a' },
      'An actor is already running at "app/a". Stop it first or start under another id.',
    ],
    [
      () => new StartTimeoutError('app/a', 9),
      { code: 'start_timeout', path: 'app/a', timeoutMs: 9 },
      '"app/a" was not ready within 9 ms. Raise startTimeoutMs or make its start faster.',
    ],
    [
      () => new ExitRequest('normal'),
      { code: 'exit_requested', reason: 'normal' },
      'An actor asked to end; this is caught by its runtime.',
    ],
    [
      () => new SystemStoppedError('app', undefined, boom),
      { code: 'runtime_closed', system: 'app', report: undefined, cause: boom },
      'The actor system "app" has ended: it was stopped. Start a new one.',
    ],
    [
      () => new SystemStoppedError('app', report),
      { code: 'runtime_closed', report, cause: undefined },
      'The actor system "app" has ended: its child "a" crashed more often than maxRestarts allows. See the earlier reports for the crash.',
    ],
  ])('number %# of them', (make, facts, message) => {
    const error = make();
    expect(error).toMatchObject(facts);
    expect(error.message).toBe(message);
  });

  it('has no cause where nothing caused it', () => {
    for (const error of [noProcess('a'), calleeExited('a', 'killed'), calleeExited('a', { shutdown: 1 })]) {
      expect('cause' in error).toBe(false);
    }
    expect('cause' in callAborted('a', undefined)).toBe(false);
  });

  const failed = (id: string, reason: unknown): ExitReason => ({
    shutdown: { failedToStartChild: id, reason },
  });
  it.each<[ExitReason, string, unknown]>([
    [{ error: boom }, 'boom', boom],
    [{ error: 'no words' }, 'no words', 'no words'],
    ['killed', 'killed', 'killed'],
    [{ shutdown: 'moved' }, 'moved', 'moved'],
    [{ shutdown: null }, 'null', null],
    [failed('a', { error: boom }), 'its child "a" failed to start (boom)', boom],
    [failed('a', failed('b', { error: boom })), 'its child "a/b" failed to start (boom)', boom],
    [failed('a', 'normal'), 'its child "a" failed to start (normal)', 'normal'],
  ])(
    'a failed start with %j names the child and has the error deepest inside as its cause',
    (reason, why, cause) => {
      const error = new SystemStartError('app', reason);
      expect(error).toMatchObject({ code: 'start_failed', system: 'app', reason });
      expect(error.cause).toBe(cause);
      expect(error.message).toBe(`The actor system "app" did not start: ${why}.`);
    },
  );

  it('is known by its class, and by its mark where the package is installed twice', () => {
    expect(noProcess('a')).toBeInstanceOf(CallError);
    const strangers = [undefined, null, 5, 'text', {}, boom];
    expect([noProcess('a'), ...strangers].map((value) => SupervisionError.isInstance(value))).toEqual([
      true,
      ...strangers.map(() => false),
    ]);
  });
});

describe('a wrong option', () => {
  /** The error that a check throws; undefined when it takes the value. */
  function refusal(check: () => unknown): InvalidOptionError | undefined {
    try {
      check();
      return undefined;
    } catch (error) {
      if (error instanceof InvalidOptionError) return error;
      throw error;
    }
  }

  it.each([
    ['short', '"short"'],
    ['x'.repeat(40), `"${'x'.repeat(40)}"`],
    ['x'.repeat(41), 'a string of 41 characters'],
    [[1], 'an array'],
    [{ secret: 1 }, 'an object'],
    [() => 1, 'a function'],
    [null, 'null'],
    [undefined, 'undefined'],
    [5, '5'],
    [true, 'true'],
  ])('shows %j in a few characters, and of objects only what they are', (value, shown) => {
    expect(new InvalidOptionError('field', value, 'other').message).toBe(
      `field is ${shown}; it must be other.`,
    );
  });

  it('is none of the accepted words, no whole number, or no duration', () => {
    const words = ['a', 'b'];
    const taken = [
      () => checkOneOf('f', 'a', words),
      () => checkWhole('f', 3, 3),
      () => checkMilliseconds('f', 3, 3),
      () => checkMilliseconds('f', 3.5, 3),
    ];
    expect(taken.map((check) => refusal(check))).toEqual(taken.map(() => undefined));
    for (const value of ['c', 5, undefined])
      expect(refusal(() => checkOneOf('f', value, words))?.accepted).toBe("one of 'a', 'b'");
    for (const value of [2, 3.5, '4', Number.NaN])
      expect(refusal(() => checkWhole('f', value, 3))?.accepted).toBe('a whole number from 3');
    for (const value of [2, '4', Number.NaN, Number.POSITIVE_INFINITY])
      expect(refusal(() => checkMilliseconds('f', value, 3))?.accepted).toBe('milliseconds from 3');
  });

  /** Calls with what the types forbid, as plain JavaScript may. */
  function fromOutside(call: (options: never) => unknown, options: unknown): () => unknown {
    return () => Reflect.apply(call, undefined, [options]);
  }
  const actor = { init: () => ({ receive() {} }) };
  const worker = childSpec({ id: 'a', actor });
  const significant = childSpec({ id: 'a', actor, restart: 'transient', significant: true });
  const never = "false while the supervisor's autoShutdown is 'never'";

  it.each<[string, string, () => unknown]>([
    ['id', 'a non-empty string without "/"', fromOutside(childSpec, { id: 'a/b', actor })],
    ['actor', 'a Behaviour (with init) or XState logic', fromOutside(childSpec, { id: 'a', actor: null })],
    [
      'actor',
      'a Behaviour (with init) or XState logic',
      fromOutside(childSpec, { id: 'a', actor: { init: 1 } }),
    ],
    [
      'supervisor',
      'supervisor options, or what dynamicSupervisor() returns',
      fromOutside(childSpec, { id: 'a', supervisor: null }),
    ],
    [
      'significant',
      "false for a 'permanent' child",
      fromOutside(childSpec, { id: 'a', actor, significant: true }),
    ],
    ['significant', 'true or false', fromOutside(childSpec, { id: 'a', actor, significant: 1 })],
    [
      'shutdown',
      "'brutal_kill', 'infinity' or milliseconds",
      fromOutside(childSpec, { id: 'a', actor, shutdown: 'soon' }),
    ],
    [
      'shutdown',
      "'brutal_kill', 'infinity' or milliseconds",
      fromOutside(childSpec, { id: 'a', actor, shutdown: [1] }),
    ],
    ['children', 'an array of child specs', fromOutside(supervisor, { children: 5 })],
    [
      'children[1].id',
      'unlike the ids of the other children',
      fromOutside(supervisor, { children: [worker, worker] }),
    ],
    ['children[0].significant', never, fromOutside(supervisor, { children: [significant] })],
    ['maxSeconds', 'a number of seconds above 0', fromOutside(supervisor, { maxSeconds: '5' })],
    ['template', 'a child spec made by childSpec()', fromOutside(simpleOneForOne, { template: null })],
    [
      'autoShutdown',
      "one of 'never', 'any_significant', 'all_significant'",
      fromOutside(simpleOneForOne, { template: worker, autoShutdown: 'no' }),
    ],
    ['maxChildren', 'a whole number from 0', fromOutside(dynamicSupervisor, { maxChildren: 0.5 })],
    ['child', 'a child spec, or a function that makes one', fromOutside(partitionSupervisor, { child: 5 })],
    [
      'child',
      'a child spec, or a function that makes one',
      fromOutside(partitionSupervisor, { child: null }),
    ],
    [
      'key',
      'a string, a number or a bigint',
      fromOutside((key: never) => partitionOf(key, 2), Symbol('key')),
    ],
    ['key', 'a string, a number or a bigint', fromOutside((key: never) => partitionOf(key, 2), null)],
  ])('%s must be %s', (field, accepted, check) => {
    expect(refusal(check)).toMatchObject({ field, accepted });
  });

  it('shows the wrong value: a significant child is true where false is wanted', () => {
    const messages = [
      fromOutside(childSpec, { id: 'a', actor, significant: true }),
      fromOutside(supervisor, { children: [significant] }),
    ].map((check) => refusal(check)?.message);
    expect(messages).toEqual([
      "significant is true; it must be false for a 'permanent' child.",
      `children[0].significant is true; it must be ${never}.`,
    ]);
  });
});
