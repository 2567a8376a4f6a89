import { ThreadOwnedError } from './call-errors.ts';
import { PortExitError, RequestTimeoutError } from './port-errors.ts';
import { RpcError } from './rpc-errors.ts';
import { OutcomeUnknownError, type ThreadStateCode, ThreadStateError } from './thread-errors.ts';

/** What was asked of which thread. */
export interface OperationFacts {
  /** In the words of the caller, such as `archive`. */
  readonly operation: string;
  readonly threadId: string | null;
}

/** Codex refuses all of these with -32600 or -32602: its words are all there is to tell them apart by. */
const refusals: readonly (readonly [words: RegExp, code: ThreadStateCode])[] = [
  [/ephemeral|not persisted/i, 'thread_ephemeral'],
  [/is archived/i, 'thread_archived'],
  [/forked history still references|attached threads/i, 'thread_referenced'],
  [/only supports paginated/i, 'thread_legacy'],
  [/turn not found|not found in the source thread/i, 'turn_not_found'],
  [/no (archived )?rollout found|thread not (loaded|found)|rollout .*is empty/i, 'thread_not_found'],
];

/**
 * What the caller of an operation is told of `error`: a `ThreadStateError` or `ThreadOwnedError` where Codex refused because of how the
 * thread stands, the error itself otherwise.
 *
 * @example operationFailure(error, { operation: 'archive', threadId }) // ThreadStateError, code 'thread_not_found'
 */
export function operationFailure(error: unknown, facts: OperationFacts): unknown {
  if (!RpcError.isInstance(error)) return error;
  const { threadId } = facts;
  if (threadId !== null && /already has an active writer/i.test(error.message))
    return new ThreadOwnedError(threadId, 'another process', { cause: error });
  const refusal = refusals.find(([words]) => words.test(error.message));
  return refusal === undefined ? error : new ThreadStateError(refusal[1], facts, { cause: error });
}

/** As `operationFailure`, for what changes something: a process that died or fell silent leaves the outcome unknown. */
export function changeFailure(error: unknown, facts: OperationFacts): unknown {
  return PortExitError.isInstance(error) || RequestTimeoutError.isInstance(error)
    ? new OutcomeUnknownError(facts, { cause: error })
    : operationFailure(error, facts);
}
