import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { execPortChild } from '../../../src/actors/exec-port/exec-port.ts';
import { portInfo } from '../../../src/actors/exec-port/port-messages.ts';
import type { ExecPortOptions } from '../../../src/actors/exec-port/port-options.ts';
import { ActorSystem, type ActorSystemOptions } from '../../../src/supervisor/actor-system.ts';
import { dynamicSupervisor } from '../../../src/supervisor/supervisor-flags.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';
import { TelemetryBus } from '../../../src/telemetry/telemetry-bus.ts';
import { processesLeft, processesWithEnvironment } from '../../../src/testing/process-table.ts';
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts';
import { type FakeBehaviour, fakeAppServer, fakeEnvironment } from './fake-app-server.ts';

function fakePort(behaviour: FakeBehaviour, more: Record<string, string> = {}) {
  const mark = randomUUID();
  const options: ExecPortOptions = {
    codexPathOverride: fakeAppServer,
    env: fakeEnvironment(behaviour, { FAKE_MARK: mark, ...more }),
  };
  const left = () => processesLeft('FAKE_MARK', mark, { withinMs: 2_000 });
  const alive = () => processesWithEnvironment('FAKE_MARK', mark);
  return { options, left, alive };
}

function start(options: ExecPortOptions, system: ActorSystemOptions = {}): Promise<ActorSystem> {
  return ActorSystem.start({ children: [execPortChild('port', options)], ...system });
}

/** The error that kept the port from starting. */
async function startError(options: ExecPortOptions, system: ActorSystemOptions = {}): Promise<unknown> {
  const reports: unknown[] = [];
  const failed = start(options, { ...system, onReport: (report) => void reports.push(report) });
  await expect(failed).rejects.toThrow();
  const report = reports.find((one) => typeof one === 'object' && one !== null && 'reason' in one);
  const reason =
    typeof report === 'object' && report !== null && 'reason' in report ? report.reason : undefined;
  return typeof reason === 'object' && reason !== null && 'error' in reason ? reason.error : reason;
}

describe('a start that cannot succeed is a start error', () => {
  test('no executable, a folder, or a file that may not be executed: CodexNotFoundError says what to do', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'exec-port-'));
    const plain = path.join(folder, 'plain');
    await writeFile(plain, 'text');
    await chmod(plain, 0o600);
    for (const [codexPathOverride, problem] of [
      [path.join(folder, 'absent'), 'does not exist'],
      [folder, 'is not a file'],
      [plain, 'chmod +x'],
      ['no-such-codex', 'on PATH'],
    ] as const) {
      const error = await startError({ codexPathOverride });
      expect(error).toMatchObject({ code: 'codex_not_found', message: expect.stringContaining(problem) });
    }
    await rm(folder, { recursive: true });
  });

  test('a file that the system cannot run is not found either', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'exec-port-'));
    const script = path.join(folder, 'codex');
    await writeFile(script, '#!/no/such/interpreter\n');
    await chmod(script, 0o700);
    expect(await startError({ codexPathOverride: script })).toMatchObject({ code: 'codex_not_found' });
    await rm(folder, { recursive: true });
  });

  test.each(['0', '1'])(
    'an exit with %s during the handshake tells the code and the last words, without secrets',
    async (code) => {
      const { options, left } = fakePort('exits', { FAKE_EXIT_CODE: code });
      const error = await startError(options);
      expect(error).toMatchObject({
        code: 'handshake_failed',
        message: expect.stringMatching(`exited with code ${code}.* no such option`),
        cause: { code: 'port_exited', exitCode: Number(code), signal: null },
      });
      expect(JSON.stringify(error)).not.toContain('verysecret');
      expect(await left()).toEqual([]);
    },
  );

  test('an answer that makes no sense', async () => {
    const { options, left } = fakePort('senseless');
    expect(await startError(options)).toMatchObject({
      code: 'handshake_failed',
      cause: { code: 'protocol_error' },
    });
    expect(await left()).toEqual([]);
  });

  test('no answer within the deadline: the process is killed', async () => {
    const clock = new SimulatedClock();
    const { options, left } = fakePort('silent');
    const failed = startError(options, { clock });
    await clock.advance(10_000);
    expect(await failed).toMatchObject({
      code: 'handshake_failed',
      message: expect.stringContaining('no answer within 10000 ms'),
    });
    expect(await left()).toEqual([]);
  });

  test('an unknown profile is named with those that exist', async () => {
    const options: ExecPortOptions = JSON.parse('{"profile":"fast"}');
    expect(await startError(options)).toMatchObject({ code: 'invalid_option', field: 'profile' });
  });
});

