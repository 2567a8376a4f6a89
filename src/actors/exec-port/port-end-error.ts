import type { PortFault, PortProcessExit, PortTimings } from '../../machines/exec-port-machine.ts';
import { CodexNotFoundError, HandshakeError, PortExitError } from '../../protocol/errors/port-errors.ts';

/** What is known when a port has ended. */
export interface PortEnd {
  readonly fault: PortFault | null;
  readonly exit: PortProcessExit | null;
  readonly executable: string;
  readonly pid: number | undefined;
  readonly timings: PortTimings;
  /** Redacted. */
  readonly stderrTail: string;
}

/**
 * The error of a port that has ended: its exit reason, and what its open requests reject with.
 *
 * `CodexNotFoundError` when the executable could not be run, `HandshakeError` when it never became ready (with the exit as `cause`),
 * else `PortExitError`.
 */
export function portEndError(end: PortEnd): Error {
  const { fault, stderrTail } = end;
  switch (fault?.type) {
    case 'spawn_failed':
      return spawnError(end.executable, fault.error);
    case 'handshake_timeout':
      return new HandshakeError(`no answer within ${end.timings.handshakeTimeoutMs} ms`, { stderrTail });
    case 'handshake_failed': {
      const reason = fault.error instanceof Error ? fault.error.message : 'it was refused';
      return new HandshakeError(reason, { cause: fault.error, stderrTail });
    }
    case 'died':
      return fault.ready ? exitError(end) : diedEarly(end);
    case undefined:
      return exitError(end);
  }
}

function exitError({ exit, pid, stderrTail }: PortEnd): PortExitError {
  return new PortExitError({ exitCode: null, signal: null, ...exit, stderrTail, pid });
}

function diedEarly(end: PortEnd): HandshakeError {
  const { exit, stderrTail } = end;
  const how = exit?.signal
    ? `was ended by ${exit.signal}`
    : `exited with code ${exit?.exitCode ?? 'unknown'}`;
  return new HandshakeError(`the process ${how}`, { cause: exitError(end), stderrTail });
}

function spawnError(executable: string, cause: unknown): Error {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown';
  const isUnusable = code === 'ENOENT' || code === 'EACCES' || code === 'ENOEXEC';
  if (isUnusable) return new CodexNotFoundError([`${executable} (${code})`], { cause });
  return new HandshakeError(`the process could not be started (${code})`, { cause });
}
