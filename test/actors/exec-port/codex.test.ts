import { readFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { execPortChild } from '../../../src/actors/exec-port/exec-port.ts';
import {
  type PortInfo,
  portAttach,
  portInfo,
  portRequest,
} from '../../../src/actors/exec-port/port-messages.ts';
import type { ExecPortOptions } from '../../../src/actors/exec-port/port-options.ts';
import type {
  PortNotification,
  PortServerRequest,
  Respond,
} from '../../../src/actors/exec-port/thread-route.ts';
import { ActorSystem } from '../../../src/supervisor/actor-system.ts';
import type { Behaviour, DownMessage } from '../../../src/supervisor/behaviour.ts';
import { childSpec } from '../../../src/supervisor/child-spec.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';
import { TelemetryBus } from '../../../src/telemetry/telemetry-bus.ts';
import { type CodexHome, createCodexHome, homeMarkVariable } from '../../../src/testing/codex-home.ts';
import { processesLeft } from '../../../src/testing/process-table.ts';
import { command, text } from '../../../src/testing/script.ts';
import { ScriptedModel } from '../../../src/testing/scripted-model.ts';

/** The real binary under a port, in a home of its own; gone when the test is over. */
async function startCodex(options: (home: CodexHome, model: ScriptedModel) => ExecPortOptions = () => ({})) {
  const model = await ScriptedModel.start();
  const home = await createCodexHome({ model });
  const port = execPortChild('port', {
    env: home.env,
    workingDirectory: home.workingDirectory,
    ...options(home, model),
  });
  const system = await ActorSystem.start({ children: [port] });
  const left = () => processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 });
  onTestFinished(async () => {
    await system.stop();
    expect(await left()).toEqual([]);
    await model.close();
    await home.dispose();
  });
  const info = await system.call('port', portInfo);
  return { model, home, system, info, left };
}

/** A route that keeps what comes and lets a test wait for it. */
class Recorder {
  readonly notifications: PortNotification[] = [];
  readonly questions: PortServerRequest[] = [];
  onQuestion: (request: PortServerRequest, respond: Respond) => void = () => {};
  #waiting: { readonly method: string; readonly resolve: () => void }[] = [];

  notify(notification: PortNotification): void {
    this.notifications.push(notification);
    for (const { method, resolve } of this.#waiting) if (method === notification.method) resolve();
  }

  request(request: PortServerRequest, respond: Respond): void {
    this.questions.push(request);
    this.onQuestion(request, respond);
  }

  get methods(): string[] {
    return this.notifications.map(({ method }) => method);
  }

  seen(method: string): Promise<void> {
    if (this.methods.includes(method)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ method, resolve }));
  }
}

async function startThread(
  { connection }: PortInfo,
  home: CodexHome,
  approvalPolicy: 'never' | 'untrusted' = 'never',
) {
  const { thread } = await connection.request('thread/start', {
    model: 'gpt-5.5',
    cwd: home.workingDirectory,
    approvalPolicy,
    sandbox: 'read-only',
  });
  const prompt = (words: string) =>
    connection.request('turn/start', {
      threadId: thread.id,
      input: [{ type: 'text', text: words, text_elements: [] }],
    });
  return { id: thread.id, prompt };
}

/** The next end of the port's present incarnation. */
function portDown(system: ActorSystem): Promise<DownMessage> {
  return new Promise((resolve) => system.monitor('port', resolve));
}

