import {
  type AnyActor,
  type AnyActorLogic,
  createActor,
  type EventObject,
  type InspectionEvent,
} from 'xstate';
import type {
  ActorContext,
  ActorInstance,
  ActorObserver,
  ActorView,
  Behaviour,
  Pid,
  ReplyTo,
} from './behaviour.ts';
import { ExitRequest } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { checkExitReason } from './exit-reason-check.ts';
import { xstateClock } from './xstate-clock.ts';
import { stopOrphansOf } from './xstate-orphans.ts';

/** XState logic with what the supervision layer needs to know about it. */
export interface LogicOptions {
  readonly logic: AnyActorLogic;
  /** Input of each incarnation: a value, or a function of the actor's context. */
  readonly input?: unknown;
  /** The actor counts as started when its snapshot satisfies this. Defaults to at once. */
  readonly readyWhen?: ((snapshot: unknown) => boolean) | undefined;
  /** Sent to ask the actor to stop; it then ends by itself in a final state. Defaults to none: it is stopped at once. */
  readonly stopEvent?: unknown;
  /** Names the exit reason of a clean end. Defaults to `normal`, and to the reason of the stop when it was asked to stop. */
  readonly exitReason?: ((output: unknown) => ExitReason) | undefined;
}

/** Who looks into XState actors; absent while nobody inspects, so that XState itself pays nothing either. */
export interface LogicInspection {
  /** The callback for the XState system behind `pid`. It must not throw. */
  inspectorOf(pid: Pid): (event: InspectionEvent) => void;
}

/**
 * Makes a behaviour of any XState logic: machine, transition, callback, promise, observable or custom.
 *
 * Each incarnation is an XState root actor of its own. Messages are its events; a request that came by `call` arrives with a
 * `replyTo` on it. Done ends the actor with `normal` or the reason that `exitReason` names; an error with `{ error }`, and the
 * children that XState leaves running after a throw are stopped too, at any depth.
 *
 * A throw before the actor is ready is a start error, an end before it is ready likewise, with the reason of the end.
 */
export function logicBehaviour(options: LogicOptions, inspection?: LogicInspection): Behaviour<unknown> {
  return new LogicBehaviour(options, inspection);
}

/** What `logicBehaviour` makes; a class so that inspection knows it. */
export class LogicBehaviour implements Behaviour<unknown> {
  readonly #options: LogicOptions;
  readonly #inspection: LogicInspection | undefined;

  constructor(options: LogicOptions, inspection: LogicInspection | undefined) {
    this.#options = options;
    this.#inspection = inspection;
  }

