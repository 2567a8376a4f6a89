import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InspectionEvent } from 'xstate';
import { mcpServerPath, mcpServersPath } from '../../src/actors/mcp/mcp-messages.ts';
import { McpServers } from '../../src/actors/mcp/mcp-servers.ts';
import type { AnswerOfUser, QuestionToUser } from '../../src/actors/tools/ask-user.ts';
import { ThreadToolCalls } from '../../src/actors/tools/thread-tool-calls.ts';
import { ThreadTools } from '../../src/actors/tools/thread-tools.ts';
import { toolsChild } from '../../src/actors/tools/tool-runner.ts';
import { toolCallsPath } from '../../src/actors/tools/tool-runner-messages.ts';
import { ToolTable } from '../../src/actors/tools/tool-table.ts';
import type { McpServerHandle, McpServerOptions, McpServerStatus } from '../../src/index.ts';
import { KnownSecrets } from '../../src/protocol/errors/redaction.ts';
import {
  ActorSystem,
  type Behaviour,
  childSpec,
  type Pid,
  startChild,
  terminateChild,
  whichChildren,
} from '../../src/supervisor/index.ts';
import { TelemetryBus, type TelemetryEvent } from '../../src/telemetry/index.ts';
import { processesLeft, processesWithEnvironment, SimulatedClock } from '../../src/testing/index.ts';

/** How the server is reached. */
export type Reach = 'stdio' | 'HTTP';

const fixtures = path.join(import.meta.dirname, '../fixtures-processes');
const markVariable = 'CODEX_ACTORS_MCP_TEST';
const headers = { 'x-key': 'open sesame' };

/** What a call of a tool was answered. */
export interface Answer {
  readonly success: boolean;
  readonly text: string;
}

/** A tool runner and the MCP servers of an application on a tree with simulated time, and one real server that may misbehave. */
export class McpRig {
  readonly table: ToolTable;
  readonly mcp: McpServers;
  readonly clock: SimulatedClock;
  readonly events: TelemetryEvent[] = [];
  /** What the server asked, and how it is answered. */
  readonly questions: QuestionToUser[] = [];
  /** Null: nobody decides. */
  answer: AnswerOfUser | null = { action: 'decline' };
  /** Questions that were withdrawn. */
  withdrawn = 0;
  #system: ActorSystem;
  readonly #bus: TelemetryBus;
  readonly #reach: Reach;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #mark = randomUUID();
  readonly #threads = new Map<string, ThreadToolCalls>();
  #handle: McpServerHandle | null = null;
  #http: ChildProcess | null = null;
  #port = 0;
  #calls = 0;
  #chart: unknown = null;

