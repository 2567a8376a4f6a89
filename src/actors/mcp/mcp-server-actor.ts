import { type Actor, createActor, type SnapshotFrom } from 'xstate';
import {
  defaultMcpServerTimings,
  type McpServerMachineContext,
  type McpServerMachineEvent,
  mcpServerMachine,
} from '../../machines/mcp-server-machine.ts';
import { McpServerError } from '../../protocol/errors/mcp-errors.ts';
import type {
  ActorContext,
  ActorInstance,
  Behaviour,
  DownMessage,
  ReplyTo,
} from '../../supervisor/behaviour.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import { xstateClock } from '../../supervisor/xstate-clock.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import { McpCalls } from './mcp-calls.ts';
import { McpConnection } from './mcp-connection.ts';
import type { McpCallRequest, McpServerMessage } from './mcp-messages.ts';
import type { McpServerEntry, McpServerState } from './mcp-server-entry.ts';
import { McpTelemetry } from './mcp-telemetry.ts';
import { reconnectDelay } from './reconnect-delay.ts';

/** What the actor of a server is started with. */
export interface McpServerInput {
  readonly entry: McpServerEntry;
  readonly telemetry: TelemetryBus | undefined;
  /** From 0 to 1, for the delays of new connections. */
  readonly random: () => number;
}

/** Milliseconds that a server has to end in order: its stdin, its termination, its session. */
const shutdownMs = 6_000;

/**
 * The child spec of the actor of one MCP server. Its keeper starts it again when it crashes; that its server dies is no crash.
 */
export function mcpServerChild(input: McpServerInput): ChildSpec<McpServerMessage> {
  return childSpec({
    id: input.entry.name,
    actor: mcpServer,
    input,
    restart: 'temporary',
    shutdown: shutdownMs,
  });
}

/** The actor that owns the connection to one MCP server, through all the processes and sessions that it takes. */
const mcpServer: Behaviour<McpServerMessage, McpServerInput> = {
  init: (context, input) => new McpServer(context, input),
};

type Snapshot = SnapshotFrom<typeof mcpServerMachine>;

class McpServer implements ActorInstance<McpServerMessage> {
  readonly #context: ActorContext<McpServerMessage>;
  readonly #entry: McpServerEntry;
  readonly #telemetry: McpTelemetry;
  readonly #machine: Actor<typeof mcpServerMachine>;
  readonly #calls: McpCalls;
  /** Who waits to hear whether it comes up. At most as many as `connect` was called. */
  readonly #waiting = new Set<ReplyTo>();
  /** Calls that are not answered yet. At most as many as the tool runner runs. */
  readonly #answers = new Set<Promise<void>>();
  #connection: McpConnection | null = null;
  /** The one that is being ended in order. */
  #releasing: McpConnection | null = null;
  #onClosed: () => void = () => undefined;