describe('the stop', () => {
  test('ends stdin, and a server that obeys is gone', async () => {
    const { options, left } = fakePort('answers');
    const system = await start(options);
    expect(await system.call('port', portInfo)).toMatchObject({
      version: '1.2.3',
      codexHome: '/home',
    });
    expect(await system.stop()).toBe('shutdown');
    expect(await left()).toEqual([]);
  });

  test('a server that ignores the end of stdin and SIGTERM is killed after both graces', async () => {
    const clock = new SimulatedClock();
    const { options, left, alive } = fakePort('stubborn');
    const system = await start(options, { clock });
    const stopped = system.stop();
    await clock.advance(3_999);
    expect(await alive()).toHaveLength(1);
    await clock.advance(1);
    await stopped;
    expect(await left()).toEqual([]);
  });

  test('a descendant in the group that holds stdout is killed with it', async () => {
    const { options, left, alive } = fakePort('held');
    const system = await start(options);
    expect(await alive()).toHaveLength(2);
    await system.stop();
    expect(await left()).toEqual([]);
  });

  test('a descendant that left the group and holds stdout is not waited for', async () => {
    const { options, alive } = fakePort('heldOutside');
    const telemetry = new TelemetryBus({ clock: new SystemClock() });
    const exits: unknown[] = [];
    telemetry.subscribe('port.stop', ({ exitCode, signal }) => void exits.push({ exitCode, signal }));
    const system = await start({ ...options, telemetry });
    const { pid } = await system.call('port', portInfo);
    await system.stop();
    const rest = await alive();
    for (const row of rest) process.kill(row.pid, 'SIGKILL');
    expect(rest).toHaveLength(1);
    expect(rest[0]?.pid).not.toBe(pid);
    await telemetry.flush();
    // Without the bound its end would never have been seen, and the ladder would have gone on to its last step.
    expect(exits).toEqual([{ exitCode: 0, signal: null }]);
  });

  test('a kill is at once: nothing is asked', async () => {
    const { options, left } = fakePort('stubborn');
    const system = await start(options);
    await system.stop('shutdown', { timeoutMs: 0 });
    expect(await left()).toEqual([]);
  });

  test('a kill during the handshake is at once too', async () => {
    const { options, alive, left } = fakePort('silent');
    const telemetry = new TelemetryBus({ clock: new SystemClock() });
    const spawned = new Promise<void>((resolve) => telemetry.subscribe('port.start', () => resolve()));
    const system = await ActorSystem.start({ root: dynamicSupervisor() });
    const started = system.startChild(execPortChild('port', { ...options, telemetry })).catch(() => 'killed');
    await spawned;
    expect(await alive()).toHaveLength(1);
    await system.stop('shutdown', { timeoutMs: 0 });
    expect(await started).toBe('killed');
    expect(await left()).toEqual([]);
  });
});

describe('the event loop', () => {
  const program = fileURLToPath(new URL('../../fixtures-processes/idle-port.ts', import.meta.url));
  async function run(mode: string) {
    const { options, left } = fakePort('answers');
    const env = { ...options.env, FAKE_EXECUTABLE: fakeAppServer };
    const ran = promisify(execFile)(process.execPath, [program, mode], { env });
    const { stdout } = await ran.catch((error: { stdout: string }) => error);
    return { lines: stdout.trim().split('\n'), left };
  }

  test('an idle port lets the host exit by itself, and its process ends with it', async () => {
    const { lines, left } = await run('idle');
    expect(lines).toEqual(['ready', 'idle']);
    expect(await left()).toEqual([]);
  });

  test('a hold keeps the host alive until it is released', async () => {
    const { lines, left } = await run('held');
    expect(lines).toEqual(['ready', 'released']);
    expect(await left()).toEqual([]);
  });

  test('an open request keeps the host alive until it is settled', async () => {
    const { lines, left } = await run('asking');
    expect(lines).toEqual(['ready', 'refused']);
    expect(await left()).toEqual([]);
  });

  test('a host that is killed takes its port with it: the server reads the end of its stdin', async () => {
    const { lines, left } = await run('killed');
    expect(lines).toEqual(['ready']);
    expect(await left()).toEqual([]);
  });
});
