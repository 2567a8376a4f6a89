import type { SteerResult, ThreadStatus } from '../machines/thread-machine.ts';
import type {
  ItemCompletedEvent,
  ItemStartedEvent,
  ItemUpdatedEvent,
  ThreadErrorEvent,
  TurnCompletedEvent,
} from '../protocol/exec-events.ts';
import type { Input } from '../protocol/user-input.ts';
import type { ItemDelta } from './turn-request.ts';
import type { TurnRetry } from './turn-retry.ts';

/** What a `ThreadActor` takes. */
export type ThreadActorEvent =
  /** Runs a turn after those asked for before. Its events are emitted with its number, counted from 1. */
  | {
      readonly type: 'turn.run';
      readonly input: Input;
      readonly outputSchema?: Readonly<Record<string, unknown>>;
    }
  /** Gives the running turn further input; `turn.steered` tells what came of it. */
  | { readonly type: 'turn.steer'; readonly input: Input }
  /** Ends the running turn; waiting ones go on. */
  | { readonly type: 'turn.interrupt' }
  /** Closes the thread, whoever started it; the actor is then done. */
  | { readonly type: 'thread.close' }
  /** From the actor to itself: the thread stands somewhere else. */
  | { readonly type: 'thread.changed'; readonly status: ThreadStatus }
  /** From the actor to itself: the thread is closed. */
  | { readonly type: 'thread.ended' };

/** Which turn of this actor an event belongs to, counted from 1 in the order of `turn.run`. */
interface OfTurn {
  readonly turn: number;
}

/** What a `ThreadActor` emits. */
export type ThreadActorEmitted =
  | { readonly type: 'thread.started'; readonly threadId: string }
  | { readonly type: 'thread.recovering' }
  | { readonly type: 'thread.resumed' }
  | { readonly type: 'thread.closed' }
  | ({ readonly type: 'turn.started' } & OfTurn)
  | (ItemStartedEvent & OfTurn)
  | (ItemUpdatedEvent & OfTurn)
  | (ItemCompletedEvent & OfTurn)
  | ({ readonly type: 'item.delta' } & ItemDelta & OfTurn)
  /** An error that Codex tries to get over, or that `turn.failed` follows. */
  | ({ readonly type: 'turn.error'; readonly message: ThreadErrorEvent['message'] } & OfTurn)
  /** A try of the turn failed, and another follows, by this library or by Codex itself. A `turn.error` tells it in words before. */
  | ({ readonly type: 'turn.retry' } & Pick<TurnRetry, 'by' | 'attempt' | 'attemptsMax' | 'delayMs'> & {
        /** Code of the error, such as `internal_server_error`. */
        readonly code: string;
      } & OfTurn)
  | ({
      readonly type: 'turn.completed';
      readonly usage: TurnCompletedEvent['usage'];
      readonly finalResponse: string;
    } & OfTurn)
  | ({ readonly type: 'turn.failed'; readonly error: Error } & OfTurn)
  /** `error.code` tells an interrupt (`turn_interrupted`) from a crash in the middle (`turn_cut_off`). */
  | ({ readonly type: 'turn.interrupted'; readonly error: Error } & OfTurn)
  | { readonly type: 'turn.steered'; readonly result: SteerResult }
  | { readonly type: 'turn.steerFailed'; readonly error: Error };
