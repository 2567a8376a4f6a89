import { execFile } from 'node:child_process';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import {
  command,
  createCodexHome,
  homeMarkVariable,
  installedCodex,
  processesLeft,
  processesWithEnvironment,
  ScriptedModel,
  text,
} from '../../src/testing/index.ts';
import { AppServerSession } from './app-server-session.ts';

const run = promisify(execFile);

afterEach(() => {
  delete process.env.CANARY_TOKEN;
});

it('nothing of the host environment reaches Codex or its commands', async () => {
  process.env.CANARY_TOKEN = 'leaked';
  await using session = await AppServerSession.open();
  const turn = await session.play([command('env')], [text('ok')]);
  const output = session.model.requestsOf(turn.threadId)[1]?.toolOutputs[0]?.output ?? '';
  expect(output).toContain(`HOME=${session.home.env.HOME}`);
  expect(output).not.toContain('CANARY_TOKEN');
});

it('Codex starts and works without a warning', async () => {
  await using session = await AppServerSession.open();
  await session.play([command('echo hi')], [text('ok')]);
  await session.client.close();
  expect(session.client.stderr).toBe('');
  const warnings = session.client.transcript.filter(({ message }) => /warning/i.test(String(message.method)));
  expect(warnings).toEqual([]);
});

it('Codex writes nothing into the home of the user, and the working directory stays empty', async () => {
  await using session = await AppServerSession.open();
  await session.play([command('true')], [text('ok')]);
  await session.client.close();
  expect(await readdir(session.home.env.HOME ?? '')).toEqual([]);
  expect(await readdir(session.home.workingDirectory)).toEqual([]);
  expect(await readdir(session.home.home)).toContain('sessions');
});

it('Codex talks to the model alone', async () => {
  const lookups: string[] = [];
  const proxy = createServer((request, response) => {
    lookups.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  proxy.on('connect', (request, socket) => {
    lookups.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
  await using model = await ScriptedModel.start();
  await using home = await createCodexHome({ model });
  const env = { ...home.env, HTTP_PROXY: url, HTTPS_PROXY: url, ALL_PROXY: url, NO_PROXY: '127.0.0.1' };
  const exec = (...args: readonly string[]) => {
    const call = run(home.executable, ['exec', '--skip-git-repo-check', ...args, 'hi'], {
      env,
      cwd: home.workingDirectory,
    });
    call.child.stdin?.end();
    return call;
  };
  await exec();
  expect(lookups).toEqual([]);
  await exec('-c', 'features.plugins=true', '-c', 'analytics.enabled=true');
  expect(lookups, 'the proxy sees look-ups where there are some').not.toEqual([]);
  await new Promise((resolve) => proxy.close(resolve));
});

it('`codex exec` runs in a git working directory without further flags', async () => {
  await using model = await ScriptedModel.start();
  await using home = await createCodexHome({ model, git: true });
  const call = run(home.executable, ['exec', '--json', 'hi'], { env: home.env, cwd: home.workingDirectory });
  call.child.stdin?.end();
  const { stdout } = await call;
  expect(stdout).toContain('"type":"turn.completed"');
});

it('its folders are private and outside of each other', async () => {
  await using model = await ScriptedModel.start();
  await using home = await createCodexHome({ model });
  const folders = [home.home, home.workingDirectory, home.env.HOME ?? '', home.env.TMPDIR ?? ''];
  for (const folder of folders) {
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(folders.filter((other) => other !== folder && other.startsWith(`${folder}${path.sep}`))).toEqual(
      [],
    );
  }
  expect((await stat(home.configFile)).mode & 0o777).toBe(0o600);
  expect(await readFile(home.configFile, 'utf8')).toBe(home.config);
});

it('own configuration is added before the first table and after the last', async () => {
  await using home = await createCodexHome({
    providerUrl: 'http://127.0.0.1:1/v1',
    extraTopLevelConfig: 'web_search = "disabled"',
    extraConfig: '[mcp_servers.none]\ncommand = "true"\nenabled = false',
  });
  const { stdout } = await run(home.executable, ['mcp', 'list', '--json'], { env: home.env });
  expect(stdout).toContain('"none"');
  expect(home.config.indexOf('web_search')).toBeLessThan(home.config.indexOf('['));
});

it('dispose removes everything, and may be called twice', async () => {
  await using model = await ScriptedModel.start();
  const home = await createCodexHome({ model });
  await home.dispose();
  await home.dispose();
  await expect(access(path.dirname(home.home))).rejects.toThrow('ENOENT');
});

it('a home without a provider is refused', async () => {
  await expect(createCodexHome({})).rejects.toThrow('`model` or `providerUrl`');
});

it('the mark of a home finds its processes, and none once they have ended', async () => {
  const session = await AppServerSession.open();
  const { mark } = session.home;
  const processes = await processesWithEnvironment(homeMarkVariable, mark);
  expect(processes.map((row) => row.pid)).toContain(session.client.pid);
  await session.close();
  expect(await processesLeft(homeMarkVariable, mark, { withinMs: 2_000 })).toEqual([]);
});

it('the installed Codex is the binary itself, with the programs it looks for', async () => {
  const { executable, version, pathDirectories } = installedCodex();
  expect((await run(executable, ['--version'])).stdout.trim()).toBe(`codex-cli ${version}`);
  const programs = (await Promise.all(pathDirectories.map((directory) => readdir(directory)))).flat();
  expect(programs).toEqual(expect.arrayContaining(['rg', 'bwrap']));
});
