import { continueText } from './actors/auto-run/auto-run-inputs.ts';
import type { AutoRunPlan, PreparedTurn } from './actors/auto-run/auto-run-plan.ts';
import type { AutoRunProgress } from './actors/auto-run/auto-run-result.ts';
import type { TurnResult } from './actors/turn-collector.ts';
import type { TurnDoubt } from './actors/turn-doubt.ts';
import type { WithAttachments } from './files/attachments/turn-attachments.ts';
import {
  defaultRetryPolicy,
  parseRetryPolicy,
  type RetryPolicy,
  retryAttemptsMax,
} from './machines/retry-policy.ts';
import { InvalidOptionError } from './protocol/errors/call-errors.ts';
import type { ThreadEvent } from './protocol/exec-events.ts';
import { checkOptionNames, type OptionNames } from './protocol/option-names.ts';
import type { TurnOptions } from './protocol/thread-options.ts';
import { type Input, promptAndImages } from './protocol/user-input.ts';
import { turnOptionNames } from './turn-options.ts';

/** Options of an auto-run, and of each of its turns. */
export interface AutoRunOptions extends TurnOptions, WithAttachments {
  /** Turns that may complete. A whole number from 1 to 1,000. Defaults to 10. */
  readonly maxTurns?: number;
  /** Attempts at one turn, the first included; a turn that completes begins the count anew. From 1 to 100. Defaults to 3. */
  readonly maxAttempts?: number;
  /** Whether the run is done after a turn that completed. Defaults to always: one turn. */
  readonly until?: (result: TurnResult, progress: AutoRunProgress) => boolean | Promise<boolean>;
  /** What the next turn begins with. Defaults to `Continue.`. */
  readonly continueWith?: Input | ((result: TurnResult, progress: AutoRunProgress) => Input | Promise<Input>);
  /**
   * Tokens that the run may spend, input that was not cached and output, as Codex reports them. A turn that crosses it with its last
   * answer is let finish, one that goes on is interrupted. A whole number from 1. Defaults to no limit.
   */
  readonly tokenBudget?: number;
  /** Milliseconds for the whole run, from 1 to 604,800,000. Defaults to 21,600,000 (6 hours). */
  readonly deadlineMs?: number;
  /** Pauses before further attempts. Defaults to those of `RetryPolicy`: 1 s that grow to 30 s, at random, and what the server asks for up to 60 s. */
  readonly backoff?: Partial<Omit<RetryPolicy, 'maxAttempts'>>;
  /** Told of every event of every turn, in order, as it happens. It must return soon. A throw ends the run as `failed`. */
  readonly onEvent?: (event: ThreadEvent) => void;
  /** Ends the run as `interrupted`, with its running turn. */
  readonly signal?: AbortSignal;
}

/** Every option of `runAuto`. */
export const autoRunOptionNames = {
  ...turnOptionNames,
  maxTurns: 'own',
  maxAttempts: 'own',
  until: 'own',
  continueWith: 'own',
  tokenBudget: 'own',
  deadlineMs: 'own',
  backoff: 'own',
  onEvent: 'own',
} as const satisfies OptionNames<AutoRunOptions>;

/** Turns of an auto-run, unless `maxTurns` says otherwise. */
export const autoRunTurnsDefault = 10;
/** The highest `maxTurns`. */
export const autoRunTurnsMax = 1_000;
/** Attempts at a turn, unless `maxAttempts` says otherwise. */
export const autoRunAttemptsDefault = 3;
/** Milliseconds of an auto-run, unless `deadlineMs` says otherwise. */
export const autoRunDeadlineMsDefault = 21_600_000;
/** The highest `deadlineMs`: a week. */
export const autoRunDeadlineMsMax = 604_800_000;

/**
 * Reads the input and the options of an auto-run.
 *
 * @param turn Makes a turn of the thread that has not started.
 * @throws InvalidOptionError naming the field and what may stand there; InputTooLargeError. Nothing has been sent then.
 */
export function autoRunPlan(
  input: Input,
  options: AutoRunOptions,
  turn: (input: Input, options: TurnOptions & WithAttachments, doubt?: TurnDoubt) => PreparedTurn,
): AutoRunPlan {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError('options', options, 'an object');
  if ('output' in options && options.output !== undefined)
    throw new InvalidOptionError('output', options.output, 'left out of an auto-run: use outputSchema');
  checkOptionNames('runAuto', options, autoRunOptionNames);
  const { outputSchema, cyberAccessProgram, signal, attachments } = options;
  const ofEveryTurn = {
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(cyberAccessProgram === undefined ? {} : { cyberAccessProgram }),
  };
  const given = attachments === undefined ? {} : { attachments };
  // Made to be checked, and thrown away.
  turn(input, { ...ofEveryTurn, ...given, ...(signal === undefined ? {} : { signal }) });
  return {
    input,
    limits: limitsOf(options),
    retries: retriesOf(options),
    turn: (next) => turn(next.input, { ...ofEveryTurn, ...(next.given ? given : {}) }, next.doubt),
    until: functionIn(options, 'until') ?? (() => true),
    continueWith: continuationOf(options),
    onEvent: functionIn(options, 'onEvent') ?? (() => undefined),
    signal,
  };
}

function limitsOf(options: AutoRunOptions): AutoRunPlan['limits'] {
  const { maxTurns = autoRunTurnsDefault, tokenBudget, deadlineMs = autoRunDeadlineMsDefault } = options;
  wholeNumber('maxTurns', maxTurns, autoRunTurnsMax);
  if (tokenBudget !== undefined) wholeNumber('tokenBudget', tokenBudget, Number.MAX_SAFE_INTEGER);
  wholeNumber('deadlineMs', deadlineMs, autoRunDeadlineMsMax);
  return { maxTurns, tokenBudget: tokenBudget ?? null, deadlineMs };
}

function retriesOf({ maxAttempts = autoRunAttemptsDefault, backoff }: AutoRunOptions): RetryPolicy {
  wholeNumber('maxAttempts', maxAttempts, retryAttemptsMax);
  if (typeof backoff === 'object' && backoff !== null && 'maxAttempts' in backoff)
    throw new InvalidOptionError('backoff.maxAttempts', backoff.maxAttempts, 'absent: use maxAttempts');
  const fields = Object.keys(defaultRetryPolicy).filter((name) => name !== 'maxAttempts');
  return parseRetryPolicy(backoff, { ...defaultRetryPolicy, maxAttempts }, 'backoff', fields);
}

function continuationOf(options: AutoRunOptions): AutoRunPlan['continueWith'] {
  const { continueWith = continueText } = options;
  if (typeof continueWith === 'function') return continueWith;
  promptAndImages(continueWith);
  return () => continueWith;
}

function functionIn<Name extends 'until' | 'onEvent'>(
  options: AutoRunOptions,
  name: Name,
): AutoRunOptions[Name] {
  const value = options[name];
  if (value !== undefined && typeof value !== 'function')
    throw new InvalidOptionError(name, value, 'a function');
  return value;
}

function wholeNumber(field: string, value: unknown, max: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new InvalidOptionError(field, value, `a whole number from 1 to ${max.toLocaleString('en')}`);
}
