import type { Usage } from '../../protocol/exec-events.ts';
import { isRecord, numberOr } from '../../protocol/unread.ts';

/** What a `turn.completed` says of its usage, missing figures as 0 and unknown ones kept; undefined when it says nothing. */
export function readUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  return {
    ...value,
    input_tokens: numberOr(value.input_tokens, 0),
    cached_input_tokens: numberOr(value.cached_input_tokens, 0),
    cache_write_input_tokens: numberOr(value.cache_write_input_tokens, 0),
    output_tokens: numberOr(value.output_tokens, 0),
    reasoning_output_tokens: numberOr(value.reasoning_output_tokens, 0),
  };
}

/**
 * The usage of one turn, from the totals that `codex exec` reports; pure.
 *
 * `turn.completed` of `codex exec --json` carries what the whole thread has used, also over `resume`. The turn's own usage is the
 * difference to the total before it. Tokens of a failed or interrupted turn in between, which reports none, are counted to the
 * turn after it.
 *
 * @param before The total after the last completed turn; `'none'` for a new thread; `'unknown'` for a resumed thread whose earlier
 *   turns this process has not seen. Then the total is returned as it is: the only figure there is, and what the official SDK gives.
 * @param total What the turn's `turn.completed` carries.
 */
export function turnUsage(before: Usage | 'none' | 'unknown', total: Usage): Usage {
  if (before === 'none' || before === 'unknown') return total;
  const difference: Usage = {
    ...total,
    input_tokens: total.input_tokens - before.input_tokens,
    cached_input_tokens: total.cached_input_tokens - before.cached_input_tokens,
    cache_write_input_tokens: total.cache_write_input_tokens - before.cache_write_input_tokens,
    output_tokens: total.output_tokens - before.output_tokens,
    reasoning_output_tokens: total.reasoning_output_tokens - before.reasoning_output_tokens,
  };
  // Totals only grow. One that shrank counts from somewhere else, so the old one says nothing about it.
  return Object.values(difference).some((tokens) => typeof tokens === 'number' && tokens < 0)
    ? total
    : difference;
}
