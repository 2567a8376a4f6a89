import { Codex as OfficialCodex } from '@openai/codex-sdk';
import { unreadNotifications } from '../../src/actors/unread-notifications.ts';
import { Codex } from '../../src/index.ts';
import type { CodexHome } from '../../src/testing/index.ts';
import { BareClient } from '../peers/bare-client.ts';
import { bareLaunch, bareThreadParams, launchOptions, type Profile } from './bare-launch.ts';
import { anotherHome, type BenchHome } from './bench-home.ts';
import { codexPidOf } from './process-cpu.ts';

/** Runs one turn on one thread. */
export type RunTurn = (prompt: string) => Promise<void>;

/** Somebody who can run Codex turns. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  /** A new thread, warmed up by nothing yet. */
  openThread(): Promise<RunTurn>;
}

/** One that runs all its turns on one Codex process. */
export interface ProcessSubject extends Subject {
  /** Process id of that Codex. Throws before it runs. */
  codexPid(): number;
}

function threadOptions(home: CodexHome) {
  return {
    workingDirectory: home.workingDirectory,
    skipGitRepoCheck: true,
    sandboxMode: 'read-only',
    approvalPolicy: 'never',
  } as const;
}

/** This project, over one app-server. */
export function codexActors(bench: BenchHome, profile: Profile): ProcessSubject {
  const codex = new Codex(launchOptions(bench, profile));
  return {
    name: 'codex-actors',
    codexPid: codexPidOf(codex),
    async openThread() {
      const thread = codex.startThread(threadOptions(bench.home));
      return async (prompt) => {
        await thread.run(prompt);
      };
    },
    [Symbol.asyncDispose]: () => codex.close(),
  };
}

/** The bare JSON-RPC client, launched with the arguments and the environment that the profile launches Codex with. */
export async function bare(bench: BenchHome, profile: Profile): Promise<ProcessSubject> {
  const launch = bareLaunch(bench, profile);
  const client = new BareClient(bench.home.executable, launch.args, launch.env);
  await client.initialize(unreadNotifications);
  return {
    name: 'bare',
    codexPid: () => client.codexPid,
    async openThread() {
      const threadId = await client.startThread({
        cwd: bench.home.workingDirectory,
        sandbox: 'read-only',
        approvalPolicy: 'never',
        ...bareThreadParams(profile),
      });
      return (prompt) => client.run(threadId, prompt);
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** Longest that one turn of the official SDK may take, in milliseconds: what hangs must not hang the suite. */
const officialTurnTimeoutMs = 120_000;

/** The official SDK: one `codex exec` process a turn, of the same binary. */
export function officialSdk(bench: BenchHome): Subject {
  return {
    name: '@openai/codex-sdk',
    openThread: async () => officialThread(bench.home),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * The official SDK with a home for each thread, made and used once before anything is timed: each of its processes writes to the
 * home's configuration file, and others that start meanwhile read half of it and end.
 */
export function officialSdkInHomes(bench: BenchHome): Subject {
  const homes: CodexHome[] = [];
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: the first turn of a home installs what Codex brings along. */
  const open = async (): Promise<RunTurn> => {
    const home = await anotherHome(bench);
    homes.push(home);
    const run = officialThread(home);
    await run('warm up');
    return run;
  };
  return {
    name: '@openai/codex-sdk',
    openThread() {
      const opened = last.then(open);
      last = opened.catch(() => undefined);
      return opened;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(homes.map((home) => home.dispose()));
    },
  };
}

function officialThread(home: CodexHome): RunTurn {
  const codex = new OfficialCodex({ codexPathOverride: home.executable, env: { ...home.env } });
  const thread = codex.startThread(threadOptions(home));
  return async (prompt) => {
    const { finalResponse } = await thread.run(prompt, {
      signal: AbortSignal.timeout(officialTurnTimeoutMs),
    });
    if (finalResponse === '') throw new Error('the official SDK has run a turn without an answer');
  };
}
