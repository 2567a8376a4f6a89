import { CodexError } from '../../protocol/errors/codex-error.ts';
import type { TurnFate } from '../turn-doubt.ts';
import { type CrashEvidence, type PersistedTurn, reconcile } from './reconciliation.ts';
import type { RunningTurn } from './running-turn.ts';

/** Turns whose fate a thread remembers for who asks for them again. */
export const fatesMax = 64;

/** A turn that was with Codex, and whose thread no process lived long enough to read. */
export type UnreadTurn = Omit<CrashEvidence, 'turns'>;

/** What a thread notes of turns whose end it missed. */
export interface TurnMemory {
  /** The turn that was lost with the last process, and that the next opening of the thread has to look for; null when there is none. */
  unread: UnreadTurn | null;
  /** What became of turns that were reported as unread, by message id; the latest `fatesMax`. */
  readonly fates: Map<string, TurnFate>;
  /** The newest turn that is known to have ended; null when there was none. */
  lastKnownTurnId: string | null;
}

/** Whether a turn that was lost with this error may have run: its thread could not be read in passing, and was neither closed nor given up. */
export function isUnread(error: Error): boolean {
  if (!CodexError.isInstance(error) || error.code === 'codex_gave_up') return false;
  return error.retryable || error.code === 'request_timeout';
}

/** Notes a turn that was lost unread, so that the next opening of the thread finds out. Only who tries again by itself asks for it. */
export function noteUnread(
  memory: Pick<TurnMemory, 'unread' | 'lastKnownTurnId'>,
  { messageId, turnId, modelOutputSeen, isContinuation }: RunningTurn,
): void {
  const { lastKnownTurnId } = memory;
  memory.unread = { messageId, turnId, modelOutputSeen, isContinuation, lastKnownTurnId };
}

/** Finds out from the turns of a thread that was opened what became of the one that was lost before. */
export function readUnread(
  memory: Pick<TurnMemory, 'unread' | 'fates'>,
  turns: readonly PersistedTurn[],
): void {
  const { fates, unread } = memory;
  if (unread === null) return;
  memory.unread = null;
  fates.set(unread.messageId, fateOf({ ...unread, turns }));
  const [oldest] = fates.keys();
  if (fates.size > fatesMax && oldest !== undefined) fates.delete(oldest);
}

function fateOf(evidence: CrashEvidence): TurnFate {
  const verdict = reconcile(evidence);
  switch (verdict.kind) {
    case 'deliver':
      return 'kept';
    case 'cut_off':
      return verdict.inputKept ? 'kept' : 'begun';
    case 'resubmit':
      return 'never_ran';
  }
}
