import { type RetryBudget, type SpentRetry, spendRetry } from '../../machines/retry-budget.ts';
import { type RetryPolicy, type RetryStop, retryDecision } from '../../machines/retry-policy.ts';
import type { CodexError } from '../../protocol/errors/codex-error.ts';
import type { Clock } from '../../supervisor/clock.ts';

/** By what rules the failed turns of a thread are tried again. */
export interface RetryRules {
  readonly policy: RetryPolicy;
  readonly turnBudget: RetryBudget;
  readonly threadBudget: RetryBudget;
}

/** What follows on a failed try. */
export type RetryPlan =
  | { readonly retry: true; readonly attempt: number; readonly delayMs: number }
  | { readonly retry: false; readonly because: RetryStop };

/** Counts the tries of the running turn and what its thread has spent on retries. One turn at a time. */
export class RetryLedger {
  readonly rules: RetryRules;
  readonly #clock: Clock;
  readonly #random: () => number;
  #messageId: string | null = null;
  #attempt = 0;
  #tries = 0;
  #ofTurn: readonly SpentRetry[] = [];
  #ofThread: readonly SpentRetry[] = [];

  constructor(rules: RetryRules, clock: Clock, random: () => number) {
    this.rules = rules;
    this.#clock = clock;
    this.#random = random;
  }

  /** How often the turn has been tried, all in all. */
  get tries(): number {
    return this.#tries;
  }

  /** A try of the turn failed; what it did before that is kept when `gotAhead`, so that the next one counts as its first. */
  failed(messageId: string, error: CodexError, gotAhead: boolean): RetryPlan {
    if (messageId !== this.#messageId) this.#begin(messageId);
    this.#tries += 1;
    this.#attempt = gotAhead ? 1 : this.#attempt + 1;
    const attempt = this.#attempt;
    const decision = retryDecision(this.rules.policy, { error, attempt }, this.#random);
    if (!decision.retry) return decision;
    const { delayMs } = decision;
    const retry = { atMs: this.#clock.now(), delayMs };
    const turn = spendRetry(this.#ofTurn, retry, this.rules.turnBudget);
    if (!turn.isPaid) return { retry: false, because: turn.because };
    const thread = spendRetry(this.#ofThread, retry, this.rules.threadBudget);
    if (!thread.isPaid) return { retry: false, because: thread.because };
    this.#ofTurn = turn.spent;
    this.#ofThread = thread.spent;
    return { retry: true, attempt, delayMs };
  }

  #begin(messageId: string): void {
    this.#messageId = messageId;
    this.#attempt = 0;
    this.#tries = 0;
    this.#ofTurn = [];
  }
}
