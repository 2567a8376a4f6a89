import type { ThreadTokenUsage, TokenUsageBreakdown } from './app-server.ts';
import { noUsage, type Usage } from './exec-events.ts';
import { numberOr, type Unread, unread } from './unread.ts';

/**
 * Counts the tokens of one turn from the totals of its thread; pure but for its memory of two totals.
 *
 * Codex reports, after each answer of the model, the total of the thread and what that answer took. The turn's own usage is the last
 * total less the one before the turn, which is the first total less what came with it. Sums of the single answers would leave out
 * those that Codex does not report.
 */
export class TurnUsage {
  #before: Usage | undefined;
  #total: Usage | undefined;

  /** Takes the `tokenUsage` of `thread/tokenUsage/updated`. */
  update(tokenUsage: unknown): void {
    const { total, last } = unread<ThreadTokenUsage>(tokenUsage);
    const newTotal = usageOf(unread(total));
    this.#before ??= difference(newTotal, usageOf(unread(last)));
    this.#total = newTotal;
  }

  /** The turn's own usage so far; zeros when none was reported. */
  get usage(): Usage {
    return this.#total === undefined || this.#before === undefined
      ? { ...noUsage }
      : difference(this.#total, this.#before);
  }
}

/** The tokens of two together. */
export function usageSum(one: Usage, other: Usage): Usage {
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    cached_input_tokens: one.cached_input_tokens + other.cached_input_tokens,
    cache_write_input_tokens: one.cache_write_input_tokens + other.cache_write_input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    reasoning_output_tokens: one.reasoning_output_tokens + other.reasoning_output_tokens,
  };
}

function usageOf(tokens: Unread<TokenUsageBreakdown>): Usage {
  return {
    input_tokens: numberOr(tokens.inputTokens, 0),
    cached_input_tokens: numberOr(tokens.cachedInputTokens, 0),
    cache_write_input_tokens: numberOr(tokens.cacheWriteInputTokens, 0),
    output_tokens: numberOr(tokens.outputTokens, 0),
    reasoning_output_tokens: numberOr(tokens.reasoningOutputTokens, 0),
  };
}

/** Never below zero: a total that shrank counts from somewhere else. */
function difference(total: Usage, before: Usage): Usage {
  const less = (name: keyof Usage) => Math.max(0, total[name] - before[name]);
  return {
    input_tokens: less('input_tokens'),
    cached_input_tokens: less('cached_input_tokens'),
    cache_write_input_tokens: less('cache_write_input_tokens'),
    output_tokens: less('output_tokens'),
    reasoning_output_tokens: less('reasoning_output_tokens'),
  };
}
