import type { ReconciliationVerdict } from '../../machines/turn-machine.ts';
import { ProtocolError, RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import { RpcError } from '../../protocol/errors/rpc-errors.ts';
import { ThreadStateError } from '../../protocol/errors/thread-errors.ts';
import type { Goal } from '../../protocol/goal.ts';
import type { Clock } from '../../supervisor/clock.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import { pauseGoal } from './goal-requests.ts';
import type { OpenOperation } from './open-operation.ts';
import type { PortAttachment } from './port-attachment.ts';
import { reconcile } from './reconciliation.ts';
import type { RunningTurn } from './running-turn.ts';
import { strayTurnTimeoutMs } from './stray-turn.ts';
import type { ThreadEntry } from './thread-entry.ts';
import { resumeSession, startSession, type ThreadSession } from './thread-session.ts';
import { interruptTurn } from './turn-submission.ts';
import { readUnread } from './unread-turn.ts';

/** Ties a session to its thread; from then on what concerns the thread arrives. */
export type Attach = (port: PortConnection, threadId: string) => PortAttachment;

/**
 * Starts or resumes a thread on a port, finds out what became of a turn that was lost unread, and ends the turn that may still run in it
 * from an earlier attachment.
 */
export async function openThread(
  port: PortConnection,
  entry: ThreadEntry,
  attach: Attach,
  clock: Clock,
): Promise<string> {
  await quietGoal(port, entry);
  const session = await findOrStart(port, entry);
  const attachment = attach(port, session.threadId);
  entry.pursuesGoal = false;
  readUnread(entry, session.turns);
  const [newest] = session.turns;
  entry.lastKnownTurnId = newest?.id ?? null;
  // A `turn/start` would not begin a turn but steer the one that runs.
  if (newest?.status === 'inProgress') await endStrayTurn(attachment, newest.id, clock);
  return session.threadId;
}

/** What a thread was at when its port was lost. */
export interface InterruptedTurn {
  readonly messageId: string;
  /** Null before it was submitted, and for an operation. */
  readonly running: RunningTurn | null;
  /** What stood in the place of a turn; null for a turn. */
  readonly operation: OpenOperation | null;
  /** Why the port was given up that lives still, and may do what it was asked; null when it is dead. */
  readonly silence: Error | null;
}

/** Resumes a thread after its port's death and decides what became of its running turn. */
export async function recoverThread(
  port: PortConnection,
  entry: ThreadEntry,
  turn: InterruptedTurn,
  attach: Attach,
  clock: Clock,
): Promise<{ readonly threadId: string; readonly verdict: ReconciliationVerdict }> {
  const { threadId } = entry;
  refuseLost(entry);
  const goal = await quietGoal(port, entry);
  const found = threadId === null ? undefined : await resumeSession(port, entry, threadId, 'recent');
  const { running } = turn;
  const turns = found?.turns ?? [];
  // The try that failed is on the disk, or its input has to be told again.
  if (!turns.some(({ id }) => id === entry.lastKnownTurnId)) running?.inputLost();
  const { operation } = turn;
  const verdict: ReconciliationVerdict =
    operation !== null
      ? operationVerdict(operation, port, turns)
      : (goalVerdict(running, goal, found !== undefined) ?? verdictOn(entry, turn, turns));
  const session = found ?? (await startInstead(port, entry));
  const attachment = attach(port, session.threadId);
  // Not before: the next process has to pause it when this one dies meanwhile.
  entry.pursuesGoal = false;
  // It may have changed which turns there are.
  if (operation !== null) entry.lastKnownTurnId = session.turns[0]?.id ?? null;
  const [newest] = session.turns;
  // On a process that lives it was cut off only here.
  if (newest?.status === 'inProgress') await endStrayTurn(attachment, newest.id, clock);
  if (verdict.kind === 'deliver') {
    const persisted = session.turns.find(({ id }) => id === verdict.turnId);
    if (persisted !== undefined) running?.deliver(persisted);
    if (goal !== null) running?.endGoal();
  }
  return { threadId: session.threadId, verdict };
}

/** One that was done is at its end, one that was not is performed again; else its caller is told that nobody knows. */
function operationVerdict(
  operation: OpenOperation,
  port: PortConnection,
  turns: ThreadSession['turns'],
): ReconciliationVerdict {
  switch (operation.reconcile(port, turns)) {
    case 'done':
      return { kind: 'deliver', turnId: '', status: 'completed' };
    case 'not_done':
      return { kind: 'resubmit' };
    case 'unknown':
      return { kind: 'cut_off', turnId: null, inputKept: false };
  }
}

function verdictOn(
  entry: ThreadEntry,
  { messageId, running, silence }: InterruptedTurn,
  turns: ThreadSession['turns'],
): ReconciliationVerdict {
  if (running?.isPausing) return { kind: 'resubmit' };
  const verdict = reconcile({
    messageId,
    task: running?.task,
    turnId: running?.turnId ?? null,
    lastKnownTurnId: entry.lastKnownTurnId,
    isContinuation: running?.isContinuation ?? false,
    modelOutputSeen: running?.modelOutputSeen ?? false,
    turns,
  });
  if (verdict.kind === 'resubmit' && silence !== null) throw silence;
  return verdict;
}

/** A turn that pursues a goal is at its end when the goal is, whatever became of Codex's turn; else it was cut off. */
function goalVerdict(
  running: RunningTurn | null,
  goal: Goal | null,
  isKept: boolean,
): ReconciliationVerdict | undefined {
  const watch = running?.goal ?? null;
  if (running === null || watch === null) return undefined;
  const { turnId } = running;
  if (goal !== null && goal.status !== 'active') {
    watch.take(goal);
    if (turnId !== null) return { kind: 'deliver', turnId, status: 'completed' };
  }
  return { kind: 'cut_off', turnId, inputKept: isKept && goal !== null };
}

/** Resumed with an active goal, a thread begins a turn at once, which nobody would follow: ours is paused first. */
async function quietGoal(port: PortConnection, { pursuesGoal, threadId }: ThreadEntry): Promise<Goal | null> {
  return pursuesGoal && threadId !== null ? pauseGoal(port, threadId) : null;
}

async function findOrStart(port: PortConnection, entry: ThreadEntry): Promise<ThreadSession> {
  if (entry.threadId === null) return startSession(port, entry);
  refuseLost(entry);
  const read = entry.unread === null ? 'newest' : 'recent';
  return (await resumeSession(port, entry, entry.threadId, read)) ?? startInstead(port, entry);
}

/** Codex has nothing to resume an ephemeral thread from; one that had no turn yet is simply started anew. */
function refuseLost({ begun, options, threadId }: ThreadEntry): void {
  if (options.ephemeral === true && begun)
    throw new ThreadStateError('thread_lost', { operation: 'run', threadId });
}

/** A thread that we started and that never became durable held nothing, so that a new one takes its place. */
function startInstead(port: PortConnection, entry: ThreadEntry): Promise<ThreadSession> {
  const isOurs = !entry.resumed && entry.lastKnownTurnId === null;
  if (isOurs) return startSession(port, entry);
  if (entry.resumed && entry.lastKnownTurnId === null) {
    throw new ThreadStateError('thread_not_found', { operation: 'resume', threadId: entry.threadId });
  }
  throw new ProtocolError('thread/resume', `Codex has nothing of thread ${entry.threadId} on disk`);
}

async function endStrayTurn(attachment: PortAttachment, turnId: string, clock: Clock): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = clock.setTimer(strayTurnTimeoutMs, () =>
      reject(new RequestTimeoutError('turn/interrupt', strayTurnTimeoutMs)),
    );
    attachment.onTurnEnd(turnId, () => {
      clock.cancelTimer(timer);
      resolve();
    });
    interruptTurn(attachment, turnId).catch((error: unknown) => {
      clock.cancelTimer(timer);
      // It has ended since the thread was read.
      if (RpcError.isInstance(error) && /no active turn/i.test(error.message)) resolve();
      else reject(error);
    });
  });
}
