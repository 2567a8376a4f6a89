import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CodexHome,
  createCodexHome,
  homeMarkVariable,
  processesLeft,
  ScriptedModel,
} from '../../src/testing/index.ts';
import { fakeAppServer, fakeEnvironment } from '../actors/exec-port/fake-app-server.ts';

const program = path.join(import.meta.dirname, '../fixtures-processes/awaited-end.ts');

let model: ScriptedModel;
let home: CodexHome;
beforeAll(async () => {
  model = await ScriptedModel.start();
  home = await createCodexHome({ model });
});
afterAll(async () => {
  expect(await processesLeft(homeMarkVariable, home.mark, { withinMs: 2_000 })).toEqual([]);
  await model.close();
  await home.dispose();
});

/** Runs a host that awaits the end of something at its top level; rejects when the host exits before. */
async function linesOf(
  whose: string,
  env: Readonly<Record<string, string>>,
  executable = '',
): Promise<string[]> {
  const run = promisify(execFile)(process.execPath, [program, whose, executable], {
    env,
    cwd: home.workingDirectory,
  });
  return (await run).stdout.trim().split('\n');
}

describe('a host that only awaits an end lives until then', () => {
  test.each(['system', 'telemetry'])('of a %s', async (whose) => {
    expect(await linesOf(whose, home.env)).toEqual(['ended']);
  });

  test.each(['app-server', 'exec'])('of a thread and its Codex on the %s transport', async (whose) => {
    expect(await linesOf(whose, home.env, home.executable)).toEqual(['ended']);
  });

  test('of a Codex in the middle of a turn', async () => {
    expect(await linesOf('turn', home.env, home.executable)).toEqual(['ended']);
  });

  test('of a Codex that was closed before its first turn could start: no process is started', async () => {
    const env = fakeEnvironment('silent');
    expect(await linesOf('call', env, fakeAppServer)).toEqual(['thread_closed', '0 processes', 'ended']);
  });

  test('of a Codex whose process does not answer yet: by force, once its time is over', async () => {
    const mark = randomUUID();
    const env = fakeEnvironment('silent', { FAKE_MARK: mark });
    expect(await linesOf('start', env, fakeAppServer)).toEqual(['thread_closed', 'ended']);
    expect(await processesLeft('FAKE_MARK', mark, { withinMs: 2_000 })).toEqual([]);
  });
});
