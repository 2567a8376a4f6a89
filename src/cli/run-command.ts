import type { Readable, Writable } from 'node:stream';
import { Codex, type CodexOptions, type ThreadOptions } from '../index.ts';
import type { RunArguments } from './arguments.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { failureOf, isLoginRefused, LoginError } from './failure.ts';
import { Interrupts, type SignalSource } from './interrupts.ts';
import type { CommandOutputs } from './output.ts';
import { wantsColor } from './terminal-text.ts';
import { readTurnInput, type TurnInput } from './turn-input.ts';
import { TurnOutput } from './turn-output.ts';

/** The part of `process` that a command works with. */
export interface CommandHost extends SignalSource {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Milliseconds for the whole tree to stop in order; what is left then is killed. */
const closeTimeoutMs = 10_000;

const notices = {
  interrupting: 'interrupting the turn; Ctrl-C again to stop at once',
  stopping: 'stopping',
};

/**
 * Runs one turn and writes what happens. Never rejects: whatever fails is one line on standard error and an exit code.
 *
 * When it resolves, everything it started has ended.
 */
export async function runTurn(
  run: RunArguments,
  host: CommandHost,
  outputs: CommandOutputs,
): Promise<ExitCode> {
  const style = { color: wantsColor(host.stderr.isTTY === true, host.env) };
  const output = new TurnOutput(outputs, run.json ? 'json' : style, run.resume);
  using interrupts = new Interrupts(host, (what) => void output.say(notices[what]));
  // Nobody reads the answer any more: there is no point in paying for the rest of it.
  outputs.stdout.readerGone.addEventListener('abort', () => interrupts.interruptTurn(), { once: true });
  try {
    const input = await readTurnInput(run, host.stdin, interrupts.turn);
    return await runInTree(run, host, input, interrupts, output);
  } catch (error) {
    const failure = failureOf(error, interrupts.interruption);
    await output.fail(failure.message, { isWorthResuming: !(error instanceof LoginError) });
    return failure.exitCode;
  } finally {
    await outputs.stdout.flushed();
  }
}

async function runInTree(
  run: RunArguments,
  host: CommandHost,
  { input, outputSchema }: TurnInput,
  interrupts: Interrupts,
  output: TurnOutput,
): Promise<ExitCode> {
  const codex = new Codex(codexOptions(run, host.env));
  const stop = (): void => void codex.close({ timeoutMs: closeTimeoutMs });
  interrupts.stop.addEventListener('abort', stop, { once: true });
  try {
    const thread =
      run.resume === undefined
        ? codex.startThread(threadOptions(run))
        : codex.resumeThread(run.resume, threadOptions(run));
    const options = { signal: interrupts.turn, outputSchema, includeDeltas: !run.json };
    const { events } = await thread.runStreamed(input, options);
    let exitCode: ExitCode = exitCodes.completed;
    for await (const event of events) {
      await output.write(event);
      // With --json the events are those of `codex exec --json`, to the turn's own end.
      if (isLoginRefused(event) && (!run.json || event.type === 'turn.failed')) throw new LoginError();
      if (event.type === 'turn.failed') exitCode = exitCodes.failed;
    }
    return exitCode;
  } finally {
    await codex.close({ timeoutMs: closeTimeoutMs });
  }
}

function codexOptions(run: RunArguments, env: CommandHost['env']): CodexOptions {
  const apiKey = env.CODEX_API_KEY || env.OPENAI_API_KEY;
  const codexPathOverride = run.codexPath ?? env.CODEX_ACTORS_CODEX_PATH;
  return {
    ...(apiKey ? { apiKey } : {}),
    ...(codexPathOverride ? { codexPathOverride } : {}),
    ...(run.transport === undefined ? {} : { transport: run.transport }),
    ...(run.profile === undefined ? {} : { profile: run.profile }),
    ...(run.configOverrides.length === 0 ? {} : { configOverrides: [...run.configOverrides] }),
  };
}

function threadOptions(run: RunArguments): ThreadOptions {
  return {
    approvalPolicy: run.approval ?? 'never',
    ...(run.model === undefined ? {} : { model: run.model }),
    ...(run.sandbox === undefined ? {} : { sandboxMode: run.sandbox }),
    ...(run.workingDirectory === undefined ? {} : { workingDirectory: run.workingDirectory }),
    ...(run.skipGitRepoCheck ? { skipGitRepoCheck: true } : {}),
  };
}
