import { defaultMcpServerTimings } from '../../machines/mcp-server-machine.ts';
import { McpServerError } from '../../protocol/errors/mcp-errors.ts';
import type {
  ActorContext,
  ActorInstance,
  Behaviour,
  DownMessage,
  Pid,
  ReplyTo,
} from '../../supervisor/behaviour.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import { type ExitReason, errorOfExit } from '../../supervisor/exit-reason.ts';
import type { ChildStart } from '../../supervisor/supervision.ts';
import { startChild, terminateChild } from '../../supervisor/supervisor-client.ts';
import { dynamicSupervisor, supervisor } from '../../supervisor/supervisor-flags.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import { type McpKeeperMessage, type McpServerMessage, mcpPath, mcpServersPath } from './mcp-messages.ts';
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
 * Sees to it that each server of the application has its actor: in a tree that was started anew, after a crash, and after a start that
 * failed. Not by a supervisor's restart: a server that cannot be kept up must not take the threads with it.
 */
const keeper: Behaviour<McpKeeperMessage, McpKeeperOptions> = {
  init: (context, options) => new McpKeeper(context, options),
};

/** A server that should have an actor. */
interface KeptServer {
  readonly entry: McpServerEntry;
  /** Its actor, or the start of it; null while there is neither. */
  actor: Promise<Pid<McpServerMessage>> | null;
  startedAtMs: number;
  /** Starts that failed and actors that crashed, in a row. */
  failures: number;
  cancelRestart: () => void;
}

class McpKeeper implements ActorInstance<McpKeeperMessage> {
  readonly #context: ActorContext<McpKeeperMessage>;
  readonly #options: McpKeeperOptions;
  readonly #kept = new Map<McpServerEntry, KeptServer>();
  /** By the path of its actor. */
  readonly #monitored = new Map<string, KeptServer>();

  constructor(context: ActorContext<McpKeeperMessage>, options: McpKeeperOptions) {
    this.#context = context;
    this.#options = options;
    for (const entry of options.entries()) this.#keepUp(this.#keptOf(entry));
  }

  receive(message: McpKeeperMessage | DownMessage, replyTo: ReplyTo | undefined): void {
    switch (message.type) {
      case 'mcp.start':
        this.#actorOf(this.#keptOf(message.entry)).then(
          () => replyTo?.reply('started'),
          (error: unknown) => replyTo?.fail(error),
        );
        return;
      case 'mcp.restart':
        this.#restart(message.entry);
        return;
      case 'mcp.reconnect':
        this.#reconnect(message.entry);
        return;
      case 'mcp.stop':
        // Not waited for: the others need not wait until a process has ended.
        this.#stop(message.entry).then(
          () => replyTo?.reply('stopped'),
          (error: unknown) => replyTo?.fail(error),
        );
        return;
      case 'down':
        this.#down(message);
        return;
    }
  }

  #keptOf(entry: McpServerEntry): KeptServer {
    const known = this.#kept.get(entry);
    if (known !== undefined) return known;
    const kept: KeptServer = {
      entry,
      actor: null,
      startedAtMs: 0,
      failures: 0,
      cancelRestart: () => undefined,
    };
    this.#kept.set(entry, kept);
    return kept;
  }

  /** Its actor, which is started if need be. Rejects with `McpServerError` when it does not start; the next one to ask has it tried again. */
  #actorOf(kept: KeptServer): Promise<Pid<McpServerMessage>> {
    kept.actor ??= this.#start(kept).catch((error: unknown) => {
      kept.actor = null;
      throw actorFailure(kept.entry.name, 'its actor could not be started', error);
    });
    return kept.actor;
  }

  async #start(kept: KeptServer): Promise<Pid<McpServerMessage>> {
    const { entry } = kept;
    const { telemetry, random } = this.#options;
    const spec = mcpServerChild({ entry, telemetry, random });
    const started = await startChild(this.#context, mcpServersPath, spec);
    if (!started.ok || started.pid === undefined) throw startErrorOf(started);
    kept.startedAtMs = this.#context.clock.now();
    this.#monitored.set(started.pid.path, kept);
    this.#context.monitor(started.pid);
    return started.pid;
  }

  #keepUp(kept: KeptServer): void {
    this.#actorOf(kept).catch((error: Error) => this.#failed(kept, error));
  }

  #restart(entry: McpServerEntry): void {
    const kept = this.#kept.get(entry);
    if (kept !== undefined) this.#keepUp(kept);
  }

  #reconnect(entry: McpServerEntry): void {
    const kept = this.#kept.get(entry);
    if (kept === undefined) return;
    if (kept.actor === null) {
      kept.failures = 0;
      this.#keepUp(kept);
      return;
    }
    kept.actor.then(
      (pid) => this.#context.cast(pid, { type: 'mcp.reconnect' }),
      // Whoever started it hears of it.
      () => undefined,
    );
  }

  async #stop(entry: McpServerEntry): Promise<void> {
    const kept = this.#kept.get(entry);
    this.#kept.delete(entry);
    kept?.cancelRestart();
    const pid = await kept?.actor?.catch(() => undefined);
    if (pid === undefined) return;
    this.#monitored.delete(pid.path);
    await terminateChild(this.#context, mcpServersPath, pid);
  }

  #down({ path, reason }: DownMessage): void {
    const kept = this.#monitored.get(path);
    if (kept === undefined) return;
    this.#monitored.delete(path);
    kept.actor = null;
    const livedMs = this.#context.clock.now() - kept.startedAtMs;
    if (livedMs >= defaultMcpServerTimings.stableMs) kept.failures = 0;
    const cause = reason === 'noproc' ? reason : causeOf(reason);
    this.#failed(kept, actorFailure(kept.entry.name, 'its actor ended', cause));
  }

  /** Tries again after a while, so often as the server may be connected to anew. */
  #failed(kept: KeptServer, { message }: Error): void {
    const { entry } = kept;
    if (this.#kept.get(entry) !== kept) return;
    kept.failures += 1;
    const { failures } = kept;
    const { reconnectsMax = defaultMcpServerTimings.reconnectsMax } = entry.options;
    entry.moved({ state: failures > reconnectsMax ? 'failed' : 'waiting', failures, error: message });
    if (failures > reconnectsMax) return;
    const delayMs = reconnectDelay(failures, this.#options.random());
    kept.cancelRestart();
    kept.cancelRestart = this.#context.sendAfter(delayMs, { type: 'mcp.restart', entry });
  }
}

function startErrorOf(started: ChildStart<Pid>): unknown {
  return !started.ok && started.error === 'start_error' ? causeOf(started.reason) : started;
}

function causeOf(reason: ExitReason): unknown {
  return errorOfExit(reason) ?? reason;
}

function actorFailure(server: string, problem: string, cause: unknown): McpServerError {
  return new McpServerError({ server, step: 'connect' }, problem, { cause });
}
