/** Why a call of a tool failed. */
export type ToolFailure =
  /** No such tool, not any more, or not for this thread. */
  | 'unavailable'
  /** Too many calls wait. */
  | 'busy'
  /** The arguments do not match `input`. */
  | 'invalid_arguments'
  /** It threw or rejected. */
  | 'threw'
  /** It took longer than `timeoutMs`. */
  | 'timed_out'
  /** The turn ended, or its process died, before it did. */
  | 'interrupted'
  /** Its result does not match `output`, is too large, or JSON cannot carry it. */
  | 'invalid_result';

/** How one call of a tool ended. */
export interface ToolCallEnd {
  /** Null when it succeeded. */
  readonly failure: ToolFailure | null;
  /** Milliseconds from its start to its end, waiting for its turn not counted. */
  readonly durationMs: number;
}

/** What became of the calls of one tool. */
export interface ToolMetrics {
  /** Calls that run now. */
  readonly running: number;
  readonly succeeded: number;
  /** By reason; reasons that did not occur are left out. */
  readonly failed: Readonly<Partial<Record<ToolFailure, number>>>;
  /** Milliseconds of all calls that have ended, together. */
  readonly totalMs: number;
  /** Milliseconds of the last call that ended; null before the first. */
  readonly lastMs: number | null;
}

/** The metrics of a tool that was never called. */
export const noCalls: ToolMetrics = { running: 0, succeeded: 0, failed: {}, totalMs: 0, lastMs: null };

/** The metrics after the start of one more call. */
export function withStart(metrics: ToolMetrics): ToolMetrics {
  return { ...metrics, running: metrics.running + 1 };
}

/** The metrics after the end of a call that was counted as running. */
export function withEnd(metrics: ToolMetrics, { failure, durationMs }: ToolCallEnd): ToolMetrics {
  const { running, succeeded, failed, totalMs } = metrics;
  return {
    running: Math.max(0, running - 1),
    succeeded: failure === null ? succeeded + 1 : succeeded,
    failed: failure === null ? failed : { ...failed, [failure]: (failed[failure] ?? 0) + 1 },
    totalMs: totalMs + durationMs,
    lastMs: durationMs,
  };
}

/** Tools whose metrics are kept: beyond, those of the tool that was counted first are forgotten. */
export const toolMetricsMax = 1_000;

/** A table of metrics with those of one tool changed. */
export function withMetrics(
  table: ReadonlyMap<string, ToolMetrics>,
  name: string,
  change: (metrics: ToolMetrics) => ToolMetrics,
): ReadonlyMap<string, ToolMetrics> {
  const changed = new Map(table).set(name, change(table.get(name) ?? noCalls));
  if (changed.size <= toolMetricsMax) return changed;
  for (const first of changed.keys()) {
    changed.delete(first);
    break;
  }
  return changed;
}
