import type { DropReason } from '../../machines/thread-machine.ts';
import type { TurnOutcome } from '../../machines/turn-machine.ts';
import { QueueFullError } from '../../protocol/errors/call-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import { isUnread } from './unread-turn.ts';

/** What a thread knows when one of its turns comes to nothing. */
export interface FailureFacts {
  readonly threadId: string | null;
  /** The last death of its port; null when it had none. */
  readonly portError: Error | null;
  /** Why an approval told Codex to end the turn of this id; null when it ended of something else. */
  readonly denialOf: (turnId: string) => Error | null;
  /** What callers are told of a thread that is closed. */
  readonly closedError: () => Error;
  readonly queueLengthMax: number;
}

/** What the caller of a turn is told that came to an end without a result of Codex. */
export function outcomeError(outcome: TurnOutcome, facts: FailureFacts): Error {
  switch (outcome.kind) {
    case 'refused':
      return outcome.error;
    case 'lost':
      return lostError(outcome.error, facts);
    case 'cut_off':
      return interrupted('turn_cut_off', outcome.turnId, facts, outcome.inputKept);
    case 'gave_up':
      return facts.portError ?? interrupted('turn_cut_off', null, facts, false);
    case 'ended':
      return interruptedByCodex(outcome.turnId, facts);
    case 'unresponsive':
      return interrupted('turn_interrupted', outcome.turnId, facts);
    case 'withdrawn':
      return interrupted('turn_interrupted', null, facts);
  }
}

/** A turn that Codex ended early: somebody asked for it, or denied an approval so that it had to. */
function interruptedByCodex(turnId: string, { threadId, denialOf }: FailureFacts): TurnInterruptedError {
  const denial = denialOf(turnId);
  const options = denial === null ? undefined : { cause: denial };
  return new TurnInterruptedError('turn_interrupted', { threadId, turnId }, options);
}

/** A turn that was with Codex, and whose thread no process lived long enough to read: it may have run, so its end is no mere death. */
function lostError(error: Error, facts: FailureFacts): Error {
  return isUnread(error) ? interrupted('turn_cut_off', null, { ...facts, portError: error }) : error;
}

/** What the caller of a turn is told that was never submitted. */
export function dropError(reason: DropReason, facts: FailureFacts): Error {
  switch (reason.kind) {
    case 'interrupted':
      return interrupted('turn_interrupted', null, facts);
    case 'queue_full':
      return new QueueFullError('Turns of the thread', facts.queueLengthMax);
    case 'closed':
      return facts.closedError();
    case 'not_opened':
      return reason.error;
  }
}

/** A turn without a verdict of Codex; one that was cut off names the death of its port as the cause. */
export function interrupted(
  code: 'turn_interrupted' | 'turn_cut_off',
  turnId: string | null,
  { threadId, portError }: Pick<FailureFacts, 'threadId' | 'portError'>,
  inputKept?: boolean,
): TurnInterruptedError {
  const cause = code === 'turn_cut_off' ? portError : null;
  const facts = { threadId, turnId, ...(inputKept === undefined ? {} : { inputKept }) };
  return new TurnInterruptedError(code, facts, cause === null ? undefined : { cause });
}
