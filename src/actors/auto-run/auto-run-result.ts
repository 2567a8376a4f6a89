import type { AutoRunLimit } from '../../machines/auto-run-machine.ts';
import type { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import type { ThreadEvent, Usage } from '../../protocol/exec-events.ts';
import type { ThreadItem } from '../../protocol/exec-items.ts';

/** Milliseconds that something took, on the monotonic clock. */
export interface AutoRunLatency {
  /** Until it went to Codex; null when it never did. Of a run: that of its first attempt. */
  readonly queueMs: number | null;
  /** Until the model's first sign of life, a delta or an item; null when there was none. Of a run: from its beginning. */
  readonly firstTokenMs: number | null;
  /** From beginning to end. */
  readonly totalMs: number;
}

/** One attempt at one turn. */
export interface AutoRunAttempt {
  /** Which turn of the run, from 1. */
  readonly turn: number;
  /** Which attempt at it, from 1. */
  readonly attempt: number;
  readonly status: 'completed' | 'failed';
  /** What it failed with; null when it completed. */
  readonly error: Error | null;
  /** Tokens that Codex reported for it, also when it failed. */
  readonly usage: Usage;
  readonly latency: AutoRunLatency;
}

/** How far an auto-run has come: what `until` and `continueWith` are told besides the turn's result. */
export interface AutoRunProgress {
  /** Turns that have completed. */
  readonly turns: number;
  readonly attempts: readonly AutoRunAttempt[];
  /** Of all attempts so far. */
  readonly usage: Usage;
}

/** What an auto-run leaves, however it ended. */
export interface AutoRunFacts extends AutoRunProgress {
  /** Null when Codex never named the thread. */
  readonly threadId: string | null;
  /** Every event of every attempt, in order. */
  readonly events: readonly ThreadEvent[];
  /** Every item that completed, in order. */
  readonly items: readonly ThreadItem[];
  /** Events, oldest first, that were forgotten because there were more than 100,000; their items are missing too. */
  readonly eventsDropped: number;
  /** The text of the last agent message; empty when there was none. */
  readonly finalResponse: string;
  readonly latency: AutoRunLatency;
}

/** What `runAuto` resolves to: how it ended, and all it has done. `error` is null when the work is done. */
export type AutoRunResult = AutoRunFacts &
  (
    | { readonly status: 'done'; readonly error: null }
    /** The limit named was reached; the cause of the error is what the last attempt failed with, if it did. */
    | { readonly status: 'exhausted'; readonly limit: AutoRunLimit; readonly error: LimitExceededError }
    /** Another attempt would be of no use, or a function of the application failed. */
    | { readonly status: 'failed'; readonly error: Error }
    /** Its signal was aborted, its turn interrupted, or its thread closed. */
    | { readonly status: 'interrupted'; readonly error: Error }
  );
