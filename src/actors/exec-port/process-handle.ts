import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';
import { descendantGroups } from './descendant-groups.ts';
import { OutputTail } from './output-tail.ts';

/** What to run. Nothing is inherited: the environment is the child's whole environment, and no shell sees the arguments. */
export interface ProcessCommand {
  /** Absolute path of the executable. */
  readonly executable: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Working directory of the process. Default: the host's. */
  readonly workingDirectory?: string;
}

/** How a process ended, as the operating system tells it. */
export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Null when it exited by itself. */
  readonly signal: NodeJS.Signals | null;
}

/** What a process handle reports, synchronously as it happens. Nothing arrives after `exited` or `spawnFailed`. */
export interface ProcessListener {
  spawned(pid: number): void;
  spawnFailed(error: NodeJS.ErrnoException): void;
  stdout(chunk: Buffer): void;
  /** Stdin takes more again, after a `write` that returned false. */
  drained(): void;
  /** The process is dead and all that it wrote to stdout has been delivered. */
  exited(exit: ProcessExit): void;
}

export interface ProcessLimits {
  /** Bytes of stderr kept, the newest. Default 16 KiB. */
  readonly stderrBytesMax: number;
  /** Milliseconds that a descendant outside of the process group may hold stdout open after the process has died. Default 250. */
  readonly drainGraceMs: number;
}

export const defaultProcessLimits: ProcessLimits = { stderrBytesMax: 16 * 1024, drainGraceMs: 250 };

/**
 * One operating system process in a process group of its own, with its three pipes.
 *
 * - Writing never throws: a process that died before it read all (EPIPE) reports its exit, nothing else.
 * - `exited` comes in bounded time after the death, also when a descendant keeps stdout open: the rest of the group is killed
 *   first, and what still holds the pipe then is waited for `drainGraceMs` at most.
 * - It starts unreferenced: call `ref` while the host has a reason to wait for it.
 */
export class ProcessHandle {
  readonly #child: ChildProcess;
  readonly #listener: ProcessListener;
  readonly #clock: Clock;
  readonly #limits: ProcessLimits;
  readonly #stderr: OutputTail;
  #exit: ProcessExit | undefined = undefined;
  #drainTimer: TimerHandle | undefined = undefined;
  #ended = false;

  /** @throws nothing for a missing or refused executable: that is `spawnFailed`. TypeError for arguments with a NUL byte. */
  constructor(
    command: ProcessCommand,
    listener: ProcessListener,
    clock: Clock,
    limits: Partial<ProcessLimits> = {},
  ) {
    this.#listener = listener;
    this.#clock = clock;
    this.#limits = { ...defaultProcessLimits, ...limits };
    this.#stderr = new OutputTail(this.#limits.stderrBytesMax);
    this.#child = spawn(command.executable, [...command.args], {
      env: command.env,
      ...(command.workingDirectory === undefined ? {} : { cwd: command.workingDirectory }),
      stdio: 'pipe',
      shell: false,
      // A group of its own: the terminal's Ctrl-C is the host's to handle, and one signal reaches all descendants.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.#listen();
    this.unref();
  }

  /** Undefined when it could not be spawned. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The newest of what the process wrote to stderr, bounded. Not redacted. */
  get stderrTail(): string {
    return this.#stderr.text();
  }

  /** All bytes that the process has written to stderr so far. */
  get stderrBytes(): number {
    return this.#stderr.bytesSeen;
  }

  /** Writes to stdin; false asks to wait for `drained`. After the end of stdin or of the process, what is written is dropped. */
  write(data: string | Buffer): boolean {
    const { stdin } = this.#child;
    // Undefined, whatever its type says, when the process could not be spawned.
    return stdin?.writable === true ? stdin.write(data) : true;
  }

  /** Ends stdin once everything written has been taken. */
  endStdin(): void {
    this.#child.stdin?.end();
  }

  /**
   * Sends a signal to the process and all its group, at once; SIGKILL also to the groups of what it has started, where the kernel tells
   * them: a process that is killed takes nothing with it by itself. A group that is gone is no error.
   */
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#exit !== undefined) return;
    const below = name === 'SIGKILL' ? descendantGroups(pid) : [];
    this.#signalGroup(pid, name);
    for (const group of below) this.#signalGroup(group, name);
  }

  /** Makes the host's event loop wait for the process. */
  ref(): void {
    this.#child.ref();
    for (const pipe of this.#pipes()) pipe.ref();
  }

  /** Lets the host exit although the process runs; it then ends by the end of its stdin. */
  unref(): void {
    this.#child.unref();
    for (const pipe of this.#pipes()) pipe.unref();
  }

  #pipes(): Socket[] {
    const { stdin, stdout, stderr } = this.#child;
    return [stdin, stdout, stderr].filter((pipe) => pipe instanceof Socket);
  }

  #listen(): void {
    const child = this.#child;
    child.once('spawn', () => this.#listener.spawned(child.pid ?? 0));
    child.once('error', (error) => this.#spawnFailed(error));
    child.once('exit', (exitCode, signal) => this.#died({ exitCode, signal }));
    child.once('close', () => this.#drained());
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!this.#ended) this.#listener.stdout(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    child.stdin?.on('drain', () => {
      if (!this.#ended) this.#listener.drained();
    });
    // A pipe that breaks is the other side of an exit, which is reported by itself.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.on('error', () => {});
  }

  #spawnFailed(error: NodeJS.ErrnoException): void {
    // Node also reports a failed `kill` here, for a process that runs.
    if (this.#ended || this.#child.pid !== undefined) return;
    this.#ended = true;
    this.#listener.spawnFailed(error);
  }

  #died(exit: ProcessExit): void {
    if (this.#ended) return;
    const { pid } = this.#child;
    if (pid !== undefined) this.#signalGroup(pid, 'SIGKILL');
    this.#exit = exit;
    this.#drainTimer = this.#clock.setTimer(this.#limits.drainGraceMs, () => this.#drained());
  }

  #drained(): void {
    if (this.#ended || this.#exit === undefined) return;
    this.#ended = true;
    if (this.#drainTimer !== undefined) this.#clock.cancelTimer(this.#drainTimer);
    for (const pipe of this.#pipes()) pipe.destroy();
    this.#listener.exited(this.#exit);
  }

  #signalGroup(pid: number, name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    try {
      if (process.platform === 'win32') this.#child.kill(name);
      else process.kill(-pid, name);
    } catch {
      // ESRCH: nobody is left. EPERM (macOS): only zombies are.
    }
  }
}
