import type { SteerResult, ThreadStatus } from '../machines/thread-machine.ts';
import type { ThreadEvent, TurnCompletedEvent, TurnFailedEvent, Usage } from '../protocol/exec-events.ts';
import type { OwnThreadOptions, ThreadOptions, TurnOptions } from '../protocol/thread-options.ts';
import type { TurnTask } from '../protocol/turn-task.ts';
import type { Input } from '../protocol/user-input.ts';
import type { ApprovalPolicy } from './approvals/policies/approval-policy.ts';
import type { AutoRunPlan } from './auto-run/auto-run-plan.ts';
import type { AutoRunResult } from './auto-run/auto-run-result.ts';
import type { GoalRequest } from './thread/goal-watch.ts';
import type { ForkBounds } from './thread-operations/history-operations.ts';
import type { ThreadCatalogue } from './thread-operations/thread-catalogue.ts';
import type { WaitingTurns } from './thread-operations/thread-queue.ts';
import type { ThreadTools } from './tools/thread-tools.ts';
import type { TurnDoubt } from './turn-doubt.ts';
import type { TurnRetry } from './turn-retry.ts';

/** One turn as a transport is asked to run it. Already checked: input within its limits, schema a plain object. */
export interface TurnRequest {
  /** Made by the client, unique in the process. Codex keeps it with the user's message, so that a crash can be reconciled. */
  readonly messageId: string;
  readonly input: Input;
  /** What it is for instead of `input`, which then is empty. */
  readonly task?: TurnTask;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  /** The goal that it pursues, in place of its input. Codex then begins turns by itself, which are one to those who follow. */
  readonly goal?: GoalRequest;
  readonly cyberAccessProgram?: TurnOptions['cyberAccessProgram'];
  /** Whether who asks tries again by itself, so that the thread does not. Default false. */
  readonly isTriedOnce?: boolean;
  /** Tries of it before, of which nobody knew what became: `input` is said only if none of them ran. */
  readonly doubt?: TurnDoubt;
}

/** A piece of an item that is still growing. Adjacent pieces of one item and kind may arrive joined. */
export interface ItemDelta {
  readonly itemId: string;
  readonly kind: 'text' | 'reasoning' | 'output' | 'plan' | 'patch';
  readonly delta: string;
}

/**
 * Where a transport puts what a turn does. The transport calls it synchronously, as things arrive, and settles it exactly once:
 * by `complete`, `fail` or `abandon`. Calls after that do nothing.
 *
 * A sink never blocks and never throws; a slow reader costs it bounded memory.
 */
export interface TurnSink {
  /** Whether the turn has been settled. */
  readonly settled: boolean;
  /** Whether `pushDelta` is of use to anyone, so that a transport need not make deltas for nobody. */
  readonly wantsDeltas: boolean;
  /** The thread's id is known. The sink emits `thread.started` when `isNew`. Calling it again does nothing. */
  threadStarted(threadId: string, isNew: boolean): void;
  /** One official event: `turn.started`, `item.started`, `item.updated`, `item.completed`, `error`. */
  push(event: Exclude<ThreadEvent, TurnCompletedEvent | TurnFailedEvent>): void;
  /** A piece of a growing item; it costs nothing where the reader did not ask for deltas. */
  pushDelta(delta: ItemDelta): void;
  /** What the turn has used so far, after each answer of the model; also of turns that fail later. */
  usageReported?(usage: Usage): void;
  /** A try failed, and another follows. Readers of the official events learn of it by the `error` event that is pushed before. */
  retried?(retry: TurnRetry): void;
  /** The turn completed: readers get the event and end, `run()` resolves. */
  complete(event: TurnCompletedEvent): void;
  /** Codex ended the turn as failed: readers get the event and end, `run()` rejects with `error` (a `TurnFailedError`). */
  fail(event: TurnFailedEvent, error: Error): void;
  /** The turn ended without a verdict of Codex (interrupted, cut off, process lost, closed): readers and `run()` get `error` thrown. */
  abandon(error: Error): void;
}

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
