import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseExecEvent } from '../../src/protocol/exec-events.ts';
import {
  type CodexHome,
  command,
  createCodexHome,
  homeMarkVariable,
  httpError,
  processesLeft,
  ScriptedModel,
  text,
} from '../../src/testing/index.ts';
import { fakeCodex, fakeEnvironment } from '../actors/exec-transport/fake-codex.ts';
import { Command, run } from './command.ts';

let model: ScriptedModel;
let home: CodexHome;
let directory: string;

beforeEach(async () => {
  model = await ScriptedModel.start();
  home = await createCodexHome({ model, git: true });
  directory = await mkdtemp(path.join(tmpdir(), 'cli-'));
});

afterEach(async () => {
  const left = await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 });
  await model.close();
  await home.dispose();
  await rm(directory, { recursive: true, force: true });
  expect(left).toEqual([]);
});

const inHome = () => ({
  env: { ...home.env, CODEX_ACTORS_CODEX_PATH: home.executable },
  cwd: home.workingDirectory,
});

function events(stdout: string): unknown[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const parsed = parseExecEvent(line);
      return parsed.kind === 'event' ? parsed.event : parsed;
    });
}

describe.each(['app-server', 'exec'])('run over %s', (transport) => {
  test('puts the answer on standard output and what happened on standard error', async () => {
    model.enqueue([text('Let me see.', { deltas: 3 }), command('echo out; exit 3')], [text('It failed.')]);
    const result = await run(['run', '--transport', transport, 'Try it'], inHome());
    expect(result).toMatchObject({ exitCode: 0, stdout: 'Let me see.\nIt failed.\n' });
    expect(result.stderr).toMatch(
      /^thread [\da-f-]{36}\n\$ echo out; exit 3 {2}exit 3\ntokens: 200 in, 20 out\n$/,
    );
    expect(model.requests[0]?.prompt).toContain('Try it');
  });

  test('prints events as JSON lines in the shape of codex exec', async () => {
    model.enqueue([text('Hi!')]);
    const result = await run(['run', '--transport', transport, '--json', 'Say hi'], inHome());
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(events(result.stdout)).toEqual([
      { type: 'thread.started', thread_id: expect.stringMatching(/^[\da-f-]{36}$/) },
      { type: 'turn.started' },
      { type: 'item.completed', item: { id: 'item_0', type: 'agent_message', text: 'Hi!' } },
      { type: 'turn.completed', usage: expect.objectContaining({ input_tokens: 100, output_tokens: 10 }) },
    ]);
  });

  test('of a turn that fails exits 1 and says why', async () => {
    model.script(() => [httpError(503)]);
    const result = await run(['run', '--transport', transport, 'x'], inHome());
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(/\nturn failed: unexpected status 503 [^\n]*\n$/);
  });

  test('of a turn that fails says why on standard error, with --json as well', async () => {
    model.script(() => [httpError(503)]);
    const result = await run(['run', '--transport', transport, '--json', 'x'], inHome());
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^turn failed: unexpected status 503 [^\n]*\n$/);
    expect(events(result.stdout).at(-1)).toMatchObject({ type: 'turn.failed' });
  });

  test('is interrupted with --json: the last event closes the turn', async () => {
    const gate = model.hold();
    model.enqueue([text('Half', { deltas: 2 }), gate.action]);
    const running = new Command(['run', '--transport', transport, '--json', 'x'], inHome());
    running.process.stdin.end();
    await Promise.all([running.shows('stdout', '"turn.started"'), gate.reached()]);
    running.process.kill('SIGINT');
    const { exitCode, stdout } = await running.result;
    expect(exitCode).toBe(130);
    const closing = events(stdout).filter((event) =>
      /"turn\.(?:completed|failed)"/.test(JSON.stringify(event)),
    );
    expect(closing).toEqual([{ type: 'turn.failed', error: { message: 'interrupted' } }]);
    expect(events(stdout).at(-1)).toEqual(closing[0]);
  });

  test('of a thread that Codex has not kept exits 2 and says so', async () => {
    const id = '0199c3a4-2f10-7c5e-9b1d-6a0e4f2d8c37';
    const result = await run(['run', '--transport', transport, '--resume', id, 'x'], inHome());
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toMatch(
      new RegExp(`^codex-actors: --resume: thread ${id} is not among those that Codex has kept\\. [^\n]*\n$`),
    );
  });

  test('without a login exits 3 with one line that says what to do, at the first refusal', async () => {
    model.script(() => [httpError(401)]);
    // As with OpenAI's own provider: Codex asks again five times.
    const retries = ['--config', 'model_providers.mock.stream_max_retries=5'];
    const result = await run(['run', '--transport', transport, ...retries, 'x'], inHome());
    expect(result).toMatchObject({ exitCode: 3, stdout: '' });
    expect(result.stderr).toMatch(
      /^thread [\da-f-]{36}\ncodex-actors: Codex is not logged in\. Run `codex login`, or set OPENAI_API_KEY\.\n$/,
    );
  });

  test('is interrupted by Ctrl-C: it exits 130, and nothing is left', async () => {
    const gate = model.hold();
    model.enqueue([text('Half', { deltas: 2 }), gate.action]);
    const running = new Command(['run', '--transport', transport, 'x'], inHome());
    running.process.stdin.end();
    await gate.reached();
    running.process.kill('SIGINT');
    expect(await running.result).toMatchObject({
      exitCode: 130,
      stderr: expect.stringMatching(
        /\ncodex-actors: interrupted\ncodex-actors: the turn was cut off; go on with --resume [\da-f-]{36}\n$/,
      ),
    });
  });
});

