import type { InspectionEvent } from 'xstate';
import type { Clock } from './clock.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';

/**
 * One incarnation of an actor. It stays dead once its actor has ended; hold a path or a registered name to survive restarts.
 * `M` is the union of messages the actor takes.
 */
export interface Pid<in M = never> {
  /** Stable address of the child's place in the tree, such as `codex/ports/0`. The next incarnation has the same path. */
  readonly path: string;
  /** Counts the incarnations at this path from 1. */
  readonly incarnation: number;
  readonly '~message'?: (message: M) => void;
}

/** A name that is looked up at each use, such as a key of a `Registry` or of a partition supervisor. */
export interface Via<in M = never> {
  /** How `down` messages and errors speak of it. */
  readonly name: string;
  /** The live incarnation behind the name now, or undefined. */
  whereis(): Pid<M> | undefined;
}

/** Whom a message is for: one incarnation, or a path, registered name or `Via` that outlives incarnations. */
export type Address<M = never> = Pid<M> | Via<M> | string;

/** Marks a message as a request that is answered with `Reply`, so that `call` can infer its result. */
export interface Request<Reply> {
  readonly '~reply'?: Reply;
}

/** The right to answer one `call`. The first answer counts; later ones are dropped. */
export interface ReplyTo<Reply = unknown> {
  reply(value: Reply): void;
  /** Makes the caller's promise reject with `error`. */
  fail(error: unknown): void;
}

/** Delivered to an actor that monitors another, exactly once per monitor. */
export interface DownMessage {
  readonly type: 'down';
  readonly monitor: MonitorRef;
  readonly path: string;
  readonly reason: DownReason;
}

/**
 * Delivered, instead of ending the receiver, to an actor that was started with `trapExit`: a linked actor or a child ended, or
 * somebody sent an exit signal.
 */
export interface ExitMessage {
  readonly type: 'exit';
  /** Who ended or sent the signal; undefined when it came from outside of the actors. */
  readonly from: Pid | undefined;
  readonly reason: DownReason;
}

/** Names one monitor, to match its `down` and to drop it. */
export interface MonitorRef {
  readonly path: string;
}

/** How long a call waits, and what ends the wait early. */
export interface CallOptions {
  /** Milliseconds until the call rejects with `timeout`. Defaults to 5,000; `Infinity` waits for ever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What every actor, and the application through `ActorSystem`, can do to others. */
export interface Messaging {
  /** Sends without waiting. A dead or unknown addressee drops the message, as in OTP. */
  cast<M>(to: Address<M>, message: M): void;
  /**
   * Sends a request and waits for the answer, whose type is known when the request extends `Request`. Rejects with `CallError`:
   * `noproc`, `timeout`, `calling_self`, `overloaded`, `aborted`, or `exit` with the callee's exit reason.
   */
  call<Reply>(to: Address, request: Request<Reply> | object, options?: CallOptions): Promise<Reply>;
  /** The live incarnation at an address, or undefined. */
  whereis<M>(address: Address<M>): Pid<M> | undefined;
}

/** What one actor is given to work with. */
export interface ActorContext<M> extends Messaging {
  readonly self: Pid<M>;
  readonly clock: Clock;
  /** Aborted when this actor has ended, also when it is killed during `init`: hand it to whatever `init` waits for. */
  readonly signal: AbortSignal;
  /**
   * Shows an XState actor that this plain actor runs within itself, such as a chart that decides for it, to whoever inspects the
   * system: as a child of this actor with the id `id`, which no real child may have. Gives the option `inspect` of `createActor`;
   * undefined while nobody inspects, so that XState pays nothing either.
   *
   * @example createActor(chart, { clock: xstateClock(context.clock), inspect: context.inspectInner?.('chart') });
   */
  readonly inspectInner: ((id: string) => (event: InspectionEvent) => void) | undefined;
  /** Watches another actor: one `DownMessage` arrives when it ends, at once with `noproc` when it is already gone. */
  monitor(target: Address): MonitorRef;
  /** Drops a monitor; no `down` of it is delivered afterwards, not even one already queued. */
  demonitor(monitor: MonitorRef): void;
  /** Sends `message` to itself after `delayMs`; cancelled when the actor ends. Returns its cancellation. */
  sendAfter(delayMs: number, message: M): () => void;
  /** Ends this actor with `reason` once the current message is handled. */
  exit(reason: ExitReason): void;
}

/**
 * A plain actor: code without a state chart, for hot paths and owners of resources.
 *
 * `init` runs before the actor counts as started: a throw or a rejection is a start error, `'ignore'` declines to run.
 */
export interface Behaviour<M, Input = undefined> {
  init(
    context: ActorContext<M>,
    input: Input,
  ): ActorInstance<M> | 'ignore' | Promise<ActorInstance<M> | 'ignore'>;
}

/** What to call as an actor changes; every part may be left out. Errors thrown here never reach the actor. */
export interface ActorObserver {
  next?(snapshot: unknown): void;
  error?(error: unknown): void;
  complete?(): void;
}

/** What others may see of an actor from outside: its snapshots and the events it emits. */
export interface ActorView {
  getSnapshot(): unknown;
  /** Returns the end of the subscription; it also ends with the actor. */
  subscribe(observer: ActorObserver): { unsubscribe(): void };
  /** Listens to emitted events of one type, or `*` for all. */
  on(type: string, listener: (emitted: unknown) => void): { unsubscribe(): void };
}

/** A running plain actor. Messages are handled one at a time; while a returned promise is pending the actor is busy. */
export interface ActorInstance<M> {
  /** Handles one message. A throw or a rejection ends the actor with `{ error }`. `replyTo` is set when it came by `call`. */
  receive(message: M | DownMessage, replyTo: ReplyTo | undefined): void | Promise<void>;
  /** Cleans up when asked to stop or after `exit`; the supervisor waits for it up to the child's `shutdown`. Not called on a kill. */
  terminate?(reason: ExitReason): void | Promise<void>;
  /** What `ActorSystem` shows of this actor to those who hold its pid. XState logic has it; for plain actors it is optional. */
  readonly view?: ActorView;
  /** Releases what must not leak, at once and without waiting, when the actor is killed or has thrown. */
  kill?(reason: ExitReason): void;
}
