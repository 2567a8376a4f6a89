import { RpcError } from '../../protocol/errors/rpc-errors.ts';
import { type Goal, goalOf } from '../../protocol/goal.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { GoalRequest } from './goal-watch.ts';

/**
 * Makes a goal the thread's, or goes on with the one that it has; Codex then begins a turn by itself. One that is complete, or has spent
 * its budget, is left as it is, and no turn begins.
 *
 * @param isWanted Asked before it is made active: it may have been given up meanwhile, and then null comes back.
 */
export async function startGoal(
  port: PortConnection,
  threadId: string,
  { objective, resume, tokenBudget }: GoalRequest,
  isWanted: () => boolean,
): Promise<Goal | null> {
  const found = resume ? await readGoal(port, threadId) : null;
  // After a try of which nobody knows what became it may be an earlier one.
  const present = found?.objective === objective ? found : null;
  if (present?.status === 'complete' || present?.status === 'budgetLimited') return present;
  // What an earlier goal has used would count for this one.
  if (present === null) await port.request('thread/goal/clear', { threadId });
  if (!isWanted()) return null;
  const { goal } = await port.request('thread/goal/set', {
    threadId,
    ...(present === null ? { objective } : {}),
    tokenBudget,
    status: 'active',
  });
  return goalOf(goal);
}

/**
 * Keeps Codex from beginning further turns of its own; works for a thread that is not loaded too, where resuming it would begin one.
 *
 * @returns The goal as it was found; null when there is none.
 */
export async function pauseGoal(port: PortConnection, threadId: string): Promise<Goal | null> {
  const goal = await readGoal(port, threadId);
  if (goal?.status === 'active') await port.request('thread/goal/set', { threadId, status: 'paused' });
  return goal;
}

/** Null also where Codex knows no such thread, or of no goals. */
async function readGoal(port: PortConnection, threadId: string): Promise<Goal | null> {
  try {
    return goalOf((await port.request('thread/goal/get', { threadId })).goal);
  } catch (error) {
    if (RpcError.isInstance(error)) return null;
    throw error;
  }
}