describe('run', () => {
  test('reads the prompt from standard input for -', async () => {
    const running = new Command(['run', '-'], inHome());
    running.process.stdin.end('From a pipe\n');
    expect(await running.result).toMatchObject({ exitCode: 0, stdout: 'ok\n' });
    expect(model.requests[0]?.prompt).toContain('From a pipe');
  });

  test('goes on with a thread by its id', async () => {
    const first = await run(['run', '--json', 'first'], inHome());
    const id = model.requests[0]?.threadId ?? '';
    const second = await run(['run', '--json', '--resume', id, 'second'], inHome());
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(model.requests[1]?.threadId).toBe(id);
    expect(JSON.stringify(model.requests[1]?.body.input)).toContain('first');
  });

  test('passes on model, sandbox, folder, schema, settings and images', async () => {
    const schema = path.join(directory, 'schema.json');
    await writeFile(schema, JSON.stringify({ type: 'object', properties: {}, additionalProperties: false }));
    const image = path.join(directory, 'dot.png');
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await writeFile(image, Buffer.from(png, 'base64'));
    const options = [
      '--model',
      'gpt-5.4',
      '--sandbox',
      'read-only',
      '--cd',
      directory,
      '--output-schema',
      schema,
    ];
    const more = ['--image', image, '--config', 'model_reasoning_effort="high"', '--profile', 'lean'];
    const result = await run(['run', ...options, ...more, 'x'], inHome());
    expect(result.exitCode).toBe(0);
    const body = JSON.stringify(model.requests[0]?.body);
    for (const part of [
      '"gpt-5.4"',
      'codex_output_schema',
      directory,
      'data:image/png',
      '"effort":"high"',
      'read-only',
    ]) {
      expect(body).toContain(part);
    }
  });

  test('an option that Codex refuses exits 2 with its words', async () => {
    const result = await run(['run', '--transport', 'exec', '--approval', 'untrusted', 'x'], inHome());
    expect(result).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^codex-actors: [^\n]*no longer supported[^\n]*\n$/),
    });
  });

  test.each(['app-server', 'exec'])(
    'a setting that Codex refuses exits 2 with its words: %s',
    async (transport) => {
      const args = [
        'run',
        '--transport',
        transport,
        '--skip-git-repo-check',
        '--config',
        'model_providers=3',
        'x',
      ];
      expect(await run(args, inHome())).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(
          /^codex-actors: --config[^\n]*Codex says: [^\n]*expected a map[^\n]*\n$/,
        ),
      });
    },
  );

  test('stops when the reader of its answer goes away', async () => {
    const gate = model.hold();
    model.enqueue([text('first line', { deltas: 2 }), gate.action, text('x'.repeat(1_000_000)), gate.action]);
    const running = new Command(['run', 'x'], inHome());
    const shown = running.shows('stdout', 'first line');
    running.process.stdin.end();
    await Promise.all([shown, gate.reached()]);
    running.process.stdout.destroy();
    gate.releaseOne();
    expect(await running.exitCode).toBe(130);
  });

  test('stops everything on a second Ctrl-C, although the first did not end the turn', async () => {
    const env = { ...fakeEnvironment('stays, ignores polite signals'), [homeMarkVariable]: home.mark };
    const running = new Command(['run', '--transport', 'exec', '--json', '--codex', fakeCodex, 'x'], { env });
    const [started, interrupting] = [
      running.shows('stdout', 'turn.started'),
      running.shows('stderr', 'interrupting'),
    ];
    running.process.stdin.end();
    await started;
    running.process.kill('SIGINT');
    await interrupting;
    running.process.kill('SIGINT');
    const result = await running.result;
    expect(result.exitCode).toBe(130);
    expect(result.stderr).toBe(
      'codex-actors: interrupting the turn; Ctrl-C again to stop at once\ncodex-actors: stopping\ncodex-actors: interrupted\n',
    );
  });

  test('stops in order on SIGTERM, and exits as a command that died of it', async () => {
    const gate = model.hold();
    model.enqueue([gate.action]);
    const running = new Command(['run', 'x'], inHome());
    running.process.stdin.end();
    await gate.reached();
    running.process.kill('SIGTERM');
    expect(await running.result).toMatchObject({ exitCode: 143, signal: null });
  });
});
