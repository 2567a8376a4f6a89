import { assign, setup } from 'xstate';
import { LimitExceededError } from '../protocol/errors/call-errors.ts';
import { afterFailure } from './auto-run-failure.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** The options that end an auto-run when they are reached. */
export type AutoRunLimit = 'maxTurns' | 'maxAttempts' | 'tokenBudget' | 'deadlineMs';

/** The bounds of an auto-run. */
export interface AutoRunLimits {
  /** Turns that may complete. */
  readonly maxTurns: number;
  /** Tokens that may be spent; null for any number. */
  readonly tokenBudget: number | null;
  /** Milliseconds for the whole run. */
  readonly deadlineMs: number;
}

/** How an auto-run ended. */
export type AutoRunOutcome =
  | { readonly status: 'done' }
  /** A limit was reached. Where that is `maxAttempts`, the error's cause is what the last attempt failed with. */
  | { readonly status: 'exhausted'; readonly limit: AutoRunLimit; readonly error: LimitExceededError }
  /** Another attempt would be of no use, or a function of the application failed. */
  | { readonly status: 'failed'; readonly error: Error }
  /** Somebody asked for the end: of the run, of its turn, of its thread. */
  | { readonly status: 'interrupted'; readonly error: Error };

/** Which attempt is made: both count from 1. An attempt after the first one is made at what an earlier one left. */
export interface AttemptNumber {
  readonly turn: number;
  readonly attempt: number;
}

/** What the chart asks of the world. Each call returns at once; answers come back as events. None may throw. */
export interface AutoRunEffects {
  /** Called first, with what takes the chart its answers; a chart that has ended drops them. */
  connect(answer: (event: AutoRunEvent) => void): void;
  /** Runs a turn of the thread; answered once, by `attempt.completed` or `attempt.failed`. */
  attempt(number: AttemptNumber): void;
  /** Asks for the end of the running attempt, which is answered all the same, in bounded time. */
  interrupt(): void;
  /** Asks whether the run is done; answered by `run.judged` or `callback.failed`. */
  judge(): void;
  /** Finds what the next turn begins with; answered by `run.continued` or `callback.failed`. */
  prepare(): void;
  /** Another attempt follows, `delayMs` from now. */
  pausing(number: AttemptNumber, error: Error, delayMs: number): void;
  /** What a run is told whose supervisor stops it. */
  stopError(): Error;
  /** Tells the caller. Called exactly once. */
  settle(outcome: AutoRunOutcome): void;
}

