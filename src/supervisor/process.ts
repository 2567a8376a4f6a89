import { ActorTimers } from './actor-timers.ts';
import type { ActorInstance, Pid } from './behaviour.ts';
import type { Children } from './children.ts';
import { ExitRequest } from './errors.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';
import { isThenable } from './is-thenable.ts';
import { type ExitToParent, joinParent, type Kin, leaveParent, stopChildren } from './kinship.ts';
import { breakLinks, type Linked } from './link.ts';
import { Mailbox, mailboxCapacityDefault } from './mailbox.ts';
import { dropMonitors, fireMonitors, type Monitor, type Watched, type Watcher } from './monitor.ts';
import { type OpenCall, OpenCalls } from './open-calls.ts';
import type { ProcessHost } from './process-host.ts';
import { ShownPid } from './shown-pid.ts';
import { CallSignal, MessageSignal, Signal, StopSignal, TrappedExit } from './signals.ts';

/** What came of a start: a running process, a behaviour that declined, or the reason why it failed. */
export type StartOutcome = { readonly ok: Process } | 'ignore' | { readonly error: ExitReason };

interface ProcessOptions {
  /** Messages. Defaults to 100,000. */
  readonly mailboxCapacity?: number | undefined;
  /** Defaults to false. */
  readonly trapExit?: boolean | undefined;
}

/** The mailbox of every actor that was never sent anything; nothing is put into it. */
const noMail = new Mailbox();

/** `busy` while it has its turn to run, `awaiting` while a promise of its behaviour is pending. */
type Status = 'starting' | 'idle' | 'busy' | 'awaiting' | 'terminating' | 'dead';

/**
 * One incarnation of an actor, and its pid: `starting` → `idle` ⇄ `busy` ⇄ `awaiting` → `terminating` → `dead`.
 *
 * Internal to the layer. It handles one message at a time; while a promise of its behaviour is pending it is awaiting and its mailbox
 * waits. Everything it owns (timers, monitors, open calls, children) is released in `#die`, the only way out.
 */
export class Process extends ShownPid implements Pid<unknown>, Linked, Watched, Watcher, Kin {
  readonly parent: Process | undefined;
  readonly mailboxCapacity: number;
  /** Whether exit signals arrive as messages instead of ending it. Source: `process_flag(trap_exit, true)`. */
  readonly trapExit: boolean;
  watchers: Set<Monitor> | undefined = undefined;
  watching: Set<Monitor> | undefined = undefined;
  links: Set<Linked> | undefined = undefined;
  older: Kin | undefined = undefined;
  younger: Kin | undefined = undefined;
  children: Children<Kin> | undefined = undefined;
  exitToParent: ExitToParent = 'owed';
  /** Messages dropped because the mailbox was full. */
  droppedMessages = 0;
  readonly #host: ProcessHost<Process>;
  #mailbox = noMail;
  #instance: ActorInstance<unknown> | undefined = undefined;
  #status: Status = 'starting';
  #suspended = false;
  #scheduled = false;
  #overflowing = false;
  #exitRequested: ExitReason | undefined = undefined;
  #timers: ActorTimers | undefined = undefined;
  #openCalls: OpenCalls | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #onDead: ((reason: ExitReason) => void)[] | undefined = undefined;

  constructor(
    host: ProcessHost<Process>,
    path: string,
    incarnation: number,
    parent: Process | undefined,
    options: ProcessOptions,
  ) {
    super(path, incarnation);
    this.#host = host;
    this.parent = parent;
    this.mailboxCapacity = options.mailboxCapacity ?? mailboxCapacityDefault;
    this.trapExit = options.trapExit ?? false;
    joinParent(this);
  }

  get isDead(): boolean {
    return this.#status === 'dead';
  }

  get isStarting(): boolean {
    return this.#status === 'starting';
  }

  get instance(): ActorInstance<unknown> | undefined {
    return this.#instance;
  }

  get mailboxLength(): number {
    return this.#mailbox.length;
  }

