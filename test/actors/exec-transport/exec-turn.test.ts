import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  defaultExecTurnLimits,
  type ExecProcessEnd,
  type ExecTurnListener,
  type ExecTurnMessage,
  execTurn,
} from '../../../src/actors/exec-transport/exec-turn.ts';
import { ActorSystem, childSpec, type Pid } from '../../../src/supervisor/index.ts';
import { processesLeft, SimulatedClock } from '../../../src/testing/index.ts';
import { fakeCodex, fakeEnvironment, type Scene } from './fake-codex.ts';

let directory: string;
let clock: SimulatedClock;
let system: ActorSystem;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'exec-turn-'));
  clock = new SimulatedClock();
  system = await ActorSystem.start({ name: 'test', clock });
});

afterEach(async () => {
  const stopped = system.stop('shutdown', { timeoutMs: 0 });
  await clock.advance(0);
  await stopped;
  await rm(directory, { recursive: true, force: true });
});

/** Listens as a turn does, and lets a test wait for lines and for the end. */
class Listener implements ExecTurnListener {
  readonly lines: string[] = [];
  #tellEnded: (end: ExecProcessEnd) => void = () => {};
  readonly whenEnded = new Promise<ExecProcessEnd>((resolve) => {
    this.#tellEnded = resolve;
  });
  readonly #watchers: { readonly part: string; readonly resolve: () => void }[] = [];
  ends = 0;

  lineWith(part: string): Promise<void> {
    if (this.lines.some((line) => line.includes(part))) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ part, resolve }));
  }

  line(text: string): boolean {
    this.lines.push(text);
    for (const { part, resolve } of this.#watchers) if (text.includes(part)) resolve();
    return text.includes('turn.completed');
  }

  lineSkipped(): void {}

  ended(end: ExecProcessEnd): void {
    this.ends += 1;
    this.#tellEnded(end);
  }
}

interface Started {
  readonly listener: Listener;
  readonly pid: Pid<ExecTurnMessage>;
  /** How the command was given its schema file. */
  readonly schemaFiles: (string | undefined)[];
}

async function start(
  scene: Scene,
  options: { outputSchema?: Record<string, unknown>; executable?: string } = {},
) {
  const listener = new Listener();
  const schemaFiles: (string | undefined)[] = [];
  const started = await system.startChild(
    childSpec({
      id: 'turn',
      actor: execTurn,
      restart: 'temporary',
      shutdown: 60_000,
      input: {
        command: (schemaFile: string | undefined) => {
          schemaFiles.push(schemaFile);
          return {
            executable: options.executable ?? fakeCodex,
            args: ['exec'],
            env: fakeEnvironment(scene, {
              FAKE_MARK: directory,
              FAKE_RECORD: path.join(directory, 'record.json'),
            }),
          };
        },
        prompt: 'hello',
        outputSchema: options.outputSchema,
        temporaryDirectory: directory,
        listener,
        limits: defaultExecTurnLimits,
      },
    }),
  );
  if (!started.ok || started.pid === undefined) throw new Error('the turn did not start');
  return { listener, pid: started.pid, schemaFiles } satisfies Started;
}

describe('the process of a turn', () => {
  test('gets the whole prompt on stdin, then its end', async () => {
    const { listener } = await start('records how it was started');
    expect(await listener.whenEnded).toMatchObject({ kind: 'exited', exitCode: 0, signal: null });
    expect(JSON.parse(await readFile(path.join(directory, 'record.json'), 'utf8'))).toMatchObject({
      args: ['exec'],
      prompt: 'hello',
    });
  });

  test('ends its actor, normally, and nothing restarts it', async () => {
    const { listener, pid } = await start('exit 0 without an end');
    const down = new Promise((resolve) => system.monitor(pid, ({ reason }) => resolve(reason)));
    await listener.whenEnded;
    expect(await down).toBe('normal');
    expect(system.whereis('turn')).toBeUndefined();
  });

  test('that is interrupted and does not listen is killed after a wait', async () => {
    const { listener, pid } = await start('stays, ignores polite signals');
    await listener.lineWith('turn.started');
    system.cast(pid, { type: 'exec.interrupt' });
    await clock.advance(defaultExecTurnLimits.interruptGraceMs + defaultExecTurnLimits.termGraceMs - 1);
    expect(listener.ends).toBe(0);
    await clock.advance(1);
    expect(await listener.whenEnded).toMatchObject({ kind: 'exited', signal: 'SIGKILL' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('that has reported the end of the turn gets time to exit by itself, then is ended', async () => {
    const { listener } = await start('completes, but stays');
    await listener.lineWith('turn.completed');
    await clock.advance(defaultExecTurnLimits.exitGraceMs - 1);
    expect(listener.ends).toBe(0);
    await clock.advance(1);
    expect(await listener.whenEnded).toMatchObject({ kind: 'exited', signal: 'SIGINT' });
  });

  test('is ended before its actor is, when the supervisor stops', async () => {
    const { listener } = await start('stays, ignores polite signals');
    await listener.lineWith('turn.started');
    const stopped = system.stop();
    await clock.advance(defaultExecTurnLimits.interruptGraceMs + defaultExecTurnLimits.termGraceMs);
    await stopped;
    expect(await listener.whenEnded).toMatchObject({ kind: 'exited', signal: 'SIGKILL' });
    expect(listener.ends).toBe(1);
  });

  test('dies with its actor when that is killed', async () => {
    const { listener } = await start('stays, ignores polite signals');
    await listener.lineWith('turn.started');
    const stopped = system.stop('shutdown', { timeoutMs: 0 });
    await clock.advance(0);
    await stopped;
    expect(await listener.whenEnded).toEqual({ kind: 'abandoned' });
    expect(await processesLeft('FAKE_MARK', directory, { withinMs: 5_000 })).toEqual([]);
  });

  test('that cannot be spawned is told as such, and its actor ends', async () => {
    const { listener } = await start('exit 0 without an end', {
      executable: path.join(directory, 'missing'),
    });
    expect(await listener.whenEnded).toMatchObject({ kind: 'spawn_failed', error: { code: 'ENOENT' } });
  });
});

describe('the output schema of a turn', () => {
  test('is a file while Codex reads it, and gone when the turn has begun', async () => {
    const { listener, schemaFiles } = await start('stays, ignores polite signals', {
      outputSchema: { type: 'object' },
    });
    expect(schemaFiles[0]?.startsWith(directory)).toBe(true);
    await listener.lineWith('turn.started');
    expect(await readdir(directory)).toEqual([]);
  });

  test('is gone after a process that never spoke', async () => {
    const { listener } = await start('dies before reading', { outputSchema: { type: 'object' } });
    await listener.whenEnded;
    expect(await readdir(directory)).toEqual([]);
  });

  test('is gone after a process that could not be spawned', async () => {
    const missing = path.join(directory, 'missing');
    const { listener } = await start('dies before reading', { outputSchema: {}, executable: missing });
    await listener.whenEnded;
    expect(await readdir(directory)).toEqual([]);
  });

  test('is not given where there is none', async () => {
    const { listener, schemaFiles } = await start('dies before reading');
    await listener.whenEnded;
    expect(schemaFiles).toEqual([undefined]);
  });
});