  private constructor(
    reach: Reach,
    behaviour: string,
    folder: string,
    parts: {
      table: ToolTable;
      mcp: McpServers;
      clock: SimulatedClock;
      system: ActorSystem;
      bus: TelemetryBus;
    },
  ) {
    this.#reach = reach;
    this.#folder = folder;
    this.table = parts.table;
    this.mcp = parts.mcp;
    this.clock = parts.clock;
    this.#system = parts.system;
    this.#bus = parts.bus;
    this.#env = {
      MCP_BEHAVIOUR: behaviour,
      MCP_STATE: path.join(folder, 'state'),
      MCP_CALLS: path.join(folder, 'calls'),
      [markVariable]: this.#mark,
    };
    parts.bus.subscribe('*', (event) => {
      this.events.push(event);
    });
  }

  static async start(reach: Reach, behaviour: string): Promise<McpRig> {
    let rig: McpRig | null = null;
    const folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-mcp-'));
    const clock = new SimulatedClock();
    const table = new ToolTable();
    const bus = new TelemetryBus({ clock });
    const mcp: McpServers = new McpServers({
      table,
      telemetry: bus,
      messaging: () =>
        rig === null ? Promise.reject(new Error('there is no tree yet')) : Promise.resolve(rig.#system),
      running: () => (rig === null ? null : Promise.resolve(rig.#system)),
      request: () => Promise.reject(new Error('there is no Codex here')),
      secrets: new KnownSecrets([]),
    });
    const children = [toolsChild({ table, telemetry: bus }), mcp.child()];
    const inspect = (event: InspectionEvent) => rig?.inspected(event);
    const system = await ActorSystem.start({ name: 'codex', clock, inspect, children });
    rig = new McpRig(reach, behaviour, folder, { table, mcp, clock, system, bus });
    if (reach === 'HTTP') await rig.startHttp();
    return rig;
  }

  /** Starts the HTTP server, again at the same port. */
  async startHttp(): Promise<void> {
    const server = spawn(process.execPath, [path.join(fixtures, 'http-mcp-server.js'), `${this.#port}`], {
      env: { ...this.#env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#http = server;
    const [line] = await once(server.stdout, 'data');
    this.#port = Number(String(line));
  }

  get options(): McpServerOptions {
    return this.#reach === 'HTTP'
      ? { url: `http://127.0.0.1:${this.#port}/mcp`, headers }
      : { command: process.execPath, args: [path.join(fixtures, 'stdio-mcp-server.js')], env: this.#env };
  }

  async connect(options: Partial<McpServerOptions> = {}): Promise<McpServerHandle> {
    this.#handle = await this.mcp.connect('lab', { ...this.options, ...options });
    return this.#handle;
  }

  /** Ends the server as the operating system would. */
  async kill(): Promise<void> {
    const http = this.#http;
    const ended = http === null ? Promise.resolve() : once(http, 'exit');
    for (const { pid } of await processesWithEnvironment(markVariable, this.#mark))
      process.kill(pid, 'SIGKILL');
    await ended;
  }

  /** Notes where the chart of the server stands. */
  inspected(event: InspectionEvent): void {
    if (event.type !== '@xstate.snapshot' || !('value' in event.snapshot)) return;
    if (event.actorRef.sessionId.includes('mcp/servers/lab')) this.#chart = event.snapshot.value;
  }

  /** Ends the tree and starts another one, as after it was given up. */
  async restartTree(): Promise<void> {
    await this.#system.stop();
    this.#threads.clear();
    const children = [toolsChild({ table: this.table, telemetry: this.#bus }), this.mcp.child()];
    const inspect = (event: InspectionEvent) => this.inspected(event);
    this.#system = await ActorSystem.start({ name: 'codex', clock: this.clock, inspect, children });
  }

  /** Makes the actor of the server end as by a fault of its own. */
  crash(): void {
    const actor: object = this.#system.whereis(mcpServerPath('lab')) ?? {};
    Reflect.get(actor, 'exitSignal').call(actor, undefined, { error: new Error('a fault of ours') });
  }

  /** Takes all places for servers in the tree, so that no actor of one can be started; resolves with what frees them again. */
  async takeAllPlaces(): Promise<() => Promise<void>> {
    const actor: Behaviour<never> = { init: () => ({ receive: () => undefined }) };
    const spec = childSpec({ id: 'other', actor, restart: 'temporary' });
    const taken: Pid[] = [];
    for (;;) {
      const started = await startChild(this.#system, mcpServersPath, spec);
      if (!started.ok || started.pid === undefined) break;
      taken.push(started.pid);
    }
    return async () => {
      for (const pid of taken) await terminateChild(this.#system, mcpServersPath, pid);
    };
  }

  /** Resolves once the keeper waits before it starts the actor of the server again. */
  async keeperWaits(): Promise<void> {
    await this.until(({ state, failures }) => state === 'waiting' && failures > 0);
  }

  /** Resolves with the first status that will do, the present one included. */
  until(will: (status: McpServerStatus) => boolean): Promise<McpServerStatus> {
    return new Promise((resolve) => {
      const look = () => {
        const status = this.mcp.connected.find((one) => will(one));
        if (status === undefined) return;
        stop();
        resolve(status);
      };
      const stop = this.mcp.subscribe(look);
      look();
    });
  }

  /** Calls a tool as a thread would. */
  call(tool: string, threadId = 'thread'): Promise<Answer> {
    this.#calls += 1;
    const callId = `call-${this.#calls}`;
    const params = { threadId, turnId: `${threadId}-turn`, callId, namespace: null, tool, arguments: {} };
    const request = { id: this.#calls, method: 'item/tool/call', params };
    return new Promise((resolve) => {
      this.#thread(threadId).request(request, (answer) => resolve(answerOf(answer)));
    });
  }

  endTurn(threadId = 'thread'): void {
    this.#thread(threadId).notified({
      method: 'turn/completed',
      params: { turn: { id: `${threadId}-turn` } },
    });
  }

  /** Which tools the server has begun to run, in order. */
  get ran(): readonly string[] {
    const file = this.#env.MCP_CALLS ?? '';
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Resolves once the server has begun to run a tool. */
  async begun(tool: string): Promise<void> {
    while (!this.ran.includes(tool)) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves once the process of the server runs. */
  async started(): Promise<void> {
    while ((await processesWithEnvironment(markVariable, this.#mark)).length === 0)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves once no process of the server runs. */
  async ended(): Promise<void> {
    while ((await processesWithEnvironment(markVariable, this.#mark)).length > 0)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets the wait before a new connection pass, once nothing is left of the old one. */
  async backedOff(): Promise<void> {
    while (this.#chart !== 'backingOff') await new Promise((resolve) => setImmediate(resolve));
    await this.clock.advance(1_000);
  }

  /** Resolves with the next event of this name. */
  event(name: TelemetryEvent['name']): Promise<TelemetryEvent> {
    return new Promise((resolve) => {
      const subscription = this.#bus.subscribe(name, (event) => {
        subscription.unsubscribe();
        resolve(event);
      });
    });
  }

  async flushed(): Promise<void> {
    await this.#bus.flush();
  }

  /** Stops everything, and tells what is left: processes, timers, tasks, tools. */
  async close(): Promise<object> {
    await this.clock.settle();
    const tasks = (await whichChildren(this.#system, toolCallsPath)).length;
    await this.#handle?.close();
    const tools = this.table.names;
    await this.#system.stop();
    this.#http?.stdin?.end();
    if (this.#http?.exitCode === null && this.#http.signalCode === null) await once(this.#http, 'exit');
    const processes = await processesLeft(markVariable, this.#mark, { withinMs: 2_000 });
    const timers = await this.#timersLeft();
    await rm(this.#folder, { recursive: true, force: true });
    return { processes, tasks, timers, tools };
  }

  /** Timers that stay although all is over. A busy host hears of the end of a process a while after the table has lost it. */
  async #timersLeft(): Promise<number> {
    const untilMs = performance.now() + 2_000;
    while (this.clock.pendingTimers > 0 && performance.now() < untilMs)
      await new Promise((resolve) => setImmediate(resolve));
    return this.clock.pendingTimers;
  }

  #thread(threadId: string): ThreadToolCalls {
    const known = this.#threads.get(threadId);
    if (known !== undefined) return known;
    const calls = new ThreadToolCalls(this.#system, new ThreadTools(this.table), {
      ask: (question, _turnId, signal) => {
        this.questions.push(question);
        const { answer } = this;
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            this.withdrawn += 1;
            resolve({ action: 'cancel' });
          });
          if (answer !== null) resolve(answer);
        });
      },
    });
    this.#threads.set(threadId, calls);
    return calls;
  }
}

/** Nothing is left of a server and its calls. */
export const nothingLeft = { processes: [], tasks: 0, timers: 0, tools: [] };

function answerOf(answer: object): Answer {
  const { result } = answer as { result: { success: boolean; contentItems: { text?: string }[] } };
  return { success: result.success, text: result.contentItems.map(({ text }) => text ?? '').join('\n') };
}
