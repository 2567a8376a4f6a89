import { checkAddress } from './address-check.ts';
import type { ActorView, Address, Behaviour, CallOptions, Messaging, Pid, Request } from './behaviour.ts';
import { callAborted, calleeOverloaded, callingSelf, noProcess } from './call-error.ts';
import type { Clock } from './clock.ts';
import { Deadlines } from './deadlines.ts';
import { AlreadyStartedError } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { Incarnations } from './incarnations.ts';
import { Inspection, type Inspector } from './inspection.ts';
import { checkObject, checkSignal, checkTimeout } from './invalid-option.ts';
import { Monitor } from './monitor.ts';
import { PendingCall } from './pending-call.ts';
import { Process, type StartOutcome } from './process.ts';
import { type ContextHost, ProcessContext } from './process-context.ts';
import type { ProcessHost } from './process-host.ts';
import type { ProcessReport } from './process-report.ts';
import { startProcess } from './process-start.ts';
import { RunQueue } from './run-queue.ts';

/** Milliseconds after which a call gives up unless the caller says otherwise. Source: `gen_server:call/2`. */
export const callTimeoutMsDefault = 5_000;

/** One start of an actor. */
export interface SpawnRequest<M, Input> {
  readonly path: string;
  readonly behaviour: Behaviour<M, Input>;
  readonly input: Input;
  /** Gets an exit signal when the actor ends; the actor is asked to stop when its parent ends, or killed while it starts. */
  readonly parent?: Process | undefined;
  /** Defaults to false. */
  readonly trapExit?: boolean | undefined;
  /** Messages. Defaults to 100,000. */
  readonly mailboxCapacity?: number | undefined;
  /** Milliseconds for an asynchronous `init`. Defaults to `Infinity`, as in OTP. */
  readonly startTimeoutMs?: number | undefined;
}

export interface RuntimeOptions {
  /** First part of all paths. */
  readonly name: string;
  readonly clock: Clock;
  readonly onReport?: ((report: ProcessReport) => void) | undefined;
  /** Told of every actor, message and snapshot, in XState's inspection events. Costs time per message; defaults to nobody. */
  readonly inspect?: Inspector | undefined;
}

/**
 * The processes of one system: starts them, finds them, and carries their messages and signals.
 *
 * Internal to the layer; applications see it as `Messaging` through `ActorSystem`, actors through their `ActorContext`.
 */
export class Runtime implements Messaging, ProcessHost<Process>, ContextHost {
  readonly name: string;
  readonly clock: Clock;
  readonly queue = new RunQueue();
  forced = false;
  /** Set while somebody inspects. */
  readonly inspection: Inspection | undefined;
  #inspectorFailed = false;
  readonly #onReport: ((report: ProcessReport) => void) | undefined;
  readonly #deadlines: Deadlines;
  readonly #paths = new Map<string, Process>();
  readonly #names = new Map<string, Process>();
  readonly #incarnations = new Incarnations();

