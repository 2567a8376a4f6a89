import type {
  ActorView,
  Address,
  CallOptions,
  DownMessage,
  Messaging,
  MonitorRef,
  Pid,
  Request,
} from './behaviour.ts';
import type { ChildSpec, SupervisorFlags } from './checked-spec.ts';
import type { Clock } from './clock.ts';
import { holdEventLoop, waitBegins, waitEnds } from './event-loop.ts';
import type { ExitReason } from './exit-reason.ts';
import { checkExitReason } from './exit-reason-check.ts';
import type { Inspector } from './inspection.ts';
import { checkFunction, checkMilliseconds, checkObject } from './invalid-option.ts';
import { OutsideMonitor } from './outside-monitor.ts';
import type { Process } from './process.ts';
import type { ChildStart } from './supervision.ts';
import { supervisorBehaviour } from './supervisor.ts';
import { startChild } from './supervisor-client.ts';
import { type SupervisorOptions, supervisor } from './supervisor-flags.ts';
import type { SupervisorObserver } from './supervisor-host.ts';
import { SystemClock } from './system-clock.ts';
import { SystemStartError, SystemStoppedError } from './system-errors.ts';
import { SystemNode, type SystemReport } from './system-node.ts';
import { checkSystemOptions } from './system-options-check.ts';

/** What `ActorSystem.start` takes: the options of its root supervisor, and those of the whole system. */
export interface ActorSystemOptions extends SupervisorOptions {
  /** First part of all paths; without `/`. Defaults to `system`. */
  readonly name?: string;
  /** Defaults to real, monotonic time. */
  readonly clock?: Clock;
  /** Told of what supervisors and the runtime report. An error it throws goes nowhere. Defaults to nobody. */
  readonly onReport?: (report: SystemReport) => void;
  /** Told of every actor, message and snapshot, in XState's inspection events. Costs time per message. Defaults to nobody. */
  readonly inspect?: Inspector;
  /** Gives up a start that is under way: what has started is killed and `start` rejects. A system that runs is not concerned. */
  readonly signal?: AbortSignal;
  /** Told of the turning points in each supervisor's life, as they happen; it must not throw. Defaults to nobody. */
  readonly observer?: SupervisorObserver;
  /** A root of another kind, such as `dynamicSupervisor()` returns; strategy, limits and children are then its own. */
  readonly root?: SupervisorFlags;
}

/** How `ActorSystem.stop` stops. */
export interface StopOptions {
  /** Milliseconds for the whole tree to stop in order; whatever is left then is killed. Defaults to no limit. */
  readonly timeoutMs?: number;
}

/**
 * A tree of supervised actors, and the application's way to talk to them.
 *
 * @example
 * await using system = await ActorSystem.start({ children: [childSpec({ id: 'store', actor: storeMachine })] });
 * system.cast('store', { type: 'put', key: 'a' });
 */
export class ActorSystem implements Messaging, AsyncDisposable {
  readonly name: string;
  /** Resolves with the root supervisor's exit reason once the whole tree has ended. Never rejects. */
  readonly done: Promise<ExitReason>;
  /** The time that the actors see. */
  readonly clock: Clock;
  readonly #node: SystemNode;
  readonly #root: Process;
  /** Under a clock that only a test moves, a held event loop would never end. */
  readonly #keepsRealTime: boolean;
  #outside: OutsideMonitor | undefined = undefined;

  private constructor(node: SystemNode, root: Process, done: Promise<ExitReason>) {
    this.name = node.runtime.name;
    this.clock = node.runtime.clock;
    this.#keepsRealTime = this.clock instanceof SystemClock;
    this.#node = node;
    this.#root = root;
    this.done = done.finally(() => {
      this.#outside?.close();
      node.runtime.close();
    });
  }

  /**
   * Starts the tree, left to right, and resolves when every child is ready.
   *
   * @throws InvalidOptionError for the first wrong field.
   * @throws SystemStartError when a child fails to start; those started before it have then been stopped again. Also, with the reason
   * `killed`, when `signal` aborts.
   */
  static async start(options: ActorSystemOptions = {}): Promise<ActorSystem> {
    checkSystemOptions(options);
    const {
      name = 'system',
      clock = new SystemClock(),
      onReport,
      inspect,
      observer,
      signal,
      root: flags,
    } = options;
    if (signal?.aborted === true) throw new SystemStartError(name, 'killed');
    const node = new SystemNode({ name, clock, onReport, inspect, observer });
    const behaviour = supervisorBehaviour(node, flags ?? supervisor(options));
    const starting = node.runtime.spawn({ path: name, behaviour, input: undefined, trapExit: true });
    const root = node.runtime.resolve(name);
    // Before anything is awaited: the root may give up in the same turn in which it has started.
    const done = new Promise<ExitReason>((resolve) => root?.whenDead(resolve));
    const giveUp = () => kill(node, root);
    signal?.addEventListener('abort', giveUp);
    const outcome = await starting;
    signal?.removeEventListener('abort', giveUp);
    if (outcome !== 'ignore' && 'ok' in outcome) return new ActorSystem(node, outcome.ok, done);
    node.runtime.close();
    throw new SystemStartError(name, outcome === 'ignore' ? 'normal' : outcome.error);
  }

