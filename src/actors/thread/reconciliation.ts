import type { ReconciliationVerdict } from '../../machines/turn-machine.ts';
import { isItemOfTask, type TurnTask } from '../../protocol/turn-task.ts';

/** What a resumed thread tells of one of its turns; a part of the protocol's `Turn` with items. */
export interface PersistedTurn {
  readonly id: string;
  readonly status: 'completed' | 'failed' | 'interrupted' | 'inProgress';
  readonly items: readonly { readonly type: string; readonly clientId?: string | null }[];
}

/** What is known of a turn whose process has died. */
export interface CrashEvidence {
  /** The id the client made for the turn's user message. */
  readonly messageId: string;
  /** Codex's id of the turn, when it had accepted it. */
  readonly turnId: string | null;
  /** What the turn was for; undefined: the answer to a message. */
  readonly task?: TurnTask | undefined;
  /** The newest turn the thread was known to have before this one; null when it had none. */
  readonly lastKnownTurnId: string | null;
  /** Whether it is another try, after `lastKnownTurnId` failed with the message: then it has none of its own. */
  readonly isContinuation: boolean;
  /** Whether anything the model produced for this turn had arrived. */
  readonly modelOutputSeen: boolean;
  /** The resumed thread's turns, newest first, at least down to `lastKnownTurnId`; none when Codex knows no such thread. */
  readonly turns: readonly PersistedTurn[];
}

/**
 * Decides what becomes of a turn after its process died, so that nothing is lost without being reported and nothing runs twice.
 *
 * | found | verdict |
 * | --- | --- |
 * | our turn (of another try: the first one after the failed one; of a task: a newer one that did it), ended | `deliver` its result |
 * | our turn, not ended | `cut_off` |
 * | a newer turn than the last known one, not ended | `cut_off`: Codex keeps a turn before it keeps its message |
 * | neither, and the model had answered | `cut_off` |
 * | neither | nothing ran: `resubmit` |
 *
 * A turn that Codex closed as `interrupted` counts as not ended: nobody asked for that.
 */
export function reconcile(evidence: CrashEvidence): ReconciliationVerdict {
  const { isContinuation } = evidence;
  const ours = isContinuation
    ? newerTurns(evidence).at(-1)
    : (evidence.turns.find((turn) => isOurs(turn, evidence)) ?? ofTask(evidence));
  if (ours !== undefined) {
    return ours.status === 'completed' || ours.status === 'failed'
      ? { kind: 'deliver', turnId: ours.id, status: ours.status }
      : { kind: 'cut_off', turnId: ours.id, inputKept: isContinuation || hasInput(ours, evidence) };
  }
  const unfinished = newerTurns(evidence).find(isUnfinished);
  // Codex keeps a turn before it keeps its message.
  if (unfinished !== undefined) return { kind: 'cut_off', turnId: unfinished.id, inputKept: isContinuation };
  return evidence.modelOutputSeen
    ? { kind: 'cut_off', turnId: evidence.turnId, inputKept: isContinuation }
    : { kind: 'resubmit' };
}

function isOurs(turn: PersistedTurn, evidence: CrashEvidence): boolean {
  return turn.id === evidence.turnId || hasInput(turn, evidence);
}

function hasInput({ items }: PersistedTurn, { messageId }: CrashEvidence): boolean {
  return items.some((item) => item.type === 'userMessage' && item.clientId === messageId);
}

/** A task has no message: a newer turn that did what it asks for is its own, since only one turn runs at a time. */
function ofTask(evidence: CrashEvidence): PersistedTurn | undefined {
  const { task } = evidence;
  if (task === undefined) return undefined;
  return newerTurns(evidence).find(({ items }) => items.some(({ type }) => isItemOfTask(task, type)));
}

function isUnfinished({ status }: PersistedTurn): boolean {
  return status === 'interrupted' || status === 'inProgress';
}

function newerTurns({ turns, lastKnownTurnId }: CrashEvidence): readonly PersistedTurn[] {
  const known = turns.findIndex((turn) => turn.id === lastKnownTurnId);
  return known === -1 ? turns : turns.slice(0, known);
}
