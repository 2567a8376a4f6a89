import { type CallErrorCode, SupervisionError } from './errors.ts';
import { type DownReason, errorOfExit } from './exit-reason.ts';

/**
 * Why a `call` got no answer.
 *
 * - `noproc`: nobody lives at the address. `exit`: the callee ended before it answered; `reason` says why.
 * - `timeout`: no answer within `timeoutMs`. `aborted`: the caller's signal fired; `cause` is the signal's reason.
 * - `calling_self`: an actor called itself and would wait for ever. `overloaded`: the callee's mailbox is full.
 *
 * Source: the exits of `gen_server:call`.
 */
export class CallError extends SupervisionError {
  declare readonly code: CallErrorCode;
  readonly address: string;
  /** The callee's exit reason when `code` is `exit`, else undefined. */
  readonly reason: DownReason | undefined;

  constructor(code: CallErrorCode, address: string, message: string, reason?: DownReason, cause?: unknown) {
    super(code, message, cause === undefined ? undefined : { cause });
    this.address = address;
    this.reason = reason;
  }
}

export function noProcess(address: string): CallError {
  return new CallError(
    'noproc',
    address,
    `No live actor at "${address}". Check the address, or wait for its restart.`,
    'noproc',
  );
}

export function callTimedOut(address: string, timeoutMs: number): CallError {
  return new CallError(
    'timeout',
    address,
    `"${address}" did not answer within ${timeoutMs} ms. A late answer is dropped; raise timeoutMs if it needs longer.`,
  );
}

export function callingSelf(address: string): CallError {
  return new CallError(
    'calling_self',
    address,
    `"${address}" called itself and would wait for ever. Cast to self instead.`,
  );
}

export function calleeExited(address: string, reason: DownReason): CallError {
  const cause = errorOfExit(reason);
  const name = typeof reason === 'string' ? reason : 'error' in reason ? 'an error, see cause' : 'shutdown';
  return new CallError('exit', address, `"${address}" ended (${name}) before it answered.`, reason, cause);
}

export function calleeOverloaded(address: string, mailboxCapacity: number): CallError {
  return new CallError(
    'overloaded',
    address,
    `The mailbox of "${address}" holds its limit of ${mailboxCapacity} messages. Slow down, or raise mailboxCapacity.`,
  );
}

export function callAborted(address: string, cause: unknown): CallError {
  return new CallError(
    'aborted',
    address,
    `The call to "${address}" was aborted by its signal.`,
    undefined,
    cause,
  );
}
