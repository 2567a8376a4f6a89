import type { SteerRequest } from '../../machines/thread-machine.ts';
import type { ReviewTarget as AppServerReviewTarget } from '../../protocol/app-server.ts';
import { RpcError } from '../../protocol/errors/rpc-errors.ts';
import type { ReviewTarget } from '../../protocol/operation-checks.ts';
import { turnContinuationParams, turnStartParams, turnSteerParams } from '../../protocol/thread-options.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import { inputInDoubt, type TurnFate } from '../turn-doubt.ts';
import type { TurnRequest } from '../turn-request.ts';
import type { PortAttachment } from './port-attachment.ts';
import { type FailureFacts, interrupted } from './turn-failures.ts';

/**
 * Asks Codex to begin a turn. Resolves with its id; with null for a compaction, which is named by its `turn/started`.
 *
 * Rejects as `PortConnection.request` does.
 *
 * @param isContinuation Whether Codex has its input from a try that failed.
 */
export async function submitTurn(
  port: PortConnection,
  threadId: string,
  request: TurnRequest,
  isContinuation: boolean,
): Promise<string | null> {
  const { task } = request;
  switch (task?.kind) {
    case undefined: {
      const params = isContinuation ? turnContinuationParams : turnStartParams;
      return (await port.request('turn/start', params(threadId, request))).turn.id;
    }
    case 'compact':
      await port.request('thread/compact/start', { threadId });
      return null;
    case 'review': {
      const params = { threadId, target: spelled(task.target), delivery: 'inline' } as const;
      return (await port.request('review/start', params)).turn.id;
    }
  }
}

/**
 * Asks Codex to begin a turn that earlier tries may have begun already: where Codex may have the input from one of them, what is said
 * follows from what became of that.
 *
 * Rejects as `submitTurn` does, and with `turn_cut_off` when that is still not known.
 */
export async function submitInDoubt(
  { port, threadId }: PortAttachment,
  request: TurnRequest,
  isContinuation: boolean,
  { fates, facts }: { readonly fates: ReadonlyMap<string, TurnFate>; readonly facts: FailureFacts },
): Promise<string | null> {
  const input = inputInDoubt(request, fates);
  if (input === undefined) throw interrupted('turn_cut_off', null, facts);
  return submitTurn(port, threadId, { ...request, input }, isContinuation);
}

/** Gives the running turn further input, and tells who asked for it; `no_active_turn` when none runs. */
export function steerTurn(
  attachment: PortAttachment | null,
  turnId: string | null,
  { input, replyTo }: SteerRequest,
): void {
  if (turnId === null || attachment === null) {
    replyTo?.reply({ kind: 'no_active_turn' });
    return;
  }
  const { port, threadId } = attachment;
  port.request('turn/steer', turnSteerParams(threadId, turnId, input)).then(
    () => replyTo?.reply({ kind: 'accepted', turnId }),
    (error: unknown) => replyTo?.fail(error),
  );
}

/**
 * Asks Codex to end a turn. Rejects as `PortConnection.request` does; a refusal means that no turn runs.
 *
 * A review runs within another turn, and Codex refuses to interrupt it by any other id, but tells that one.
 */
export async function interruptTurn(
  { port, threadId }: { readonly port: PortConnection; readonly threadId: string },
  turnId: string,
): Promise<void> {
  try {
    await port.request('turn/interrupt', { threadId, turnId });
  } catch (error) {
    const active = RpcError.isInstance(error)
      ? /but found ([0-9a-f-]{36})/.exec(error.message)?.[1]
      : undefined;
    if (active === undefined) throw error;
    await port.request('turn/interrupt', { threadId, turnId: active });
  }
}

function spelled(target: ReviewTarget): AppServerReviewTarget {
  return target.type === 'commit' ? { ...target, title: target.title ?? null } : target;
}
