/** How much retrying is put up with in all, whatever each failure on its own would allow. */
export interface RetryBudget {
  /** Retries within the window. */
  readonly retriesMax: number;
  /** Milliseconds of pauses within the window. */
  readonly waitMsMax: number;
  /** How far back is counted, in milliseconds, at least 1; `Infinity` counts all. */
  readonly windowMs: number;
}

/** The most that a budget may allow. */
export const retryBudgetMax: RetryBudget = {
  retriesMax: 1_000,
  waitMsMax: 86_400_000,
  windowMs: 604_800_000,
};

/** One retry that a budget has paid for. */
export interface SpentRetry {
  /** When it was decided on, in milliseconds of the clock. */
  readonly atMs: number;
  /** The pause before it. */
  readonly delayMs: number;
}

/** Whether the budget pays for a retry, and what of it is spent then. */
export type SpendingDecision =
  | { readonly isPaid: true; readonly spent: readonly SpentRetry[] }
  | {
      readonly isPaid: false;
      readonly because: 'retry_budget' | 'wait_budget';
      readonly spent: readonly SpentRetry[];
    };

/** For one turn, from its submission to its outcome. */
export const turnRetryBudget: RetryBudget = {
  retriesMax: 20,
  waitMsMax: 600_000,
  windowMs: Number.POSITIVE_INFINITY,
};

/** For all turns of one thread together, in any hour. */
export const threadRetryBudget: RetryBudget = {
  retriesMax: 100,
  waitMsMax: 1_800_000,
  windowMs: 3_600_000,
};

/**
 * Takes one retry from a budget. What the window has left behind is forgotten: `spent` never holds more than `retriesMax` entries.
 *
 * @param spent What was spent before, oldest first.
 * @example
 * spendRetry([], { atMs: 0, delayMs: 500 }, { retriesMax: 1, waitMsMax: 1_000, windowMs: 60_000 }).isPaid // true
 */
export function spendRetry(
  spent: readonly SpentRetry[],
  retry: SpentRetry,
  budget: RetryBudget,
): SpendingDecision {
  const recent = spent.filter(({ atMs }) => atMs > retry.atMs - budget.windowMs);
  if (recent.length >= budget.retriesMax) return { isPaid: false, because: 'retry_budget', spent: recent };
  const waitedMs = recent.reduce((sum, { delayMs }) => sum + delayMs, 0);
  if (waitedMs + retry.delayMs > budget.waitMsMax)
    return { isPaid: false, because: 'wait_budget', spent: recent };
  return { isPaid: true, spent: [...recent, retry] };
}
