import { ThreadClosedError } from '../protocol/errors/call-errors.ts';
import type { CodexGaveUpError } from '../protocol/errors/port-errors.ts';
import { ActorSystem } from '../supervisor/actor-system.ts';
import type { ChildSpec } from '../supervisor/checked-spec.ts';
import { childSpec } from '../supervisor/child-spec.ts';
import type { Clock } from '../supervisor/clock.ts';
import type { Inspector } from '../supervisor/inspection.ts';
import { dynamicSupervisor, supervisor } from '../supervisor/supervisor-flags.ts';
import { SystemClock } from '../supervisor/system-clock.ts';
import { SystemStartError, SystemStoppedError } from '../supervisor/system-errors.ts';
import type { SystemReport } from '../supervisor/system-node.ts';
import { SupervisorEvents } from '../telemetry/supervisor-events.ts';
import type { TelemetryBus } from '../telemetry/telemetry-bus.ts';
import { execPortChild } from './exec-port/exec-port.ts';
import type { ExecPortOptions } from './exec-port/port-options.ts';
import { GivingUp, restartSeconds, restartsMax } from './giving-up.ts';
import { threadsPath } from './thread/thread-directory.ts';
import { portsPath, TreePorts } from './tree-ports.ts';

/** Restarts of ThreadActors, all together, within `threadRestartSeconds`, before the failure escalates. */
export const threadRestartsMax = 10;
export const threadRestartSeconds = 5;

/** Milliseconds that `close` leaves a tree to finish starting: nobody needs it any more, and a handshake may never end. */
export const startGraceMs = 1_000;

/** First part of all paths. */
const treeName = 'codex';

export interface CodexTreeOptions {
  readonly port: ExecPortOptions;
  /** The store of attachments. Defaults to none. */
  readonly files?: ChildSpec | undefined;
  /** What runs tools. */
  readonly tools: ChildSpec;
  /** The MCP servers of the application. Defaults to none. */
  readonly mcp?: ChildSpec | undefined;
  /** What decides approvals. It stands between those who ask, whose end it must see, and the threads that wait. */
  readonly approvals: ChildSpec;
  /** What runs turns by itself: the last, since it uses the threads. */
  readonly autoRuns: ChildSpec;
  /** Defaults to real, monotonic time. */
  readonly clock?: Clock | undefined;
  readonly onReport?: ((report: SystemReport) => void) | undefined;
  readonly inspect?: Inspector | undefined;
  readonly telemetry?: TelemetryBus | undefined;
  /** The tree has ended by itself, because its children crashed too often. */
  readonly onEnded: (error: Error) => void;
}

/**
 * The supervision tree of one `Codex`, started at first use and again after it gave up:
 * When the Codex process is given up, so is the tree: without it nothing else in it can do its work.
 *
 * ```
 * codex                      rest_for_one, ends with `ports`
 * ├─ files                   rest_for_one: the registry of attachments, and the ticker that asks it to sweep
 * ├─ tools                   one_for_all: the calls of the application's tools, and the runner that starts them
 * ├─ ports                   one_for_one; child `0` owns one `codex app-server` process
 * ├─ approvals               rest_for_one: the queue, and one actor per question that waits
 * ├─ mcp                     one_for_all: one actor per MCP server of the application, and the keeper that starts them
 * ├─ threads                 dynamic, one ThreadActor per live thread, transient
 * └─ auto-runs               dynamic, one actor per auto-run, temporary
 * ```
 */
export class CodexTree {
  readonly clock: Clock;
  readonly ports: TreePorts;
  readonly #options: CodexTreeOptions;
  #system: Promise<ActorSystem> | null = null;
  readonly #startGivenUp = new AbortController();
  #stopping = false;
  readonly #givingUp = new GivingUp([treeName, `${treeName}/${portsPath}`]);

