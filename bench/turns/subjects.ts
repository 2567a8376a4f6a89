import { Codex as OfficialCodex } from '@openai/codex-sdk';
import { Codex } from '../../src/index.ts';
import type { CodexHome } from '../../src/testing/index.ts';
import { BareClient } from '../peers/bare-client.ts';
import { bareLaunch, bareThreadParams, launchOptions, type Profile } from './bare-launch.ts';
import type { BenchHome } from './bench-home.ts';

/** Runs one turn on one thread. */
export type RunTurn = (prompt: string) => Promise<void>;

/** Somebody who can run Codex turns. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  /** A new thread, warmed up by nothing yet. */
  openThread(): Promise<RunTurn>;
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
export function codexActors(bench: BenchHome, profile: Profile): Subject {
  const codex = new Codex(launchOptions(bench, profile));
  return {
    name: 'codex-actors',
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
export async function bare(bench: BenchHome, profile: Profile): Promise<Subject> {
  const launch = bareLaunch(bench, profile);
  const client = new BareClient(bench.home.executable, launch.args, launch.env);
  await client.initialize();
  return {
    name: 'bare',
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

/** The official SDK: one `codex exec` process a turn, of the same binary. */
export function officialSdk(bench: BenchHome): Subject {
  // As arguments: fifty processes that start at once read the home's configuration file while others rewrite it.
  const mock = { name: 'mock', base_url: bench.url, wire_api: 'responses', supports_websockets: false };
  const codex = new OfficialCodex({
    codexPathOverride: bench.home.executable,
    env: { ...bench.home.env },
    config: { model: 'gpt-5.5', model_provider: 'mock', model_providers: { mock } },
  });
  return {
    name: '@openai/codex-sdk',
    async openThread() {
      const thread = codex.startThread(threadOptions(bench.home));
      return async (prompt) => {
        await thread.run(prompt);
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
