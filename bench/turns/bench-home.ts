import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type CodexHome, createCodexHome } from '../../src/testing/index.ts';

/** A Codex home for one suite, with its model in another process. */
export interface BenchHome extends AsyncDisposable {
  readonly home: CodexHome;
  /** Base URL of the model. */
  readonly url: string;
}

/**
 * What a user's `config.toml` holds who has chosen a provider and nothing else. The home of the tests switches plugins, analytics
 * and the like off, which `codex exec` would save anew in each of the official SDK's turns: `compatible` means nothing switched off.
 */
function userConfiguration(url: string): string {
  return `model = "gpt-5.5"
model_provider = "mock"

[model_providers.mock]
name = "mock"
base_url = "${url}"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`;
}

/** A proxy that nobody runs: what Codex asks of the network is refused at once, on every machine alike, and nothing leaves this one. */
const nobody = 'http://127.0.0.1:9';
const offline = { HTTPS_PROXY: nobody, HTTP_PROXY: nobody, ALL_PROXY: nobody, NO_PROXY: '127.0.0.1' };

/**
 * One more home on the model of a suite; who makes it disposes of it. The system's own CA files are in force, as on a user's
 * machine: what a turn costs with them is a part of what the profiles differ in.
 */
export async function anotherHome({ url }: Pick<BenchHome, 'url'>): Promise<CodexHome> {
  const home = await createCodexHome({ providerUrl: url, smallCertificateFile: false, git: true });
  const config = userConfiguration(url);
  await writeFile(home.configFile, config, { mode: 0o600 });
  return { ...home, config, env: { ...home.env, ...offline } };
}

/** Starts the model and makes a home for it, configured as a user's. */
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
