import type { PortConnection } from '../exec-port/port-connection.ts';
import type { PerformOperation, ThreadOperation } from '../thread/open-operation.ts';
import type { ThreadEntry } from '../thread/thread-entry.ts';

/** Up to where a fork takes the history of its source over. */
export interface ForkBounds {
  /** The last turn that the fork has. Defaults to the newest. */
  readonly lastTurnId?: string;
  /** The first turn that the fork has not; instead of `lastTurnId`. */
  readonly beforeTurnId?: string;
}

/** Makes a new thread of the history of this one; resolves with its id. It is let go of at once, so that it costs nothing until used. */
export function forkThread(bounds: ForkBounds): PerformOperation<string> {
  return async (port, threadId) => {
    const { thread } = await port.request('thread/fork', { ...bounds, threadId, excludeTurns: true });
    // Codex subscribes whoever forks. Should this fail, the fork is merely loaded for longer.
    port.request('thread/unsubscribe', { threadId: thread.id }).catch(() => undefined);
    return thread.id;
  };
}

/**
 * Takes a turn, and all that came after it, out of a thread's history. That always changes which turn is the newest, so that a thread whose
 * process did not live to answer tells whether it was done.
 */
export function revertThread(entry: ThreadEntry, beforeTurnId: string): ThreadOperation<void> {
  let newestBefore: string | null = null;
  return {
    perform: async (port, threadId, confirmed) => {
      newestBefore = await newestTurnId(port, threadId);
      await port.request('thread/revert', { threadId, beforeTurnId });
      confirmed();
      // A crash of the next turn is told from what came before it, which is another turn now.
      entry.lastKnownTurnId = await newestTurnId(port, threadId);
    },
    lookBack: ([newest]) =>
      newestBefore === null || newest?.id === newestBefore
        ? { kind: 'not_done' }
        : { kind: 'done', result: undefined },
  };
}

async function newestTurnId(port: PortConnection, threadId: string): Promise<string | null> {
  const newest = { limit: 1, sortDirection: 'desc', itemsView: 'notLoaded' } as const;
  const { data } = await port.request('thread/turns/list', { threadId, ...newest });
  return data[0]?.id ?? null;
}
