import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type CodexHome,
  command,
  createCodexHome,
  homeMarkVariable,
  httpError,
  type ModelScript,
  processesLeft,
  ScriptedModel,
  text,
} from '../../src/testing/index.ts';
import { Command } from './command.ts';

let model: ScriptedModel;
let home: CodexHome;
beforeEach(async () => {
  model = await ScriptedModel.start();
  home = await createCodexHome({ model, git: true });
});
afterEach(async () => {
  const left = await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 });
  await model.close();
  await home.dispose();
  expect(left).toEqual([]);
});

/** What a command wrote to standard output, as events; threads are named alike. */
function events(stdout: string): unknown[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line.replace(/"thread_id":"[\da-f-]{36}"/, '"thread_id":"…"')));
}

type Running = {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly stdout: Promise<string>;
};

/** `codex exec --json` of the pinned binary. */
function codexExec(args: readonly string[]): Running {
  const process = spawn(
    home.executable,
    ['exec', '--json', '-c', 'features.unbounded_connection_retries=false', ...args],
    { env: home.env, cwd: home.workingDirectory, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  process.stderr.resume();
  const ended = once(process, 'close');
  return { process, stdout: textOf(process.stdout).then((out) => ended.then(() => out)) };
}

function codexActors(args: readonly string[], transport: string): Command {
  const env = { ...home.env, CODEX_ACTORS_CODEX_PATH: home.executable };
  const running = new Command(['run', '--json', '--transport', transport, ...args], {
    env,
    cwd: home.workingDirectory,
  });
  running.process.stdin.end();
  return running;
}

const noModel = { error: { message: 'The model `nope` does not exist', code: 'model_not_found' } };
const deadProvider =
  'model_providers.dead={name="dead",base_url="http://127.0.0.1:9/v1",wire_api="responses",supports_websockets=false,request_max_retries=0,stream_max_retries=0}';
const unknownId = '0199c3a4-2f10-7c5e-9b1d-6a0e4f2d8c37';

describe.each(['app-server', 'exec'])('--json over %s', (transport) => {
  test.each<[what: string, args: readonly string[], script: ModelScript]>([
    [
      'a command',
      [],
      ({ body }) =>
        JSON.stringify(body.input).includes('function_call_output')
          ? [text('It failed.')]
          : [command('echo out; exit 3')],
    ],
    [
      'a model that there is not',
      ['--model', 'nope'],
      () => [httpError(404, { body: JSON.stringify(noModel) })],
    ],
    [
      'a model server that cannot be reached',
      ['-c', 'model_provider="dead"', '-c', deadProvider],
      () => undefined,
    ],
    ['a login that is none', [], () => [httpError(401)]],
  ])('of %s prints the events that codex exec --json prints', async (_what, args, script) => {
    model.script(script);
    const theirs = events(await codexExec([...args, 'x']).stdout);
    const ours = await codexActors([...args, 'x'], transport).result;
    expect(events(ours.stdout)).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(2);
  });

  test.each<[what: string, ours: readonly string[], theirs: readonly string[]]>([
    ['a thread that Codex has not kept', ['--resume', unknownId, 'x'], ['resume', unknownId, 'x']],
    ['a folder that there is not', ['--cd', 'no-folder', 'x'], ['--cd', 'no-folder', 'x']],
    ['a setting that cannot be', ['-c', 'model_providers=3', 'x'], ['-c', 'model_providers=3', 'x']],
  ])(
    'of %s prints no event, as codex exec --json: one line on standard error says why',
    async (_what, ours, theirs) => {
      expect(await codexExec(theirs).stdout).toBe('');
      const result = await codexActors(ours, transport).result;
      expect(result).toMatchObject({ stdout: '', exitCode: 2 });
      expect(result.stderr).toMatch(/^codex-actors: [^\n]+\n$/);
    },
  );

  test('prints at Ctrl-C what codex exec --json prints, and then closes the turn', async () => {
    const gate = model.hold();
    model.script(() => [gate.action]);
    const exec = codexExec(['x']);
    await gate.reached();
    exec.process.kill('SIGINT');
    const theirs = events(await exec.stdout);
    const ours = codexActors(['x'], transport);
    await ours.shows('stdout', '"turn.started"');
    ours.process.kill('SIGINT');
    const { stdout, exitCode } = await ours.result;
    expect(events(stdout)).toEqual([...theirs, { type: 'turn.failed', error: { message: 'interrupted' } }]);
    expect(exitCode).toBe(130);
  });
});