  init(context: ActorContext<unknown>): LogicActor | Promise<LogicActor> {
    const actor = new LogicActor(this.#options, context, this.#inspection?.inspectorOf(context.self));
    return actor.start(this.#options.readyWhen);
  }
}

class LogicActor implements ActorInstance<unknown>, ActorView {
  readonly #options: LogicOptions;
  readonly #context: ActorContext<unknown>;
  readonly #actor: AnyActor;
  /** Set once the actor has ended by itself. */
  #ended: ExitReason | undefined = undefined;
  /** Whoever waits for the end, instead of the runtime. */
  #onEnd: ((reason: ExitReason) => void) | undefined = undefined;

  constructor(
    options: LogicOptions,
    context: ActorContext<unknown>,
    inspect: ((event: InspectionEvent) => void) | undefined,
  ) {
    this.#options = options;
    this.#context = context;
    const input: unknown = typeof options.input === 'function' ? options.input(context) : options.input;
    const clock = xstateClock(context.clock);
    const id = context.self.path;
    this.#actor = createActor(options.logic, inspect ? { input, clock, id, inspect } : { input, clock, id });
    stopOrphansOf(this.#actor);
    observeEnd(this.#actor, this);
  }

  get view(): ActorView {
    return this;
  }

  /** Every XState actor needs an error listener, or its error becomes an uncaught exception. XState calls it without `this`. */
  readonly error: (error: unknown) => void = this.#failed.bind(this);

  complete(): void {
    const snapshot: { status: string; output: unknown } = this.#actor.getSnapshot();
    // Stopped by XState's own event, which somebody sent: it hears nothing any more, and must not pass for alive.
    this.#end(snapshot.status === 'done' ? this.#reasonOf(snapshot.output) : 'shutdown');
  }

  start(readyWhen: ((snapshot: unknown) => boolean) | undefined): LogicActor | Promise<LogicActor> {
    this.#onEnd = nobodyWaits;
    this.#actor.start();
    this.#throwIfFailed();
    if (readyWhen === undefined || this.#isReady(readyWhen)) return this.#started();
    if (this.#ended !== undefined) throw new ExitRequest(this.#ended);
    return this.#whenReady(readyWhen);
  }

  receive(message: unknown, replyTo: ReplyTo | undefined): void {
    if (replyTo === undefined && isEvent(message)) this.#actor.send(message);
    else this.#actor.send(Object.assign({}, eventOf(message), { replyTo }));
  }

  terminate(): void | Promise<void> {
    if (this.#ended !== undefined) return;
    if (this.#options.stopEvent === undefined) {
      this.#halt();
      return this.#throwIfFailed();
    }
    return new Promise<ExitReason>((resolve) => {
      this.#onEnd = resolve;
      this.#actor.send(eventOf(this.#options.stopEvent));
    }).then((reason) => this.#throwIfItsOwn(reason));
  }

  kill(): void {
    const known = this.#ended;
    this.#halt();
    // What ended it before is told already, as the reason of its end.
    if (this.#ended !== known) this.#throwIfFailed();
  }

  #halt(): void {
    this.#onEnd = nobodyWaits;
    this.#actor.stop();
  }

  getSnapshot(): unknown {
    return this.#actor.getSnapshot();
  }

  subscribe(observer: ActorObserver): { unsubscribe(): void } {
    return this.#actor.subscribe({
      next: (snapshot: unknown) => guarded(() => observer.next?.(snapshot)),
      error: (error: unknown) => guarded(() => observer.error?.(error)),
      complete: () => guarded(() => observer.complete?.()),
    });
  }

  on(type: string, listener: (emitted: unknown) => void): { unsubscribe(): void } {
    return this.#actor.on(type, (emitted: unknown) => guarded(() => listener(emitted)));
  }

  #started(): LogicActor {
    this.#onEnd = undefined;
    const ended = this.#ended;
    // It finished within its start: first it counts as started, then it ends.
    if (ended !== undefined) queueMicrotask(() => this.#context.exit(ended));
    return this;
  }

  #whenReady(readyWhen: (snapshot: unknown) => boolean): Promise<LogicActor> {
    return new Promise<LogicActor>((resolve, reject) => {
      const subscription = this.#actor.subscribe({ next: () => check(), error: () => {} });
      const giveUp = () => this.#halt();
      const settle = (settled: () => void) => {
        subscription.unsubscribe();
        this.#context.signal.removeEventListener('abort', giveUp);
        settled();
      };
      const check = () => {
        try {
          if (this.#isReady(readyWhen)) settle(() => resolve(this.#started()));
        } catch (error) {
          this.#halt();
          settle(() => reject(error));
        }
      };
      this.#context.signal.addEventListener('abort', giveUp);
      this.#onEnd = (reason) => settle(() => reject(new ExitRequest(reason)));
    });
  }

  #isReady(readyWhen: (snapshot: unknown) => boolean): boolean {
    return readyWhen(this.#actor.getSnapshot());
  }

  #failed(error: unknown): void {
    this.#end({ error });
  }

  #end(reason: ExitReason): void {
    this.#ended = reason;
    if (this.#onEnd === undefined) this.#context.exit(reason);
    else this.#onEnd(reason);
  }

  #reasonOf(output: unknown): ExitReason {
    try {
      const reason = this.#options.exitReason?.(output) ?? 'normal';
      // Refused any later, it would be thrown within XState, and end the host.
      checkExitReason(reason);
      return reason;
    } catch (error) {
      return { error };
    }
  }

  /** After a stop, the reason is the stop's own, unless the logic failed or names another. */
  #throwIfItsOwn(reason: ExitReason): void {
    this.#throwIfFailed();
    if (this.#options.exitReason !== undefined) throw new ExitRequest(reason);
  }

  #throwIfFailed(): void {
    if (typeof this.#ended === 'object' && 'error' in this.#ended) throw this.#ended.error;
  }
}

/** Who hears how an XState actor ends. */
interface EndObserver {
  readonly error: (error: unknown) => void;
  complete(): void;
}

/**
 * Subscribes to the end of an actor. `subscribe` would make five objects for it, which live as long as the actor; its set of observers, private
 * to XState, takes this one as it is.
 */
function observeEnd(actor: AnyActor, observer: EndObserver): void {
  const internals: object = actor;
  if ('observers' in internals && internals.observers instanceof Set) internals.observers.add(observer);
  else actor.subscribe(observer);
}

/** The end is noted in the actor, for whoever looks there next. */
function nobodyWaits(): void {}

/** XState takes objects with a `type`; anything else would fail deep inside of it. */
function eventOf(message: unknown): EventObject {
  if (isEvent(message)) return message;
  throw new TypeError('XState logic takes events: objects with a string `type`. It was sent something else.');
}

function isEvent(message: unknown): message is EventObject {
  if (typeof message !== 'object' || message === null) return false;
  const event: { readonly type?: unknown } = message;
  return typeof event.type === 'string';
}

/** XState rethrows what its observers throw as uncaught exceptions; somebody else's observer must not end the process. */
function guarded(observe: () => void): void {
  try {
    observe();
  } catch {
    // The contract of `ActorObserver`: errors thrown by an observer go nowhere.
  }
}
