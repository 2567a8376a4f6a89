import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExecTransport } from '../../../src/actors/exec-transport/exec-transport.ts';
import { defaultExecTurnLimits, execTurn } from '../../../src/actors/exec-transport/exec-turn.ts';
import type { TransportThread } from '../../../src/actors/turn-transport.ts';
import type { ThreadOptions } from '../../../src/protocol/thread-options.ts';
import { ActorSystem, childSpec } from '../../../src/supervisor/index.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';
import { TelemetryBus, type TelemetryEvent } from '../../../src/telemetry/index.ts';
import { processesLeft } from '../../../src/testing/index.ts';
import { fakeCodex, fakeEnvironment, type Scene } from './fake-codex.ts';
import { RecordingSink } from './recording-sink.ts';

const largeOutputHost = fileURLToPath(
  new URL('../../fixtures-processes/large-output-host.ts', import.meta.url),
);

let directory: string;
let transports: ExecTransport[];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'misbehaving-'));
  transports = [];
});

afterEach(async () => {
  for (const transport of transports) await transport.close({ timeoutMs: 0 });
  await rm(directory, { recursive: true, force: true });
});

function transportFor(
  scene: Scene,
  options: ConstructorParameters<typeof ExecTransport>[0] = {},
): ExecTransport {
  const transport = new ExecTransport({
    codexPathOverride: fakeCodex,
    env: fakeEnvironment(scene, { FAKE_MARK: directory, FAKE_RECORD: path.join(directory, 'record.json') }),
    temporaryDirectory: directory,
    ...options,
  });
  transports.push(transport);
  return transport;
}

let turns = 0;

function run(transport: ExecTransport, options: ThreadOptions = {}, threadId: string | null = null) {
  const sink = new RecordingSink();
  const thread = transport.openThread({ threadId, options });
  const messageId = `message-${++turns}`;
  thread.start({ messageId, input: 'hello' }, sink);
  return { thread, sink, messageId };
}

async function outcomeOf(scene: Scene) {
  const { sink } = run(transportFor(scene));
  return { outcome: await sink.whenSettled, sink };
}

/** Ends what a scene has let escape from its process group. */
function killHolder(sink: RecordingSink): void {
  const pid = Number(/holder (\d+)/.exec(sink.messages.join('\n'))?.[1]);
  expect(pid).toBeGreaterThan(1);
  process.kill(pid, 'SIGKILL');
}

const leftOver = () => processesLeft('FAKE_MARK', directory, { withinMs: 5_000 });

