import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCodexHome } from '../../src/testing/index.ts';

/** A real `codex exec-server` on loopback. */
export interface ExecServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

/** Starts `codex exec-server` with a capability token, in a home of its own. */
export async function startExecServer(): Promise<ExecServer> {
  const home = await createCodexHome({ providerUrl: 'http://127.0.0.1:9/v1' });
  const token = 'a-capability-token-of-the-tests-only';
  const tokenFile = join(home.home, 'token');
  await writeFile(tokenFile, token);
  await chmod(tokenFile, 0o600);
  const args = ['exec-server', '--listen', 'ws://127.0.0.1:0', '--ws-auth', 'capability-token'];
  const child = spawn(home.executable, [...args, '--ws-token-file', tokenFile], {
    cwd: home.workingDirectory,
    env: home.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const url = await firstLine(child.stdout);
  return {
    url,
    token,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await home.dispose();
    },
  };
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  throw new Error('the exec-server ended before it said where it listens');
}