describe('the real binary under a port', () => {
  test('is ready after the handshake, says what it is, and runs a turn', async () => {
    const { home, info } = await startCodex();
    expect(info).toMatchObject({ version: '0.169.0', codexHome: home.home, executable: home.executable });
    const thread = await startThread(info, home);
    const route = new Recorder();
    info.connection.attach(thread.id, route);
    await thread.prompt('hello');
    await route.seen('turn/completed');
    expect(route.methods).toContain('item/agentMessage/delta');
    expect(info.connection.address).toMatchObject({ path: 'system/port', incarnation: 1 });
  });

  test('what came before a thread attached is replayed first, in order', async () => {
    const { home, info } = await startCodex();
    const [early, late] = [await startThread(info, home), await startThread(info, home)];
    const lateRoute = new Recorder();
    await early.prompt('first');
    info.connection.attach(late.id, lateRoute);
    await late.prompt('second');
    await lateRoute.seen('turn/completed');
    const earlyRoute = new Recorder();
    info.connection.attach(early.id, earlyRoute);
    await earlyRoute.seen('turn/completed');
    expect(earlyRoute.methods[0]).toBe('thread/started');
    expect(earlyRoute.methods).toEqual(expect.arrayContaining(lateRoute.methods));
    for (const [route, { id }] of [
      [earlyRoute, early],
      [lateRoute, late],
    ] as const) {
      for (const { params } of route.notifications.slice(1)) expect(params).toMatchObject({ threadId: id });
    }
  });

  test('SIGKILL rejects what is open with the signal, and the supervisor starts the next incarnation', async () => {
    const { home, system, info } = await startCodex();
    const thread = await startThread(info, home);
    const down = portDown(system);
    // Stopped, so that it cannot answer before it dies.
    process.kill(info.pid, 'SIGSTOP');
    const open = info.connection.request('thread/compact/start', { threadId: thread.id });
    process.kill(info.pid, 'SIGKILL');
    await expect(open).rejects.toMatchObject({
      code: 'port_exited',
      signal: 'SIGKILL',
      exitCode: null,
      pid: info.pid,
    });
    expect(await down).toMatchObject({ reason: { error: { code: 'port_exited', signal: 'SIGKILL' } } });
    await expect(info.connection.request('thread/loaded/list', {})).rejects.toMatchObject({
      code: 'port_exited',
    });
    const next = await system.call('port', portInfo);
    expect(next.pid).not.toBe(info.pid);
    expect(next.connection.address).toMatchObject({ path: 'system/port', incarnation: 2 });
    const list = await system.call('port', portRequest('thread/loaded/list', {}));
    expect(list.data).toEqual([]);
  });

  test('a refusal is an RpcError with the code of the server', async () => {
    const { system } = await startCodex();
    const refused = system.call('port', portRequest('turn/interrupt', { threadId: 'none', turnId: 'none' }));
    await expect(refused).rejects.toMatchObject({
      code: 'rpc_invalid_request',
      rpcCode: -32600,
      method: 'turn/interrupt',
    });
  });

  test('1,000 requests at once are all answered, 64 at a time', async () => {
    const { info } = await startCodex();
    const all = Promise.all(
      Array.from({ length: 1_000 }, () => info.connection.request('thread/loaded/list', {})),
    );
    await expect(all).resolves.toHaveLength(1_000);
  });

  test('an approval that nobody is there to give is declined, and the turn goes on', async () => {
    const { model, home, info } = await startCodex();
    model.script(({ step }) => (step === 0 ? [command('touch forbidden')] : [text('done')]));
    const thread = await startThread(info, home, 'untrusted');
    await thread.prompt('do it');
    // The second request to the model comes after the refusal.
    await model.waitForRequest(({ step }) => step === 1);
    const route = new Recorder();
    info.connection.attach(thread.id, route);
    await route.seen('turn/completed');
    const completed = route.notifications.filter(({ method }) => method === 'item/completed');
    expect(completed).toContainEqual(
      expect.objectContaining({
        params: expect.objectContaining({
          item: expect.objectContaining({ type: 'commandExecution', status: 'declined' }),
        }),
      }),
    );
  });

  test('the end of the actor that attached a thread declines what it left unanswered', async () => {
    const { model, home, system, info } = await startCodex();
    model.script(({ step }) => (step === 0 ? [command('touch forbidden')] : [text('done')]));
    const owner: Behaviour<'end'> = {
      init: (context) => ({ receive: () => context.exit('normal') }),
    };
    await system.startChild(childSpec({ id: 'owner', actor: owner, restart: 'temporary' }));
    const thread = await startThread(info, home, 'untrusted');
    const route = new Recorder();
    route.onQuestion = () => system.cast('owner', 'end');
    await system.call('port', portAttach(thread.id, route, 'owner'));
    await thread.prompt('do it');
    await model.waitForRequest(({ step }) => step === 1);
    expect(route.questions).toHaveLength(1);
  });

  test('the API key is in no argument, environment or file of the process, and reaches the model', async () => {
    const apiKey = 'sk-test-of-the-exec-port';
    const telemetry = new TelemetryBus({ clock: new SystemClock() });
    const events: unknown[] = [];
    telemetry.subscribe('*', (event) => void events.push(event));
    const { model, home, info } = await startCodex((_home, { url }) => ({
      apiKey,
      telemetry,
      config: { model_provider: 'openai' },
      baseUrl: url,
    }));
    expect(await readFile(`/proc/${info.pid}/cmdline`, 'utf8')).not.toContain(apiKey);
    expect(await readFile(`/proc/${info.pid}/environ`, 'utf8')).not.toContain(apiKey);
    await expect(readFile(`${home.home}/auth.json`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await info.connection.request('account/read', {})).toMatchObject({ account: { type: 'apiKey' } });
    const thread = await startThread(info, home);
    await thread.prompt('hello');
    const { headers } = await model.waitForRequest(() => true);
    expect(headers.authorization).toBeDefined();
    await telemetry.flush();
    expect(events.length).toBeGreaterThan(3);
    expect(JSON.stringify(events)).not.toContain(apiKey);
  });

  test.each(['compatible', 'lean'] as const)('the %s profile is taken without a warning', async (profile) => {
    const warnings: unknown[] = [];
    const onConnectionNotification = (notification: PortNotification) => {
      if (notification.method === 'configWarning') warnings.push(notification);
    };
    const { home, info } = await startCodex(() => ({ profile, onConnectionNotification }));
    const thread = await startThread(info, home);
    const route = new Recorder();
    info.connection.attach(thread.id, route);
    await thread.prompt('hello');
    await route.seen('turn/completed');
    expect(warnings).toEqual([]);
    expect(route.methods).not.toContain('warning');
  });

  test('a setting that the binary refuses is a start error that names it, with its own words', async () => {
    await using model = await ScriptedModel.start();
    await using home = await createCodexHome({ model });
    const port = execPortChild('port', { env: home.env, config: { sandbox_mode: 'no such mode' } });
    const reports: unknown[] = [];
    const started = ActorSystem.start({ children: [port], onReport: (report) => void reports.push(report) });
    await expect(started).rejects.toThrow(/config\.sandbox_mode is "no such mode".*read-only/);
    expect(await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 })).toEqual([]);
  });
});
