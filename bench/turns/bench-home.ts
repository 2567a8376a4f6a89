import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type CodexHome, createCodexHome } from '../../src/testing/index.ts';

/** A Codex home for one suite, with its model in another process. */
export interface BenchHome extends AsyncDisposable {
  readonly home: CodexHome;
  /** Base URL of the model. */
  readonly url: string;
}

/** One more home on the model of a suite; who makes it disposes of it. */
export function anotherHome({ url }: Pick<BenchHome, 'url'>): Promise<CodexHome> {
  return createCodexHome({ providerUrl: url, smallCertificateFile: false, git: true });
}

/**
 * Starts the model and makes a home for it. The system's own CA files are in force, as on a user's machine: what a turn
 * costs with them is a part of what the profiles differ in.
 */
export async function benchHome(): Promise<BenchHome> {
  const script = new URL('./model-process.ts', import.meta.url).pathname;
  const model: ChildProcess = fork(script, {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [url] = await once(model, 'message');
  if (typeof url !== 'string') throw new Error('the model process sent no URL');
  const home = await anotherHome({ url });
  return {
    home,
    url,
    async [Symbol.asyncDispose]() {
      const exited = once(model, 'exit');
      model.disconnect();
      await exited;
      await home.dispose();
    },
  };
}
