import type { ThreadEvent, TurnCompletedEvent, TurnFailedEvent, Usage } from '../protocol/exec-events.ts';
import type { TurnOptions } from '../protocol/thread-options.ts';
import type { TurnTask } from '../protocol/turn-task.ts';
import type { Input } from '../protocol/user-input.ts';
import type { GoalRequest } from './thread/goal-watch.ts';
import type { StagedFile } from './tools/tool.ts';
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
  /** The staged files that `input` names, for telemetry. */
  readonly attachments?: readonly StagedFile[];
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
