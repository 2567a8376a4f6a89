import path from 'node:path';
import type { AppServerTurn } from '../../protocol/app-server.ts';
import { operationFailure } from '../../protocol/errors/operation-failure.ts';
import { RpcError } from '../../protocol/errors/rpc-errors.ts';
import { checkThreadOptions } from '../../protocol/option-checks.ts';
import { type ThreadOptions, threadResumeParams, threadStartParams } from '../../protocol/thread-options.ts';
import { settingsLeft } from '../../protocol/thread-settings.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { ThreadEntry } from './thread-entry.ts';

/** Turns read when a turn has to be reconciled: ours, and whatever came after the last one we knew. */
export const turnsReadMax = 10;

/** How much of a thread's past is read with it: the newest turn's id and status, or what a reconciliation needs. */
export type TurnsToRead = 'newest' | 'recent';

/** A Codex thread as it was found or made on a port. */
export interface ThreadSession {
  readonly threadId: string;
  /** Newest first; none for a new thread. */
  readonly turns: readonly AppServerTurn[];
}

/** Starts a new Codex thread (`thread/start`). */
export async function startSession(port: PortConnection, entry: ThreadEntry): Promise<ThreadSession> {
  const dynamicTools = entry.tools?.offered() ?? [];
  checkThreadOptions(entry.options, await port.acceptedValues());
  const { thread } = await port.request('thread/start', {
    ...threadStartParams(entry.options, await entry.settingsOn(port)),
    ...(dynamicTools.length === 0 ? {} : { dynamicTools }),
  });
  return { threadId: thread.id, turns: [] };
}

/**
 * Resumes a Codex thread (`thread/resume`) with its newest turns.
 *
 * @returns undefined when Codex has nothing of the thread on disk.
 * @throws ThreadOwnedError when another process writes to it, ThreadStateError when it is archived; `RpcError` for other refusals.
 */
export async function resumeSession(
  port: PortConnection,
  entry: ThreadEntry,
  threadId: string,
  read: TurnsToRead,
): Promise<ThreadSession | undefined> {
  const page =
    read === 'newest'
      ? ({ limit: 1, sortDirection: 'desc', itemsView: 'notLoaded' } as const)
      : ({ limit: turnsReadMax, sortDirection: 'desc', itemsView: 'full' } as const);
  checkThreadOptions(entry.options, await port.acceptedValues());
  try {
    const params = threadResumeParams(threadId, entry.options, await entry.settingsOn(port));
    const answer = await port.request('thread/resume', {
      ...params,
      excludeTurns: true,
      initialTurnsPage: page,
    });
    const left = settingsLeft(answer.thread.id, withAbsolutePaths(entry.options, answer.cwd), answer);
    if (left !== undefined) await port.request('thread/settings/update', left);
    return { threadId: answer.thread.id, turns: answer.initialTurnsPage?.data ?? [] };
  } catch (error) {
    if (hasNothingOnDisk(error)) return undefined;
    throw operationFailure(error, { operation: 'resume', threadId });
  }
}

/** A relative working directory is Codex's own business; relative additional ones start at it. */
function withAbsolutePaths(options: ThreadOptions, cwd: string): ThreadOptions {
  const { additionalDirectories = [], workingDirectory = '', ...others } = options;
  return {
    ...others,
    ...(path.isAbsolute(workingDirectory) ? { workingDirectory } : {}),
    additionalDirectories: additionalDirectories.map((directory) => path.resolve(cwd, directory)),
  };
}

/** Codex writes a thread to disk with its first turn, a moment after it has accepted it. */
function hasNothingOnDisk(error: unknown): boolean {
  return RpcError.isInstance(error) && /no rollout found|rollout .*is empty/i.test(error.message);
}
