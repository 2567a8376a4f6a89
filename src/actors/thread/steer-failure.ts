import { QueueFullError, ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import { CallError } from '../../supervisor/call-error.ts';
import { mailboxCapacityDefault } from '../../supervisor/mailbox.ts';

/** What is known of a thread whose actor has not answered `turn.steer`. */
export interface SteerFacts {
  readonly threadId: string | null;
  /** Whether the thread takes no more turns. */
  readonly closed: boolean;
  readonly timeoutMs: number;
}

/** Why a turn could not be steered, in the words of threads and turns; what is no failure of the call is left as it is. */
export function steerFailure(error: unknown, { threadId, closed, timeoutMs }: SteerFacts): unknown {
  if (!(error instanceof CallError)) return error;
  switch (error.code) {
    case 'timeout':
      return new RequestTimeoutError('turn/steer', timeoutMs);
    case 'overloaded':
      return new QueueFullError('Messages of the thread', mailboxCapacityDefault);
    case 'noproc':
    case 'exit':
    case 'aborted':
    case 'calling_self':
      return closed
        ? new ThreadClosedError(threadId, { cause: error })
        : new TurnInterruptedError('turn_cut_off', { threadId, turnId: null }, { cause: error });
  }
}
