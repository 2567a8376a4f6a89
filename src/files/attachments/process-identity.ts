import { readFile, readlink } from 'node:fs/promises';
import { isRecord } from '../../protocol/unread.ts';

/** What tells one process from all others, also from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in ticks since the machine did; null where the system does not say. */
  readonly startTicks: string | null;
  /** This run of this machine, and the numbering of processes that `pid` belongs to; null where the system does not say. */
  readonly pidSpace: string | null;
}

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const [startTicks, pidSpace] = await Promise.all([startTicksOf(process.pid), ownPidSpace()]);
  return { pid: process.pid, startTicks, pidSpace };
}

/**
 * Whether the process still runs. `unknown` when it belongs to another machine, to another container, or to an earlier run of this machine, or
 * where the system does not tell when a process has started.
 */
export async function livenessOf(identity: ProcessIdentity): Promise<'alive' | 'dead' | 'unknown'> {
  const ownSpace = await ownPidSpace();
  if (identity.pidSpace !== ownSpace) return 'unknown';
  if (!exists(identity.pid)) return 'dead';
  if (identity.startTicks === null || ownSpace === null) return 'unknown';
  return (await startTicksOf(identity.pid)) === identity.startTicks ? 'alive' : 'dead';
}

/** Reads an identity from JSON; undefined when it is none. */
export function identityIn(value: unknown): ProcessIdentity | undefined {
  if (!isRecord(value)) return undefined;
  const { pid, startTicks, pidSpace } = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  if (!isTextOrNull(startTicks) || !isTextOrNull(pidSpace)) return undefined;
  return { pid, startTicks, pidSpace };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Field 22 of stat, counted behind the name, which may hold spaces and parentheses. A zombie has ended. */
async function startTicksOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

async function ownPidSpace(): Promise<string | null> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}
