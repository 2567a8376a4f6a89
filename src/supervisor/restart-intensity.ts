/** How many restarts a supervisor puts up with: at most `maxRestarts` within `windowMs`, both ends of the window included. */
export interface RestartLimit {
  /** A whole number from 0. With 0 the first restart already ends the supervisor. */
  readonly maxRestarts: number;
  /** Length of the window in milliseconds. */
  readonly windowMs: number;
}

/**
 * Counts one restart at `now` and drops what the window has left behind.
 *
 * `restarts` are the times of earlier restarts, oldest first. The returned history never holds more than
 * `maxRestarts + 1` entries, since the supervisor ends at that count.
 *
 * Source: `add_restart/1` of OTP's supervisor, which counts in whole seconds; ours counts in milliseconds.
 */
export function recordRestart(
  restarts: readonly number[],
  now: number,
  limit: RestartLimit,
): { readonly restarts: readonly number[]; readonly exceeded: boolean } {
  // They are in order of time, so that a full window costs no look at each of them.
  const first = restarts.findIndex((at) => at >= now - limit.windowMs);
  const recent = first < 0 ? [] : restarts.slice(Math.max(first, restarts.length - limit.maxRestarts));
  recent.push(now);
  return { restarts: recent, exceeded: recent.length > limit.maxRestarts };
}