/** What an auto-run begins with. */
export interface AutoRunInput {
  readonly effects: AutoRunEffects;
  readonly limits: AutoRunLimits;
  /** How often, and after which pauses, a failed attempt at a turn is followed by another. */
  readonly retries: RetryPolicy;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** What an auto-run knows. */
export interface AutoRunContext extends AutoRunInput {
  /** The turn that is under way, or was last. */
  readonly turn: number;
  /** The attempt at it. */
  readonly attempt: number;
  /** Whether a turn of the thread runs or waits on its behalf. */
  readonly attemptOpen: boolean;
  /** All tokens that Codex has reported so far. */
  readonly tokensSpent: number;
  /** Milliseconds until the next attempt; null while none is to follow. */
  readonly delayMs: number | null;
  /** Null until it is decided. */
  readonly outcome: AutoRunOutcome | null;
}

/** What an auto-run is told. `tokensSpent` is always the total of the run. */
export type AutoRunEvent =
  | { readonly type: 'attempt.completed'; readonly tokensSpent: number }
  | { readonly type: 'attempt.failed'; readonly error: Error; readonly tokensSpent: number }
  /** The budget is spent and the turn goes on. */
  | { readonly type: 'budget.spent'; readonly tokensSpent: number }
  | { readonly type: 'run.judged'; readonly done: boolean }
  | { readonly type: 'run.continued' }
  | { readonly type: 'callback.failed'; readonly error: Error }
  /** Its caller has no use for it any more. */
  | { readonly type: 'run.abort'; readonly error: Error }
  | { readonly type: 'thread.closed'; readonly error: Error }
  /** Its supervisor stops it. */
  | { readonly type: 'run.stop' };

/**
 * An auto-run: turns of one thread, one after the other, until one of four ends. It knows no thread and no clock but its own: effects
 * are given in its input.
 *
 * ```
 *             completed             not done, turns left           next input
 * ┌▶ attempting ───────▶ judging ──────────────────────▶ preparing ───────────┐
 * │      │ failed           │ done                                            │
 * │      ▼                  └──────────▶ done                                 │
 * │   deciding ──no use──▶ failed                                             │
 * │      │   └──no turn, attempt or token left──▶ exhausted                   │
 * │      ▼ worth another attempt                                              │
 * ├── pausing                                                                 │
 * └───────────────────────────────────────────────────────────────────────────┘
 * from all of them: deadline ─▶ exhausted, callback.failed ─▶ failed, run.abort, thread.closed, run.stop ─▶ interrupted;
 * by way of `ending` while an attempt is open: it is interrupted, and its end waited for; run.stop does not wait
 * ```
 *
 * Whatever happens, `effects.settle` is called exactly once. Tags: `attempting` while a turn is open, `ended` at the end.
 */
export const autoRunMachine = setup({
  types: {
    context: {} as AutoRunContext,
    events: {} as AutoRunEvent,
    input: {} as AutoRunInput,
    output: {} as AutoRunOutcome | null,
    tags: {} as 'attempting' | 'ended',
  },
  delays: {
    deadline: ({ context }) => context.limits.deadlineMs,
    pause: ({ context }) => context.delayMs ?? 0,
  },
  actions: {
    connect: ({ context, self }) =>
      context.effects.connect((event) => {
        if (self.getSnapshot().status === 'active') self.send(event);
      }),
    openAttempt: assign({ attemptOpen: true, delayMs: null }),
    attempt: ({ context: { effects, turn, attempt } }) => effects.attempt({ turn, attempt }),
    closeAttempt: assign({
      attemptOpen: false,
      tokensSpent: ({ context, event }) => ('tokensSpent' in event ? event.tokensSpent : context.tokensSpent),
    }),
    interrupt: ({ context }) => context.effects.interrupt(),
    judge: ({ context }) => context.effects.judge(),
    prepare: ({ context }) => context.effects.prepare(),
    nextTurn: assign({ turn: ({ context }) => context.turn + 1, attempt: 1 }),
    nextAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    decide: assign(({ context, event }) =>
      event.type === 'attempt.failed' ? decisionOn(context, event.error) : {},
    ),
    tellPause: ({ context: { effects, turn, attempt, delayMs }, event }) => {
      if (event.type === 'attempt.failed' && delayMs !== null)
        effects.pausing({ turn, attempt }, event.error, delayMs);
    },
    concludeDone: assign({ outcome: (): AutoRunOutcome => ({ status: 'done' }) }),
    concludeTurns: assign({
      outcome: ({ context: { limits, turn } }) => exhausted('maxTurns', limits.maxTurns, turn),
    }),
    concludeTokens: assign({
      outcome: ({ context, event }) =>
        exhausted(
          'tokenBudget',
          context.limits.tokenBudget ?? 0,
          'tokensSpent' in event ? event.tokensSpent : context.tokensSpent,
        ),
    }),
    concludeDeadline: assign({
      outcome: ({ context: { limits } }) => exhausted('deadlineMs', limits.deadlineMs, limits.deadlineMs),
    }),
    conclude: assign({ outcome: ({ context, event }) => endedBy(context, event) }),
    settle: ({ context }) => {
      if (context.outcome !== null) context.effects.settle(context.outcome);
    },
  },
  guards: {
    isDone: ({ event }) => event.type === 'run.judged' && event.done,
    hasSpentTurns: ({ context }) => context.turn >= context.limits.maxTurns,
    hasSpentTokens: ({ context }) => hasSpentTokens(context),
    isAttempting: ({ context }) => context.attemptOpen,
    isDecided: ({ context }) => context.outcome !== null,
    endsDone: ({ context }) => context.outcome?.status === 'done',
    endsExhausted: ({ context }) => context.outcome?.status === 'exhausted',
    endsFailed: ({ context }) => context.outcome?.status === 'failed',
  },
}).createMachine({
  id: 'autoRun',
  context: ({ input }) => ({
    ...input,
    turn: 1,
    attempt: 1,
    attemptOpen: false,
    tokensSpent: 0,
    delayMs: null,
    outcome: null,
  }),
  initial: 'running',
  states: {
    running: {
      entry: 'connect',
      initial: 'attempting',
      on: {
        'callback.failed': { target: 'ending', actions: 'conclude' },
        'run.abort': { target: 'ending', actions: 'conclude' },
        'thread.closed': { target: 'ending', actions: 'conclude' },
        'run.stop': { target: 'ended', actions: 'conclude' },
      },
      after: { deadline: { target: 'ending', actions: 'concludeDeadline' } },
      states: {
        attempting: {
          tags: 'attempting',
          entry: ['openAttempt', 'attempt'],
          on: {
            'attempt.completed': { target: 'judging', actions: 'closeAttempt' },
            'attempt.failed': { target: 'deciding', actions: ['closeAttempt', 'decide', 'tellPause'] },
            'budget.spent': { target: '#autoRun.ending', actions: 'concludeTokens' },
          },
        },
        judging: {
          entry: 'judge',
          on: {
            'run.judged': [
              { guard: 'isDone', target: '#autoRun.ended', actions: 'concludeDone' },
              { guard: 'hasSpentTokens', target: '#autoRun.ended', actions: 'concludeTokens' },
              { guard: 'hasSpentTurns', target: '#autoRun.ended', actions: 'concludeTurns' },
              { target: 'preparing' },
            ],
          },
        },
        preparing: {
          entry: 'prepare',
          on: { 'run.continued': { target: 'attempting', actions: 'nextTurn' } },
        },
        deciding: {
          always: [{ guard: 'isDecided', target: '#autoRun.ended' }, { target: 'pausing' }],
        },
        pausing: {
          after: { pause: { target: 'attempting', actions: 'nextAttempt' } },
        },
      },
    },
    // The outcome is decided; what is left is the end of an open attempt, which its thread brings about in bounded time.
    ending: {
      initial: 'choosing',
      on: { 'run.stop': 'ended' },
      states: {
        choosing: {
          always: [{ guard: 'isAttempting', target: 'interrupting' }, { target: '#autoRun.ended' }],
        },
        interrupting: {
          tags: 'attempting',
          entry: 'interrupt',
          on: {
            'attempt.completed': { target: '#autoRun.ended', actions: 'closeAttempt' },
            'attempt.failed': { target: '#autoRun.ended', actions: 'closeAttempt' },
          },
        },
      },
    },
    ended: {
      always: [
        { guard: 'endsDone', target: 'done' },
        { guard: 'endsExhausted', target: 'exhausted' },
        { guard: 'endsFailed', target: 'failed' },
        { target: 'interrupted' },
      ],
    },
    done: { type: 'final', tags: 'ended', entry: 'settle' },
    exhausted: { type: 'final', tags: 'ended', entry: 'settle' },
    failed: { type: 'final', tags: 'ended', entry: 'settle' },
    interrupted: { type: 'final', tags: 'ended', entry: 'settle' },
  },
  output: ({ context }) => context.outcome,
});

function hasSpentTokens({ limits, tokensSpent }: AutoRunContext): boolean {
  return limits.tokenBudget !== null && tokensSpent >= limits.tokenBudget;
}

function exhausted(limit: AutoRunLimit, max: number, actual: number, cause?: Error): AutoRunOutcome {
  const error = new LimitExceededError(limit, max, actual, cause === undefined ? undefined : { cause });
  return { status: 'exhausted', limit, error };
}

function decisionOn(context: AutoRunContext, error: Error): Pick<AutoRunContext, 'outcome' | 'delayMs'> {
  const { attempt, limits, random, retries, tokensSpent } = context;
  const after = afterFailure(retries, { error, attempt }, random);
  switch (after.kind) {
    case 'again':
      return hasSpentTokens(context)
        ? { outcome: exhausted('tokenBudget', limits.tokenBudget ?? 0, tokensSpent, error), delayMs: null }
        : { outcome: null, delayMs: after.delayMs };
    case 'tokens_spent':
      return { outcome: tokensSpentBy(error, context), delayMs: null };
    case 'attempts_spent':
      return { outcome: exhausted('maxAttempts', retries.maxAttempts, attempt, error), delayMs: null };
    case 'failed':
    case 'interrupted':
      return { outcome: { status: after.kind, error }, delayMs: null };
  }
}

/** The turn itself has said so, with figures of its own. */
function tokensSpentBy(error: Error, { limits, tokensSpent }: AutoRunContext): AutoRunOutcome {
  return LimitExceededError.isInstance(error)
    ? { status: 'exhausted', limit: 'tokenBudget', error }
    : exhausted('tokenBudget', limits.tokenBudget ?? 0, tokensSpent);
}

/** How the run ends by what came from outside of its own turns. */
function endedBy({ effects, outcome }: AutoRunContext, event: AutoRunEvent): AutoRunOutcome | null {
  switch (event.type) {
    case 'callback.failed':
      return { status: 'failed', error: event.error };
    case 'run.abort':
    case 'thread.closed':
      return { status: 'interrupted', error: event.error };
    case 'run.stop':
      return { status: 'interrupted', error: effects.stopError() };
    case 'attempt.completed':
    case 'attempt.failed':
    case 'budget.spent':
    case 'run.judged':
    case 'run.continued':
      return outcome;
  }
}
