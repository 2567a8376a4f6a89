import type { SteerResult, ThreadStatus } from '../machines/thread-machine.ts';
import type { OwnThreadOptions, ThreadOptions } from '../protocol/thread-options.ts';
import type { Input } from '../protocol/user-input.ts';
import type { ApprovalPolicy } from './approvals/policies/approval-policy.ts';
import type { AutoRunPlan } from './auto-run/auto-run-plan.ts';
import type { AutoRunResult } from './auto-run/auto-run-result.ts';
import type { ForkBounds } from './thread-operations/history-operations.ts';
import type { ThreadCatalogue } from './thread-operations/thread-catalogue.ts';
import type { WaitingTurns } from './thread-operations/thread-queue.ts';
import type { ThreadTools } from './tools/thread-tools.ts';
import type { TurnRequest, TurnSink } from './turn-request.ts';

/** What a transport needs to open a thread. Opening starts nothing: the first turn does. */
export interface OpenThread {
  /** The thread to resume; null for a new one. */
  readonly threadId: string | null;
  readonly options: OwnThreadOptions;
  /** Decides what this thread asks. Defaults to what decides for all threads of the transport. */
  readonly approvals?: ApprovalPolicy | undefined;
  /** What it may call of the application. Defaults to nothing. */
  readonly tools?: ThreadTools | undefined;
}

/** One Codex thread, as the public `Thread` sees it, whatever carries it. */
export interface TransportThread {
  /** Null until Codex has named a new thread. */
  readonly id: string | null;
  /**
   * Runs a turn, after those that were started before it on this thread.
   *
   * @throws QueueFullError when too many turns wait; ThreadClosedError after `close`. Any later failure goes to `sink`.
   */
  start(turn: TurnRequest, sink: TurnSink): void;
  /**
   * Ends one turn, whether it waits or runs; the thread stays usable. The transport settles the turn's sink by
   * `abandon(TurnInterruptedError)` within a bounded time, once nothing of the turn runs any more. Unknown ids are ignored.
   */
  interrupt(messageId: string): void;
  /** Ends the running turn, drops the waiting ones, and lets go of the thread. Never rejects; bounded in time. */
  close(): Promise<void>;
}

/** A thread whose running turn can be talked to, and that can be watched: those of the app-server transport. */
export interface LiveTransportThread extends TransportThread {
  /** All threads that Codex has kept. */
  readonly threads: ThreadCatalogue;
  /** What waits behind its running turn. */
  readonly waiting: WaitingTurns;
  /** A new thread with the history of this one, after the turns that were asked for before, or at once where `bounds` say how far. */
  fork(bounds: ForkBounds, options: ThreadOptions): Promise<LiveTransportThread>;
  /** Takes a turn and all after it out of the history, after the turns that were asked for before. */
  revert(beforeTurnId: string): Promise<void>;
  /** Gives the running turn further input. Rejects with `RpcError` when Codex refuses, with errors of turns and threads when they end. */
  steer(input: Input): Promise<SteerResult>;
  /** Ends the running turn; nothing when none runs. */
  interruptRunning(): void;
  /** Whether it, or its whole Codex, was closed: it takes no more turns. One that only let go of an unused Codex thread is not closed. */
  readonly closed: boolean;
  /** Runs turns of the thread until one of the ends of an auto-run is reached. Never rejects. */
  runAuto(plan: AutoRunPlan): Promise<AutoRunResult>;
  /** Calls `changed` with each change of where the thread stands, until the returned function is called. `changed` must not throw. */
  watch(changed: (status: ThreadStatus) => void): () => void;
}

/** How turns reach Codex: `app-server` (many threads on one process) or `exec` (one process a turn). */
export interface TurnTransport {
  /** Makes the thread's proxy; starts nothing. */
  openThread(request: OpenThread): TransportThread;
  /** Ends every turn and every process in order, in at most `timeoutMs`, by force at the end of it. Never rejects. */
  close(options: { readonly timeoutMs: number }): Promise<void>;
}