  constructor(context: ActorContext<McpServerMessage>, { entry, telemetry, random }: McpServerInput) {
    this.#context = context;
    this.#entry = entry;
    this.#telemetry = new McpTelemetry(telemetry, context.self.path, entry.name);
    this.#calls = new McpCalls(entry.name, { clock: context.clock, random });
    const { handshakeTimeoutMs, listTimeoutMs, reconnectsMax } = entry.options;
    const given = { handshakeTimeoutMs, listTimeoutMs, reconnectsMax };
    this.#machine = createActor(
      mcpServerMachine.provide({
        actions: {
          open: () => this.#open(),
          list: () => this.#list(),
          release: ({ context: known }) => this.#release(known),
        },
      }),
      {
        input: {
          timings: { ...defaultMcpServerTimings, ...withoutUndefined(given) },
          backoffMs: (failures) => reconnectDelay(failures, random()),
        },
        clock: xstateClock(context.clock),
        inspect: context.inspectInner?.('chart'),
      },
    );
    this.#machine.subscribe({
      next: (snapshot) => this.#moved(snapshot),
      complete: () => this.#onClosed(),
      error: (error) => this.#context.exit({ error }),
    });
    this.#machine.start();
  }

  receive(message: McpServerMessage | DownMessage, replyTo: ReplyTo | undefined): void {
    switch (message.type) {
      case 'mcp.call':
        this.#call(message, replyTo);
        return;
      case 'mcp.ready':
        if (replyTo !== undefined) this.#waiting.add(replyTo);
        this.#tellWaiting(this.#machine.getSnapshot());
        return;
      case 'mcp.reconnect':
        this.#machine.send({ type: 'server.reconnect' });
        return;
      case 'down':
        return;
    }
  }

  terminate(): Promise<void> {
    return new Promise((resolve) => {
      // Who waits for a call is to hear what became of it, not that the actor is gone.
      this.#onClosed = () => void Promise.all(this.#answers).then(() => resolve());
      if (this.#machine.getSnapshot().status !== 'active') resolve();
      else this.#machine.send({ type: 'server.stop' });
    });
  }

  kill(): void {
    this.#machine.stop();
    this.#connection?.kill();
    this.#releasing?.kill();
    this.#calls.unusable(this.#error('closed', new Error('it was ended')));
    this.#entry.moved({ state: 'waiting', failures: 0, error: 'its actor ended' });
  }

  #call(message: McpCallRequest, replyTo: ReplyTo | undefined): void {
    const answered = this.#calls
      .run(message)
      .then(
        (answer) => replyTo?.reply(answer),
        (error: unknown) => replyTo?.fail(error),
      )
      .then(() => void this.#answers.delete(answered));
    this.#answers.add(answered);
  }

  // ── Effects of the chart ──

  #open(): void {
    const { name, options: server } = this.#entry;
    const connection: McpConnection = new McpConnection(
      { name, server, clock: this.#context.clock },
      {
        lost: (error) => this.#tell(connection, { type: 'server.lost', error }),
        toolsChanged: () => this.#tell(connection, { type: 'tools.changed' }),
        elicited: (elicitation) => this.#calls.elicited(elicitation),
      },
    );
    this.#connection = connection;
    this.#telemetry.connecting(this.#context.clock.now());
    connection.open().then(
      () => this.#tell(connection, { type: 'server.opened' }),
      (error: Error) => this.#tell(connection, { type: 'server.failed', error }),
    );
  }

  #list(): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.list().then(
      (list) => {
        if (connection !== this.#connection) return;
        this.#entry.listed(list);
        this.#tell(connection, { type: 'server.listed' });
        this.#telemetry.listed(this.#entry.status);
      },
      (error: Error) => this.#tell(connection, { type: 'server.failed', error }),
    );
  }

  #release({ error, failures, stopping }: McpServerMachineContext): void {
    if (error !== null && !stopping) this.#telemetry.lost(this.#error('connect', error), failures);
    const connection = this.#connection;
    this.#connection = null;
    this.#releasing = connection;
    const released = () => {
      this.#releasing = null;
      if (this.#machine.getSnapshot().status === 'active') this.#machine.send({ type: 'server.released' });
    };
    (connection?.release() ?? Promise.resolve()).then(released, released);
  }

  /** What an earlier connection still says concerns nobody. */
  #tell(connection: McpConnection, event: McpServerMachineEvent): void {
    if (connection === this.#connection) this.#machine.send(event);
  }

  // ── What comes of it ──

  #moved(snapshot: Snapshot): void {
    const { failures, error } = snapshot.context;
    const told = error === null ? null : this.#error('connect', error);
    if (snapshot.hasTag('usable') && this.#connection !== null) {
      if (this.#entry.status.state !== 'ready')
        this.#telemetry.ready(this.#context.clock.now(), this.#entry.status);
      this.#calls.usable(this.#connection);
    } else if (snapshot.hasTag('given_up') || snapshot.hasTag('ended'))
      this.#calls.unusable(told ?? this.#error('closed', new Error('it was closed')));
    else this.#calls.pause();
    this.#entry.moved({ state: stateOf(snapshot), failures, error: told?.message ?? null });
    this.#tellWaiting(snapshot);
  }

  #tellWaiting(snapshot: Snapshot): void {
    const isOver = ['backingOff', 'failed', 'closed'].some((state) => snapshot.value === state);
    if (!snapshot.hasTag('usable') && !isOver) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    const { error } = snapshot.context;
    for (const replyTo of waiting) {
      if (isOver) replyTo.fail(this.#error('connect', error ?? new Error('it was closed')));
      else replyTo.reply('ready');
    }
  }

  #error(step: 'connect' | 'closed', error: Error): McpServerError {
    if (McpServerError.isInstance(error)) return error;
    return new McpServerError({ server: this.#entry.name, step }, error.message, { cause: error });
  }
}

function stateOf(snapshot: Snapshot): McpServerState {
  if (snapshot.hasTag('usable')) return 'ready';
  if (snapshot.hasTag('given_up')) return 'failed';
  if (snapshot.hasTag('ended')) return 'closed';
  return snapshot.matches('opening') || snapshot.matches('listing') ? 'connecting' : 'waiting';
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
