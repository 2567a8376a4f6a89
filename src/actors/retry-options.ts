import {
  type RetryBudget,
  retryBudgetMax,
  threadRetryBudget,
  turnRetryBudget,
} from '../machines/retry-budget.ts';
import { defaultRetryPolicy, parseRetryPolicy, type RetryPolicy } from '../machines/retry-policy.ts';
import { InvalidOptionError } from '../protocol/errors/call-errors.ts';
import { unknownOption } from '../protocol/option-names.ts';
import { isRecord } from '../protocol/unread.ts';
import type { PortProfile } from './exec-port/profiles.ts';
import type { RetryRules } from './thread/retry-ledger.ts';

/** How failed turns are tried again; what is absent has its default. */
export interface RetryOptions extends Partial<RetryPolicy> {
  /** What one turn may spend on retries, whatever it gets ahead in between. Default: 20 retries and 600,000 ms of pauses. */
  readonly turnBudget?: Partial<RetryBudget>;
  /** What all turns of one thread may spend. Default: 100 retries and 1,800,000 ms of pauses in any 3,600,000 ms. */
  readonly threadBudget?: Partial<RetryBudget>;
}

/** What a `Codex` may be told about retries. */
export interface CodexRetryOptions {
  /**
   * Whether and how this library tries a failed turn again; Codex's own retries are switched off then, as far as its configuration allows and
   * yours does not set them. `false` leaves all to Codex. Defaults to `false` in the profile `compatible`, to `{}` in `lean`.
   */
  readonly retries?: RetryOptions | false;
}

const fields = [...Object.keys(defaultRetryPolicy), 'turnBudget', 'threadBudget'];

/**
 * The rules by which failed turns are tried again; null: not at all.
 *
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function retryRulesOf(
  { retries }: CodexRetryOptions,
  profile: PortProfile | undefined,
): RetryRules | null {
  if (retries === false || (retries === undefined && profile !== 'lean')) return null;
  if (retries !== undefined && !isRecord(retries))
    throw new InvalidOptionError('retries', retries, 'false, or an object');
  const { turnBudget, threadBudget, ...policy }: RetryOptions = retries ?? {};
  return {
    policy: parseRetryPolicy(policy, defaultRetryPolicy, 'retries', fields),
    turnBudget: budgetOf('retries.turnBudget', turnBudget, turnRetryBudget),
    threadBudget: budgetOf('retries.threadBudget', threadBudget, threadRetryBudget),
  };
}

/** Refuses the option where nothing can be tried again on the same thread. @throws InvalidOptionError when it is set. */
export function checkNoRetryOptions({ retries }: CodexRetryOptions): void {
  if (retries !== undefined && retries !== false)
    throw new InvalidOptionError('retries', retries, "absent or false with transport 'exec'");
}

function budgetOf(field: string, options: unknown, base: RetryBudget): RetryBudget {
  if (options === undefined) return base;
  if (!isRecord(options)) throw new InvalidOptionError(field, options, 'an object');
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(base, name))
      throw unknownOption(field, `${field}.${name}`, options[name], Object.keys(base));
  }
  const read = (name: keyof RetryBudget): number => {
    const value = options[name] ?? base[name];
    // A window without length would remember no retry, and so allow any number of them.
    const min = name === 'windowMs' ? 1 : 0;
    const isAllowed =
      typeof value === 'number' && value >= min && (value <= retryBudgetMax[name] || value === base[name]);
    if (isAllowed && (name !== 'retriesMax' || Number.isInteger(value))) return value;
    throw new InvalidOptionError(
      `${field}.${name}`,
      value,
      `a number from ${min} to ${retryBudgetMax[name]}`,
    );
  };
  return { retriesMax: read('retriesMax'), waitMsMax: read('waitMsMax'), windowMs: read('windowMs') };
}