describe('a Codex that misbehaves', () => {
  test('by dying before it reads 20 MB: the turn ends with its exit, and the host lives', async () => {
    await using system = await ActorSystem.start();
    const end = await new Promise((resolve) => {
      void system.startChild(
        childSpec({
          id: 'turn',
          actor: execTurn,
          restart: 'temporary',
          input: {
            command: () => ({ executable: fakeCodex, args: [], env: fakeEnvironment('dies before reading') }),
            prompt: 'x'.repeat(20_000_000),
            outputSchema: undefined,
            temporaryDirectory: directory,
            listener: { line: () => false, lineSkipped: () => {}, ended: resolve },
            limits: defaultExecTurnLimits,
          },
        }),
      );
    });
    expect(end).toMatchObject({ kind: 'exited', exitCode: 7 });
  });

  test('by dying before the turn begins: its exit', async () => {
    expect((await outcomeOf('dies before reading')).outcome).toMatchObject({
      kind: 'abandoned',
      error: { code: 'port_exited', exitCode: 7 },
    });
  });

  test('by an error and exit 0: the turn failed, with that error', async () => {
    expect((await outcomeOf('error then exit 0')).outcome).toMatchObject({
      kind: 'failed',
      event: { type: 'turn.failed', error: { message: 'the model is on fire' } },
      error: { code: 'turn_failed', message: 'the model is on fire' },
    });
  });

  test('by exit 0 without the end of the turn: a broken protocol', async () => {
    const { outcome, sink } = await outcomeOf('exit 0 without an end');
    expect(outcome).toMatchObject({ kind: 'abandoned', error: { code: 'protocol_error' } });
    expect(sink.messages).toEqual(['half']);
  });

  test('by dying of a signal: the turn is cut off, and the cause says how', async () => {
    expect((await outcomeOf('dies by signal')).outcome).toMatchObject({
      kind: 'abandoned',
      error: {
        code: 'turn_cut_off',
        threadId: 'thread-1',
        cause: { code: 'port_exited', signal: 'SIGKILL' },
      },
    });
  });

  test('by a descendant that holds stdout: an interrupt ends the turn all the same', async () => {
    const { thread, sink, messageId } = run(transportFor('stays, descendant holds stdout'));
    await sink.event('item.completed');
    thread.interrupt(messageId);
    expect(await sink.whenSettled).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    killHolder(sink);
    expect(await leftOver()).toEqual([]);
  });

  test('by ignoring polite signals: an interrupt ends the turn all the same, and nothing is left', async () => {
    const transport = transportFor('stays, ignores polite signals', {
      limits: { interruptGraceMs: 50, termGraceMs: 50 },
    });
    const { thread, sink, messageId } = run(transport);
    await sink.event('turn.started');
    thread.interrupt(messageId);
    expect(await sink.whenSettled).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    expect(await leftOver()).toEqual([]);
  });

  test.each([
    ['an interrupt', (thread: TransportThread, messageId: string) => thread.interrupt(messageId)],
    ['the close of its thread', (thread: TransportThread) => void thread.close()],
  ])('by ignoring polite signals, with a child that does so too: %s kills both', async (_what, end) => {
    const limits = { interruptGraceMs: 50, termGraceMs: 50 };
    const transport = transportFor('stays with a child, ignores polite signals', { limits });
    const { thread, sink, messageId } = run(transport);
    await sink.event('item.completed');
    expect(await processesLeft('FAKE_MARK', directory, { withinMs: 0 })).toHaveLength(2);
    end(thread, messageId);
    expect(await sink.whenSettled).toMatchObject({ kind: 'abandoned' });
    expect(await leftOver()).toEqual([]);
  });

  test('by a descendant that holds stdout after the end of the turn: nobody waits for it', async () => {
    const { outcome, sink } = await outcomeOf('completes, descendant holds stdout');
    expect(outcome).toMatchObject({ kind: 'completed' });
    killHolder(sink);
  });

  test('by a descendant that holds stdout of a process without a verdict: a broken protocol', async () => {
    const { outcome, sink } = await outcomeOf('ends without a verdict, descendant holds stdout');
    expect(outcome).toMatchObject({ kind: 'abandoned', error: { code: 'protocol_error' } });
    killHolder(sink);
  });

  test('by staying after the end of the turn: the turn is over, the next one begins when it has been ended', async () => {
    const transport = transportFor('completes, but stays', { limits: { exitGraceMs: 50 } });
    const { thread, sink } = run(transport);
    const second = new RecordingSink();
    thread.start({ messageId: 'second', input: 'again' }, second);
    expect(await sink.whenSettled).toMatchObject({ kind: 'completed' });
    expect(second.settled).toBe(false);
    expect(await second.whenSettled).toMatchObject({ kind: 'completed' });
  });

  test('by usage null: the turn completed, without usage', async () => {
    expect((await outcomeOf('usage null')).outcome).toMatchObject({
      kind: 'completed',
      event: { usage: { input_tokens: 0, output_tokens: 0 } },
    });
  });

  test('by garbage between events, and a last line without its end: only the garbage is lost, and told', async () => {
    const telemetry = new TelemetryBus({ clock: new SystemClock() });
    const skipped: TelemetryEvent[] = [];
    telemetry.subscribe('port.line_skipped', (event) => void skipped.push(event));
    const { sink } = run(transportFor('garbage between events', { telemetry }));
    expect(await sink.whenSettled).toMatchObject({ kind: 'completed' });
    expect(sink.messages).toEqual(['done']);
    await telemetry.close();
    expect(skipped).toMatchObject([{ why: 'garbage' }, { why: 'garbage' }, { why: 'garbage' }]);
  });

  test.each([
    ['a line that is taken, some copies of it', 100_000_000, 62_914_560, 480],
    ['a line that is skipped and all of stderr, less than either', 1_000_000, 0, 100],
  ])(
    'by 60 MB in one line and 60 MB on stderr ends well, in bounded memory: %s',
    async (_what, lineBytesMax, longest, mostMB) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', largeOutputHost],
        { env: { ...process.env, LINE_BYTES_MAX: `${lineBytesMax}` } },
      );
      const { grownMB, ...ended } = JSON.parse(stdout);
      expect(ended).toEqual({ outcome: 'completed', longest });
      expect(grownMB).toBeLessThan(mostMB);
    },
  );

  test('by exit 1 after the end of the turn: the turn completed', async () => {
    expect((await outcomeOf('completes, then exits 1')).outcome).toMatchObject({ kind: 'completed' });
  });

  test('by words nobody knows before the turn begins: its exit, with its last words but no secret', async () => {
    const { outcome } = await outcomeOf('refuses its options');
    expect(outcome).toMatchObject({ kind: 'abandoned', error: { code: 'port_exited', exitCode: 1 } });
    const told = JSON.stringify(outcome.kind === 'abandoned' ? [outcome.error.message, outcome.error] : []);
    expect(told).toContain('flux capacitor');
    expect(told).not.toContain('sk-secret');
  });

  test('by not being there: there is no Codex, and what to do', async () => {
    const transport = transportFor('usage null', { codexPathOverride: path.join(directory, 'missing') });
    expect(await run(transport).sink.whenSettled).toMatchObject({
      kind: 'abandoned',
      error: { code: 'codex_not_found', message: expect.stringMatching(/npm install @openai\/codex/) },
    });
  });
});