  constructor(options: CodexTreeOptions) {
    this.#options = options;
    this.clock = options.clock ?? new SystemClock();
    this.ports = new TreePorts(this, this.clock);
  }

  /**
   * The running tree; starts it if need be. Rejects with the reason why a child did not start, such as `CodexNotFoundError`, with
   * `CodexGaveUpError` while it is ending for that, and with `ThreadClosedError` once `close` has been called.
   */
  readonly system = (): Promise<ActorSystem> => {
    if (this.#stopping) return Promise.reject(new ThreadClosedError(null));
    if (this.gaveUp !== null) return Promise.reject(this.gaveUp);
    this.#system ??= this.#start();
    return this.#system;
  };

  /** Why the tree is ending by itself; null while it is not. */
  get gaveUp(): CodexGaveUpError | null {
    return this.#givingUp.error;
  }

  /** The running tree, or null: it was never needed, or has ended. */
  get running(): Promise<ActorSystem> | null {
    return this.#system;
  }

  /** Stops the tree in order, by force after `timeoutMs`; one that is still being started after `startGraceMs`. Never rejects. */
  async close(timeoutMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#system === null) return;
    const deadline = this.clock.now() + timeoutMs;
    const timer = this.clock.setTimer(Math.min(timeoutMs, startGraceMs), () => this.#startGivenUp.abort());
    const system = await this.#system.catch(() => null);
    this.clock.cancelTimer(timer);
    await system?.stop('shutdown', { timeoutMs: Math.max(0, deadline - this.clock.now()) });
  }

  async #start(): Promise<ActorSystem> {
    try {
      const { approvals, autoRuns, files, inspect, mcp, port, tools } = this.#options;
      const system = await ActorSystem.start({
        name: treeName,
        clock: this.clock,
        ...this.#observers(),
        ...(inspect === undefined ? {} : { inspect }),
        signal: this.#startGivenUp.signal,
        strategy: 'rest_for_one',
        maxRestarts: restartsMax,
        maxSeconds: restartSeconds,
        autoShutdown: 'any_significant',
        children: [
          ...(files === undefined ? [] : [files]),
          tools,
          portsChild(port),
          approvals,
          ...(mcp === undefined ? [] : [mcp]),
          childSpec({
            id: threadsPath,
            supervisor: dynamicSupervisor({
              maxRestarts: threadRestartsMax,
              maxSeconds: threadRestartSeconds,
            }),
          }),
          autoRuns,
        ],
      });
      void system.done.then(() => this.#ended(system));
      return system;
    } catch (error) {
      const { gaveUp } = this;
      this.#system = null;
      this.#givingUp.clear();
      if (gaveUp !== null) throw gaveUp;
      if (this.#startGivenUp.signal.aborted) throw new ThreadClosedError(null, { cause: error });
      throw error instanceof SystemStartError && error.cause instanceof Error ? error.cause : error;
    }
  }

  #observers() {
    const { onReport = () => undefined, telemetry } = this.#options;
    const events = telemetry === undefined ? undefined : new SupervisorEvents(telemetry);
    return {
      ...(events === undefined ? {} : { observer: events }),
      onReport: (report: SystemReport) => {
        this.#givingUp.note(report);
        events?.report(report);
        onReport(report);
      },
    };
  }

  #ended(system: ActorSystem): void {
    const error = this.gaveUp ?? new SystemStoppedError(system.name, undefined);
    this.#system = null;
    this.#givingUp.clear();
    if (!this.#stopping) this.#options.onEnded(error);
  }
}

/** Given up, it ends with `shutdown`: as a significant, transient child it is not restarted then, and takes the tree with it. */
function portsChild(port: ExecPortOptions): ChildSpec {
  const children = [execPortChild('0', port)];
  return childSpec({
    id: portsPath,
    supervisor: supervisor({ maxRestarts: restartsMax, maxSeconds: restartSeconds, children }),
    restart: 'transient',
    significant: true,
  });
}