  constructor(options: RuntimeOptions) {
    this.name = options.name;
    this.clock = options.clock;
    this.#onReport = options.onReport;
    this.#deadlines = new Deadlines(options.clock);
    options.clock.watch?.(this.queue);
    const { inspect } = options;
    this.inspection =
      inspect && new Inspection(options.name, inspect, (error) => this.#reportInspector(error));
  }

  /** Number of live processes, including those that start or terminate. */
  get size(): number {
    return this.#paths.size;
  }

  /**
   * Starts an actor; the outcome is at hand at once unless its `init` is asynchronous.
   *
   * A taken path is the start error `AlreadyStartedError`; a parent that has ended starts nobody, which is the start error `killed`. A
   * failed start sends no exit signal to the parent.
   */
  spawn<M, Input>(request: SpawnRequest<M, Input>): StartOutcome | Promise<StartOutcome> {
    const { path } = request;
    // A supervisor that was killed in the middle of a restart still finishes its step.
    if (request.parent?.isDead) return { error: 'killed' };
    if (this.#paths.has(path)) return { error: { error: new AlreadyStartedError(path) } };
    const process = new Process(this, path, this.#incarnations.next(path), request.parent, request);
    this.#paths.set(path, process);
    this.inspection?.starting(process, request.behaviour);
    const context = new ProcessContext<M>(this, process);
    return startProcess(process, this.clock, context, request);
  }

  // ── Addresses ──

  /** The live process at an address; short paths count from the root (`ports` finds `codex/ports`). */
  resolve(address: Address): Process | undefined {
    if (address instanceof Process) return address.isDead ? undefined : address;
    if (typeof address === 'string') {
      return (
        this.#paths.get(address) ?? this.#names.get(address) ?? this.#paths.get(`${this.name}/${address}`)
      );
    }
    checkAddress(address);
    const pid = 'whereis' in address ? address.whereis() : undefined;
    return pid instanceof Process && !pid.isDead ? pid : undefined;
  }

  whereis<M>(address: Address<M>): Pid<M> | undefined {
    return this.resolve(address);
  }

  /** Gives a live process a name until it ends. Returns the process that has the name already, if any. */
  register(name: string, process: Process): Process | undefined {
    const owner = this.#names.get(name);
    if (owner !== undefined) return owner;
    this.#names.set(name, process);
    process.whenDead(() => this.#names.delete(name));
    return undefined;
  }

  /** What can be seen of a live actor from outside; undefined for the dead and for actors that show nothing. */
  viewOf(address: Address): ActorView | undefined {
    return this.resolve(address)?.instance?.view;
  }

  /** The present snapshot of a live actor that has one. */
  snapshotOf(address: Address): unknown {
    return this.viewOf(address)?.getSnapshot();
  }

  // ── Messages ──

  cast<M>(to: Address<M>, message: M): void {
    this.send(undefined, to, message);
  }

  call<Reply>(to: Address, request: Request<Reply> | object, options?: CallOptions): Promise<Reply> {
    return this.request(undefined, to, request, options);
  }

  send(source: Process | undefined, to: Address, message: unknown): void {
    const target = to instanceof Process ? to : this.resolve(to);
    if (target === undefined) return;
    if (this.inspection !== undefined) this.inspection.sent(source, target, message, undefined);
    target.deliver(message);
  }

  request<Reply>(
    caller: Process | undefined,
    to: Address,
    request: Request<Reply> | object,
    options?: CallOptions,
  ): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      if (options !== undefined) checkCallOptions(options);
      const timeoutMs = options?.timeoutMs ?? callTimeoutMsDefault;
      const callee = this.resolve(to);
      if (callee === undefined) return reject(noProcess(nameOf(to)));
      if (callee === caller) return reject(callingSelf(callee.path));
      const signal = options?.signal;
      if (signal?.aborted) return reject(callAborted(callee.path, signal.reason));
      const pending = new PendingCall<Reply>(callee, timeoutMs, resolve, reject);
      if (this.inspection !== undefined) this.inspection.sent(caller, callee, request, pending);
      if (!callee.deliverCall(request, pending)) {
        return reject(calleeOverloaded(callee.path, callee.mailboxCapacity));
      }
      this.#deadlines.watch(pending);
      if (signal !== undefined) pending.abortOn(signal);
    });
  }

  monitor(watcher: Process, target: Address): Monitor {
    const watched = this.resolve(target);
    return new Monitor(nameOf(target), watcher, watched);
  }

  // ── Signals ──

  /** Sends an exit signal: `normal` is ignored, others end a process that does not trap exits. Source: `exit/2`. */
  exit(target: Process, reason: ExitReason, from?: Process): void {
    target.exitSignal(from, reason);
  }

  /** Ends a process at once with `killed`; it cannot refuse. Source: `exit(Pid, kill)`. */
  kill(target: Process): void {
    target.abandon('killed');
  }

  // ── What processes tell the runtime ──

  report(report: ProcessReport): void {
    try {
      this.#onReport?.(report);
    } catch {
      // A listener that throws must not end the actor it is told about.
    }
  }

  #reportInspector(error: unknown): void {
    if (this.#inspectorFailed) return;
    this.#inspectorFailed = true;
    this.report({ type: 'inspector_failed', error });
  }

  release(process: Process): void {
    this.#paths.delete(process.path);
    this.#incarnations.ended(process.path, process.incarnation);
  }

  /** Cancels the timers of calls. Call it when the last process has ended. */
  close(): void {
    this.#deadlines.close();
  }
}

function checkCallOptions(options: CallOptions): void {
  checkObject('options', options, 'an object such as { timeoutMs: 1_000 }');
  if (options.timeoutMs !== undefined) checkTimeout('timeoutMs', options.timeoutMs);
  if (options.signal !== undefined) checkSignal(options.signal);
}

function nameOf(address: Address): string {
  if (typeof address === 'string') return address;
  return 'path' in address ? address.path : address.name;
}