  /** Aborted when the process is dead; made at first use. */
  get signalOfEnd(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.isDead) this.#abort.abort();
    return this.#abort.signal;
  }

  // ── Start: `startProcess` runs `init` and tells the process what came of it ──

  /** `init` gave an instance. Source: the end of `gen_server:init_it`. */
  started(instance: ActorInstance<unknown>): StartOutcome {
    if (this.#status === 'dead') {
      this.#runKillHook(instance, 'killed');
      return { error: 'killed' };
    }
    this.#instance = instance;
    if (this.#exitRequested !== undefined) return this.startFailed(this.#exitRequested);
    this.#status = 'idle';
    if (this.#mailbox.length > 0) this.#wake();
    return { ok: this };
  }

  startIgnored(): StartOutcome {
    this.#fail('normal');
    return 'ignore';
  }

  startFailed(reason: ExitReason): StartOutcome {
    this.#fail(reason);
    return { error: reason };
  }

  /** Ends before it was running: the starter gets the outcome, so the parent gets no exit signal. */
  #fail(reason: ExitReason): void {
    this.exitToParent = 'claimed';
    this.abandon(reason);
  }

  // ── Messages ──

  /** Puts a message into the mailbox; false when it is dropped because the mailbox is full or the process dead. */
  deliver(message: unknown): boolean {
    if (this.#status === 'dead') return false;
    if (this.#mailbox.length >= this.mailboxCapacity) {
      this.#overflow();
      return false;
    }
    this.#keep(message);
    if (!this.#scheduled) this.#wake();
    return true;
  }

  /** Puts a signal into the mailbox, however full it is. */
  signal(signal: Signal): void {
    if (this.#status === 'dead') return;
    this.#keep(signal);
    this.#wake();
  }

  #keep(entry: unknown): void {
    if (this.#mailbox === noMail) this.#mailbox = new Mailbox();
    this.#mailbox.push(entry);
  }

  /** Puts a request into the mailbox; false when there is no room, or as many calls wait for an answer as the mailbox holds. */
  deliverCall(request: unknown, pending: OpenCall): boolean {
    this.#openCalls ??= new OpenCalls();
    if (this.#openCalls.length >= this.mailboxCapacity) return false;
    if (!this.deliver(new CallSignal(request, pending))) return false;
    this.#openCalls.add(pending);
    return true;
  }

  forgetCall(call: OpenCall): void {
    this.#openCalls?.remove(call);
  }

  /** Takes the oldest queued message that satisfies `matches` out of turn. Source: a selective receive. */
  take<T>(matches: (message: unknown) => message is T): T | undefined {
    return this.#mailbox.take(matches);
  }

  /** Sends itself a message later; returns the cancellation. */
  sendAfter(delayMs: number, message: unknown): () => void {
    if (this.#status === 'dead') return () => {};
    this.#timers ??= new ActorTimers(this.#host.clock);
    return this.#timers.start(delayMs, () => this.deliver(message));
  }

  /** Called by the run queue. */
  run(messagesMax: number): number {
    let handled = 0;
    if (this.#status === 'idle') this.#status = 'busy';
    try {
      while (handled < messagesMax && this.#mayHandle()) {
        handled += 1;
        const entry = this.#mailbox.shift();
        if (entry instanceof Signal) {
          this.#handleSignal(entry);
          continue;
        }
        // Not by way of #receive: that call is 1 % of what an event of a small chart takes (`npm run bench -- --only machine-events`).
        const result: unknown = this.#instance?.receive(entry, undefined);
        if (result !== undefined || this.#host.inspection !== undefined) this.#taken(entry, result);
      }
    } catch (error) {
      this.#threw(error);
    }
    this.#scheduled = false;
    this.#rest();
    return handled;
  }

  /** Whether the next message is to be handled now. Ends the actor when it was asked to. */
  #mayHandle(): boolean {
    if (this.#status !== 'busy' || this.#suspended) return false;
    if (this.#exitRequested !== undefined) {
      this.#terminate(this.#exitRequested);
      return false;
    }
    return this.#mailbox.length > 0;
  }

  /** Its turn, or what it was awaiting, is over. */
  #rest(): void {
    if (this.#status === 'busy') this.#status = 'idle';
    if (this.#hasWork()) this.#wake();
    else this.#overflowing = false;
  }

  /** Keeps its messages waiting until `resume`. Source: `sys:suspend`. */
  suspend(): void {
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    if (this.#hasWork()) this.#wake();
  }

  #hasWork(): boolean {
    return this.#mailbox.length > 0 || this.#exitRequested !== undefined;
  }

  #wake(): void {
    if (this.#scheduled || this.#suspended || this.#status !== 'idle') return;
    this.#scheduled = true;
    this.#host.queue.schedule(this);
  }

  #handleSignal(signal: Signal): void {
    if (signal.dropped) return;
    signal.dropped = true;
    if (signal instanceof StopSignal) this.#terminate(signal.reason);
    else if (signal instanceof CallSignal) this.#receive(signal.request, signal.pending);
    else if (signal instanceof MessageSignal) this.#receive(signal.message, undefined);
  }

  #receive(message: unknown, pending: OpenCall | undefined): void {
    this.#taken(message, this.#instance?.receive(message, pending));
  }

  /** The behaviour has taken a message, and gave back what it may still have to do. */
  #taken(message: unknown, result: unknown): void {
    if (isThenable(result)) this.#receiveLater(result, message);
    else if (this.#status === 'busy') this.#host.inspection?.handled(this, message);
  }

  #receiveLater(handling: PromiseLike<unknown>, message: unknown): void {
    // A behaviour that ended the actor may still give back a promise.
    if (this.#status === 'busy') this.#status = 'awaiting';
    handling.then(
      () => {
        if (this.#status !== 'awaiting') return;
        this.#status = 'busy';
        this.#host.inspection?.handled(this, message);
        this.#rest();
      },
      (error) => this.#threw(error),
    );
  }

  #threw(error: unknown): void {
    if (this.#status === 'dead') return;
    if (error instanceof ExitRequest) this.#terminate(error.reason);
    else this.abandon({ error });
  }

  #overflow(): void {
    this.droppedMessages += 1;
    if (this.#overflowing) return;
    this.#overflowing = true;
    this.#host.report({ type: 'mailbox_overflow', path: this.path, mailboxCapacity: this.mailboxCapacity });
  }

  // ── End ──

  /** Ends with `reason` once the current message is handled; while it terminates, changes the reason. */
  requestExit(reason: ExitReason): void {
    this.#exitRequested = reason;
    this.#wake();
  }

  /** Asks it to end in good order, after what is queued already; at once when it is idle. */
  requestStop(reason: ExitReason): void {
    const isAtRest = this.#status === 'idle' && !this.#suspended && this.#mailbox.length === 0;
    if (isAtRest) this.#terminate(this.#exitRequested ?? reason);
    else this.signal(new StopSignal(reason));
  }

  /** Handles the exit signal of another process. Source: `exit/2` and the signals of links. */
  exitSignal(from: Pid | undefined, reason: DownReason): void {
    if (this.trapExit) this.signal(new MessageSignal(new TrappedExit(from, reason)));
    else if (reason !== 'normal') this.abandon(reason === 'noproc' ? { error: reason } : reason);
  }

  /** Ends it at once, without `terminate`. */
  abandon(reason: ExitReason): void {
    if (this.#status === 'dead') return;
    this.#status = 'dead';
    // Before anyone hears of the end, so that a restart finds what the actor held released.
    if (this.#instance !== undefined) this.#runKillHook(this.#instance, reason);
    this.#bury(reason);
  }

  /** Calls back when this live process has ended. */
  whenDead(callback: (reason: ExitReason) => void): void {
    this.#onDead ??= [];
    this.#onDead.push(callback);
  }

  #terminate(reason: ExitReason): void {
    this.#status = 'terminating';
    this.#exitRequested = undefined;
    try {
      const result: unknown = this.#instance?.terminate?.(reason);
      if (!isThenable(result)) {
        this.#die(this.#exitRequested ?? reason);
        return;
      }
      result.then(
        () => this.#die(this.#exitRequested ?? reason),
        (error) => this.#terminateThrew(error),
      );
    } catch (error) {
      this.#terminateThrew(error);
    }
  }

  #terminateThrew(error: unknown): void {
    if (error instanceof ExitRequest) this.#die(error.reason);
    else this.abandon({ error });
  }

  #die(reason: ExitReason): void {
    if (this.#status === 'dead') return;
    this.#status = 'dead';
    this.#bury(reason);
  }

  #bury(reason: ExitReason): void {
    this.#instance = undefined;
    this.#exitRequested = undefined;
    this.#abort?.abort();
    this.#mailbox = noMail;
    this.#host.release(this);
    this.#host.inspection?.ended(this, reason);
    this.#timers?.cancelAll();
    dropMonitors(this);
    stopChildren(this, reason, this.#host.forced);
    this.#openCalls?.exit(reason);
    this.#tellOthers(reason);
  }

  #tellOthers(reason: ExitReason): void {
    fireMonitors(this, reason);
    breakLinks(this, reason);
    leaveParent(this, reason);
    const callbacks = this.#onDead;
    this.#onDead = undefined;
    for (const callback of callbacks ?? []) callback(reason);
  }

  #runKillHook(instance: ActorInstance<unknown>, reason: ExitReason): void {
    try {
      instance.kill?.(reason);
    } catch (error) {
      this.#host.report({ type: 'kill_hook_failed', path: this.path, error });
    }
  }
}
