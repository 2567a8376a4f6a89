import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

const main = path.join(import.meta.dirname, '../../src/cli/main.ts');

/** What came of a command. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `codex-actors`, as a process of its own. */
export class Command {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Rejects when the test has cut off one of its outputs; `exitCode` does not. */
  readonly result: Promise<CommandResult>;
  readonly exitCode: Promise<number | null>;

  /** Runs the command with this environment and nothing else. */
  constructor(
    args: readonly string[],
    options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
  ) {
    this.process = spawn(process.execPath, [main, ...args], {
      env: options.env ?? {},
      cwd: options.cwd,
      stdio: 'pipe',
    });
    this.process.stdin.on('error', () => undefined);
    this.exitCode = once(this.process, 'exit').then(() => this.process.exitCode);
    this.result = this.#finish();
    this.result.catch(() => undefined);
  }

  /** Resolves once the output has shown the text. */
  shows(output: 'stdout' | 'stderr', part: string): Promise<void> {
    return new Promise((resolve) => {
      let seen = '';
      this.process[output].on('data', (chunk) => {
        seen += String(chunk);
        if (seen.includes(part)) resolve();
      });
    });
  }

  async #finish(): Promise<CommandResult> {
    const ended = once(this.process, 'close');
    const [stdout, stderr] = await Promise.all([text(this.process.stdout), text(this.process.stderr)]);
    await ended;
    return { exitCode: this.process.exitCode, signal: this.process.signalCode, stdout, stderr };
  }
}

/** Runs a command to its end, with nothing on standard input. */
export function run(
  args: readonly string[],
  options: ConstructorParameters<typeof Command>[1] = {},
): Promise<CommandResult> {
  const command = new Command(args, options);
  command.process.stdin.end();
  return command.result;
}