describe('what the process is given', () => {
  async function record(
    options: ConstructorParameters<typeof ExecTransport>[0],
    thread: ThreadOptions,
    id?: string,
  ) {
    const { sink } = run(transportFor('records how it was started', options), thread, id ?? null);
    expect(await sink.whenSettled).toMatchObject({ kind: 'completed' });
    const text = await readFile(path.join(directory, 'record.json'), 'utf8');
    const parsed: { args: string[]; env: Record<string, string>; prompt: string } = JSON.parse(text);
    return parsed;
  }

  test('its prompt on stdin alone, its options in the order of the official SDK, after those of the profile', async () => {
    const { args, prompt } = await record(
      { config: { a: 1 }, configOverrides: ['b=2'], baseUrl: 'http://127.0.0.1/v1' },
      { model: 'gpt-5.5', sandboxMode: 'read-only', skipGitRepoCheck: true, approvalPolicy: 'never' },
      'thread-9',
    );
    expect(prompt).toBe('hello');
    expect(args.join(' ')).toBe(
      'exec --experimental-json --config features.unbounded_connection_retries=false --config a=1 --config b=2 ' +
        '--config openai_base_url="http://127.0.0.1/v1" --model gpt-5.5 --sandbox read-only --skip-git-repo-check ' +
        '--config approval_policy="never" resume thread-9',
    );
  });

  test('its key in the environment, never in its arguments, and nothing of the host but what it was given', async () => {
    const { args, env } = await record({ apiKey: 'sk-test-0123456789' }, {});
    expect(env.CODEX_API_KEY).toBe('sk-test-0123456789');
    expect(args.join(' ')).not.toContain('sk-test');
    expect(
      Object.keys(env)
        .filter((name) => !name.startsWith('__'))
        .sort(),
    ).toEqual([
      'CODEX_API_KEY',
      'CODEX_INTERNAL_ORIGINATOR_OVERRIDE',
      'FAKE_CODEX',
      'FAKE_MARK',
      'FAKE_RECORD',
      'PATH',
    ]);
  });

  test('the lean settings first in the lean profile, so that the user can overrule them', async () => {
    const { args } = await record({ profile: 'lean', config: { web_search: 'live' } }, {});
    const line = args.join(' ');
    expect(line.indexOf('web_search="disabled"')).toBeGreaterThan(0);
    expect(line.indexOf('web_search="live"')).toBeGreaterThan(line.indexOf('web_search="disabled"'));
  });
});