  /** Sends without waiting. A dead or unknown addressee drops the message, as in OTP. Paths may leave out the system's name. */
  cast<M>(to: Address<M>, message: M): void {
    this.#node.runtime.cast(to, message);
  }

  /**
   * Sends a request and waits for its answer, by default 5 seconds.
   *
   * Rejects with `CallError` (`noproc`, `timeout`, `overloaded`, `aborted`, `exit` with the reason of the actor that ended), and with
   * `SystemStoppedError` when the whole system has ended or is giving up. A program that has nothing left but this wait stays alive for
   * it, unless `timeoutMs` is `Infinity` or the system has a clock other than real time.
   */
  call<Reply>(to: Address, request: Request<Reply> | object, options?: CallOptions): Promise<Reply> {
    const answer = this.#node.runtime.call(to, request, options);
    const isHeld = this.#keepsRealTime && options?.timeoutMs !== Number.POSITIVE_INFINITY;
    if (isHeld) waitBegins();
    return answer.then(
      (reply) => {
        if (isHeld) waitEnds();
        return reply;
      },
      (error: unknown) => {
        if (isHeld) waitEnds();
        throw this.#callError(error);
      },
    );
  }

  /** What a call rejects with: the end of the system explains whatever else failed by it. */
  #callError(error: unknown): unknown {
    const { gaveUp } = this.#node;
    if (gaveUp === undefined && !this.#root.isDead) return error;
    return new SystemStoppedError(this.name, gaveUp, error);
  }

  /** The live incarnation at an address, or undefined. */
  whereis<M>(address: Address<M>): Pid<M> | undefined {
    return this.#node.runtime.whereis(address);
  }

  /** Calls `onDown` once, when the actor ends; with `noproc` when it is already gone. @throws InvalidOptionError for what is no address. */
  monitor(target: Address, onDown: (down: DownMessage) => void): MonitorRef {
    checkFunction('onDown', onDown);
    this.#outside ??= OutsideMonitor.start(this.#node.runtime);
    return this.#outside.monitor(target, onDown);
  }

  /** Drops a monitor; its callback is not called afterwards. */
  demonitor(monitor: MonitorRef): void {
    this.#outside?.demonitor(monitor);
  }

  /** What a live actor lets others see: snapshots and emitted events. Undefined for actors that show nothing. */
  viewOf(address: Address): ActorView | undefined {
    return this.#node.runtime.viewOf(address);
  }

  /** Starts a child under the root supervisor; see the function `startChild` for the results, and for other supervisors. */
  startChild<M>(spec: ChildSpec<M>): Promise<ChildStart<Pid<M>>> {
    return startChild(this, this.#root, spec);
  }

  /**
   * Stops the tree, right to left, each child with its own `shutdown`. Resolves with the root's exit reason when all have ended; stopping
   * twice waits for the same end. The host's event loop stays alive as long.
   *
   * @throws InvalidOptionError for a reason or a timeout that cannot be.
   */
  async stop(reason: ExitReason = 'shutdown', options: StopOptions = {}): Promise<ExitReason> {
    checkExitReason(reason);
    checkObject('options', options, 'an object such as { timeoutMs: 1_000 }');
    const { timeoutMs } = options;
    if (timeoutMs === undefined) {
      this.#root.requestStop(reason);
      return holdEventLoop(this.done);
    }
    checkMilliseconds('timeoutMs', timeoutMs, 0);
    const timer = this.clock.setTimer(timeoutMs, () => kill(this.#node, this.#root));
    this.#root.requestStop(reason);
    return holdEventLoop(this.done).finally(() => this.clock.cancelTimer(timer));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop().then(() => undefined);
  }
}

/** Ends a whole tree at once. */
function kill(node: SystemNode, root: Process | undefined): void {
  node.runtime.forced = true;
  root?.abandon('killed');
}
