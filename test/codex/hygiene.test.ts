import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Codex } from '../../src/index.ts';
import { homeMarkVariable, processesLeft, processesWithEnvironment } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';
import { writtenDown } from './written-down.ts';

const unclosed = fileURLToPath(new URL('../fixtures-processes/unclosed-codex.ts', import.meta.url));

describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  test('a host that never closes its Codex exits by itself, and its processes with it', async () => {
    await using rig = await CodexRig.start();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', unclosed],
      {
        env: { ...rig.home.env, CODEX_EXECUTABLE: rig.home.executable, CODEX_TRANSPORT: transport },
        cwd: rig.home.workingDirectory,
        timeout: 15_000,
      },
    );
    expect(stdout.split('\n')).toEqual(['ok', 'exit', '']);
    expect(await processesLeft(homeMarkVariable, rig.home.mark, { withinMs: 5_000 })).toEqual([]);
  });

  test('making a Codex and threads starts nothing', async () => {
    await using rig = await CodexRig.start({ transport });
    rig.codex.startThread(rig.threadOptions);
    rig.codex.resumeThread('01a1f8e0-0000-7391-9ca0-cc5676812626');
    expect(await processesWithEnvironment(homeMarkVariable, rig.home.mark)).toEqual([]);
  });

  test('a missing executable rejects each turn and says what to do', async () => {
    await using codex = new Codex({ transport, codexPathOverride: '/nowhere/codex' });
    await expect(codex.startThread().run('hello')).rejects.toMatchObject({ code: 'codex_not_found' });
    await expect(codex.startThread().run('again')).rejects.toMatchObject({ code: 'codex_not_found' });
  });

  test('the transport is shut down twice without harm', async () => {
    const rig = await CodexRig.start({ transport });
    await rig.codex.startThread(rig.threadOptions).run('hello');
    await Promise.all([rig.codex.close(), rig.codex.close()]);
    expect(await rig.close()).toEqual([]);
  });

  test('secrets appear in no error, inspection event, telemetry event or process argument', async () => {
    const seen: string[] = [];
    const apiKey = 'sk-secret-of-the-test-0123456789abcdef';
    const token = 'token-in-the-environment-0123456789';
    const rig = await CodexRig.start({
      transport,
      apiKey,
      inspect: (event) => void seen.push(writtenDown(event)),
      onReport: (report) => void seen.push(writtenDown(report)),
    });
    const secretly = new Codex({
      transport,
      apiKey,
      codexPathOverride: rig.home.executable,
      env: { ...rig.home.env, MY_TOKEN: token },
      inspect: (event) => void seen.push(writtenDown(event)),
      onReport: (report) => void seen.push(writtenDown(report)),
    });
    secretly.telemetry.subscribe('*', (event) => void seen.push(writtenDown(event)));
    const thread = secretly.startThread(rig.threadOptions);
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const running = thread.run('hello').catch((error: unknown) => seen.push(writtenDown(error)));
    await gate.reached();
    const processes = await processesWithEnvironment(homeMarkVariable, rig.home.mark);
    for (const { pid } of processes) seen.push(await commandLineOf(pid));
    for (const { pid } of processes) killIfAlive(pid);
    await running;
    await secretly.telemetry.flush();
    await secretly.close();
    expect(seen.length).toBeGreaterThan(1);
    for (const text of seen) {
      expect(text).not.toContain(apiKey);
      expect(text).not.toContain(token);
    }
    await rig.close();
  });
});

/** Empty for a process that has ended: Codex takes a snapshot of the user's shell as a thread starts, and that is over at any moment. */
function commandLineOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
