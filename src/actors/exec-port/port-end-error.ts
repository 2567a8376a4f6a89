import type { PortFault, PortProcessExit, PortTimings } from '../../machines/exec-port-machine.ts';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { CodexNotFoundError, HandshakeError, PortExitError } from '../../protocol/errors/port-errors.ts';

/** How Codex 0.169 words that it does not start with a setting that it was given; it names the setting, or not. */
const refusedSetting =
  /^Error: (?<words>(?:invalid type: |unknown variant |Model provider .{1,100} not found).{0,300})(?:\nin `(?<key>[^`\n]{1,100})`)?/mu;

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
 * `CodexNotFoundError` when the executable could not be run, `InvalidOptionError` when it refused a setting, `HandshakeError` when it never
 * became ready for another reason (with the exit as `cause`), else `PortExitError`.
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

function diedEarly(end: PortEnd): Error {
  const { exit, stderrTail } = end;
  const refused = refusedSetting.exec(stderrTail)?.groups;
  if (refused !== undefined) {
    const { words = '', key } = refused;
    const field = key === undefined ? 'config' : `config.${key}`;
    // What Codex quotes first is what it was given.
    const [, given = words] = /`([^`]*)`/.exec(words) ?? [];
    return new InvalidOptionError(field, given, `what this Codex takes (Codex says: ${words})`);
  }
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
