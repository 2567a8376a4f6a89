import { type ChildProcess, spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd: string;
  /** The whole environment of the command. Defaults to this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until the command and all it started are killed. */
  readonly timeoutMs: number;
  /** Also writes the output to this process's own, as it comes. */
  readonly echo: boolean;
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** The last `outputLengthMax` characters of stdout and stderr, in the order they came. */
  readonly output: string;
}

/** How much of a command's output is kept; its beginning is dropped beyond that. */
const outputLengthMax = 200_000;

/** How long output may go on after the command itself has ended, when something it started still holds the pipe. */
const lingeringMsMax = 1_000;

/** Runs a command without a shell and without stdin, in a process group of its own. Rejects only when it cannot be started. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const startedAtMs = performance.now();
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    let output = '';
    let timedOut = false;
    let lingering: NodeJS.Timeout | undefined;
    const keep = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-outputLengthMax);
      if (options.echo) stream.write(chunk);
    };
    child.stdout.on('data', keep(process.stdout));
    child.stderr.on('data', keep(process.stderr));
    const deadline = setTimeout(() => {
      timedOut = true;
      killGroup(child);
    }, options.timeoutMs);
    child.on('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.on('exit', () => {
      clearTimeout(deadline);
      lingering = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, lingeringMsMax);
    });
    // After `exit` and the end of both pipes, in whichever order they come.
    child.on('close', (exitCode, signal) => {
      clearTimeout(lingering);
      resolve({ exitCode, signal, timedOut, durationMs: performance.now() - startedAtMs, output });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // It ended between the deadline and the kill.
  }
}

/** One line that says how a command ended, such as `exit code 1 after 2.3 s`. */
export function describeEnd(result: CommandResult): string {
  const seconds = `${(result.durationMs / 1_000).toFixed(1)} s`;
  if (result.timedOut) return `killed after ${seconds}, its time limit`;
  return result.signal === null
    ? `exit code ${result.exitCode} after ${seconds}`
    : `${result.signal} after ${seconds}`;
}
