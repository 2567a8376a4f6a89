import type {
  ActorContext,
  ActorInstance,
  Behaviour,
  DownMessage,
  Pid,
  ReplyTo,
} from '../../supervisor/behaviour.ts';
import { type ChildSpec, childSpec } from '../../supervisor/child-spec.ts';
import { startChild, terminateChild } from '../../supervisor/supervisor-client.ts';
import { dynamicSupervisor, supervisor } from '../../supervisor/supervisor-flags.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import { type McpKeeperMessage, mcpPath, mcpServersPath } from './mcp-messages.ts';
import { mcpServerChild } from './mcp-server-actor.ts';
import type { McpServerEntry } from './mcp-server-entry.ts';
import { reconnectDelay } from './reconnect-delay.ts';

/** MCP servers of one `Codex` that are connected to by ourselves. */
export const mcpServersConnectedMax = 100;

/** What the keeper needs. */
export interface McpKeeperOptions {
  /** The servers that should have an actor: they outlive the tree. */
  readonly entries: () => Iterable<McpServerEntry>;
  readonly telemetry: TelemetryBus | undefined;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** The child spec of the part of the tree that has the MCP servers: one actor each, and the keeper that starts them. */
export function mcpChild(options: McpKeeperOptions): ChildSpec {
  return childSpec({
    id: mcpPath,
    supervisor: supervisor({
      strategy: 'one_for_all',
      children: [
        childSpec({ id: 'servers', supervisor: dynamicSupervisor({ maxChildren: mcpServersConnectedMax }) }),
        childSpec({ id: 'keeper', actor: keeper, input: options }),
      ],
    }),
  });
}

/**
 * Sees to it that each server of the application has its actor: in a tree that was started anew, and after a crash. Not by a
 * supervisor's restart: a server that cannot be kept up must not take the threads with it.
 */
const keeper: Behaviour<McpKeeperMessage, McpKeeperOptions> = {
  init: (context, options) => new McpKeeper(context, options),
};

class McpKeeper implements ActorInstance<McpKeeperMessage> {
  readonly #context: ActorContext<McpKeeperMessage>;
  readonly #options: McpKeeperOptions;
  readonly #started = new Map<McpServerEntry, Promise<Pid | undefined>>();
  /** By the path of its actor. */
  readonly #monitored = new Map<string, McpServerEntry>();

  constructor(context: ActorContext<McpKeeperMessage>, options: McpKeeperOptions) {
    this.#context = context;
    this.#options = options;
    for (const entry of options.entries()) this.#start(entry).catch(() => undefined);
  }

  receive(message: McpKeeperMessage | DownMessage, replyTo: ReplyTo | undefined): void {
    switch (message.type) {
      case 'mcp.start':
        this.#start(message.entry).then(
          () => replyTo?.reply('started'),
          (error: unknown) => replyTo?.fail(error),
        );
        return;
      case 'mcp.stop':
        // Not waited for: the others need not wait until a process has ended.
        this.#stop(message.entry).then(
          () => replyTo?.reply('stopped'),
          (error: unknown) => replyTo?.fail(error),
        );
        return;
      case 'down':
        this.#down(message.path);
        return;
    }
  }

  #start(entry: McpServerEntry): Promise<Pid | undefined> {
    const known = this.#started.get(entry);
    if (known !== undefined) return known;
    if (entry.closed) return Promise.resolve(undefined);
    const starting = this.#startActor(entry);
    this.#started.set(entry, starting);
    return starting;
  }

  async #startActor(entry: McpServerEntry): Promise<Pid | undefined> {
    const { telemetry, random } = this.#options;
    const spec = mcpServerChild({ entry, telemetry, random });
    const started = await startChild(this.#context, mcpServersPath, spec);
    if (!started.ok || started.pid === undefined) return undefined;
    this.#monitored.set(started.pid.path, entry);
    this.#context.monitor(started.pid);
    return started.pid;
  }

  async #stop(entry: McpServerEntry): Promise<void> {
    const pid = await this.#started.get(entry);
    this.#started.delete(entry);
    if (pid === undefined) return;
    this.#monitored.delete(pid.path);
    await terminateChild(this.#context, mcpServersPath, pid);
  }

  #down(path: string): void {
    const entry = this.#monitored.get(path);
    if (entry === undefined) return;
    this.#monitored.delete(path);
    this.#started.delete(entry);
    const delayMs = reconnectDelay(1, this.#options.random());
    if (!entry.closed) this.#context.sendAfter(delayMs, { type: 'mcp.start', entry });
  }
}