describe('the transport', () => {
  test('starts nothing before the first turn, and closes at once then', async () => {
    const transport = transportFor('usage null');
    transport.openThread({ threadId: null, options: {} });
    await transport.close({ timeoutMs: 1_000 });
    expect(await leftOver()).toEqual([]);
  });

  test('that closes ends the running turn and drops the waiting ones', async () => {
    const transport = transportFor('stays, ignores polite signals', {
      limits: { interruptGraceMs: 50, termGraceMs: 50 },
    });
    const { thread, sink } = run(transport);
    const waiting = new RecordingSink();
    thread.start({ messageId: 'waiting', input: 'later' }, waiting);
    await sink.event('turn.started');
    await transport.close({ timeoutMs: 5_000 });
    expect(sink.outcome).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    expect(waiting.outcome).toMatchObject({ kind: 'abandoned', error: { code: 'thread_closed' } });
    expect(await leftOver()).toEqual([]);
  });

  test('that has no time to close kills what runs', async () => {
    const transport = transportFor('stays, ignores polite signals');
    const { sink } = run(transport);
    await sink.event('turn.started');
    await transport.close({ timeoutMs: 0 });
    expect(sink.outcome).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    expect(await leftOver()).toEqual([]);
  });

  test('refuses turns once it is closed', async () => {
    const transport = transportFor('usage null');
    await transport.close({ timeoutMs: 0 });
    expect(await run(transport).sink.whenSettled).toMatchObject({ error: { code: 'thread_closed' } });
  });

  test('refuses a profile that does not exist', () => {
    const profile: 'lean' = JSON.parse('"fast"');
    expect(() => new ExecTransport({ profile })).toThrow(/profile is "fast"/);
  });

  test('leaves no schema file behind, whatever becomes of the turn', async () => {
    for (const scene of ['usage null', 'dies before reading', 'dies by signal'] as const) {
      const sink = new RecordingSink();
      const thread = transportFor(scene).openThread({ threadId: null, options: {} });
      thread.start({ messageId: scene, input: 'hello', outputSchema: { type: 'object' } }, sink);
      await sink.whenSettled;
      await thread.close();
    }
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a thread', () => {
  test('takes 64 waiting turns, and refuses the next', async () => {
    const transport = transportFor('stays, ignores polite signals', {
      limits: { interruptGraceMs: 0, termGraceMs: 0 },
    });
    const { thread } = run(transport);
    const sinks = Array.from({ length: 64 }, () => new RecordingSink());
    for (const [index, sink] of sinks.entries())
      thread.start({ messageId: `waiting-${index}`, input: 'x' }, sink);
    expect(() => thread.start({ messageId: 'one too many', input: 'x' }, new RecordingSink())).toThrow(
      expect.objectContaining({ code: 'queue_full', queueLengthMax: 64 }),
    );
    await thread.close();
    expect(sinks.every((sink) => sink.settled)).toBe(true);
  });

  test('drops a waiting turn that is interrupted, and goes on', async () => {
    const { thread, sink } = run(transportFor('usage null'));
    const [second, third] = [new RecordingSink(), new RecordingSink()];
    thread.start({ messageId: 'second', input: 'x' }, second);
    thread.start({ messageId: 'third', input: 'x' }, third);
    thread.interrupt('second');
    thread.interrupt('unknown');
    expect(second.outcome).toMatchObject({ kind: 'abandoned', error: { code: 'turn_interrupted' } });
    expect([(await sink.whenSettled).kind, (await third.whenSettled).kind]).toEqual([
      'completed',
      'completed',
    ]);
  });

  test('refuses turns once it is closed', async () => {
    const { thread, sink } = run(transportFor('usage null'));
    await sink.whenSettled;
    await thread.close();
    expect(() => thread.start({ messageId: 'late', input: 'x' }, new RecordingSink())).toThrow(
      expect.objectContaining({ code: 'thread_closed' }),
    );
  });
});
