import type { InspectionEvent } from 'xstate';
import type { Behaviour, Pid } from './behaviour.ts';
import type { ExitReason } from './exit-reason.ts';
import { InspectedRef, type XStateActorRef } from './inspected-ref.ts';
import type { Process } from './process.ts';
import type { InnerInspection } from './process-context.ts';
import type { ProcessInspection } from './process-host.ts';
import { LogicBehaviour, type LogicInspection } from './xstate-adapter.ts';

/** Takes XState's inspection events, as an option `inspect` of XState does. */
export type Inspector =
  | ((event: InspectionEvent) => void)
  | { readonly next?: ((event: InspectionEvent) => void) | undefined };

/**
 * Shows every actor of a system, plain, XState and supervisor, to an inspector, in XState's own inspection events.
 *
 * Ids are paths (`codex/ports/0`, and `…/child` for children within XState logic), parents are those of the supervision tree, and
 * `rootId` is the system's name. An inspector that throws is reported once and harms nobody.
 *
 * Exists only while somebody inspects; see `@statelyai/inspect` for a consumer.
 */
export class Inspection implements ProcessInspection<Process>, LogicInspection, InnerInspection {
  readonly #rootId: string;
  readonly #tell: (event: InspectionEvent) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #refs = new Map<string, InspectedRef>();
  readonly #childRefs = new WeakMap<XStateActorRef, InspectedRef>();
  /** Who sent what is on its way to XState logic; XState itself does not know. */
  readonly #senders = new WeakMap<object, InspectedRef | undefined>();

  constructor(rootId: string, inspector: Inspector, onFailure: (error: unknown) => void) {
    this.#rootId = rootId;
    this.#tell = typeof inspector === 'function' ? inspector : (event) => inspector.next?.(event);
    this.#onFailure = onFailure;
  }

  /** How many live actors it knows. */
  get size(): number {
    return this.#refs.size;
  }

  starting(process: Process, behaviour: Behaviour<never, never>): void {
    const parent = process.parent === undefined ? undefined : this.#refOf(process.parent);
    const isLogic = behaviour instanceof LogicBehaviour;
    const context = () => process.instance?.view?.getSnapshot();
    const ref = new InspectedRef(process.path, parent, isLogic, context);
    this.#refs.set(process.path, ref);
    // XState tells of its actors itself, when the definition is at hand.
    if (!isLogic) this.#emit({ type: '@xstate.actor', actorRef: ref, rootId: this.#rootId });
  }

  sent(source: Process | undefined, target: Process, message: unknown, replyTo: object | undefined): void {
    const actorRef = this.#refOf(target);
    const sourceRef = source === undefined ? undefined : this.#refOf(source);
    if (!actorRef.isLogic) {
      this.#emit({
        type: '@xstate.event',
        actorRef,
        sourceRef,
        event: eventOf(message),
        rootId: this.#rootId,
      });
    } else if (typeof message === 'object' && message !== null) {
      this.#senders.set(replyTo ?? message, sourceRef);
    }
  }

  handled(process: Process, message: unknown): void {
    const actorRef = this.#refOf(process);
    if (!actorRef.isLogic) this.#snapshot(actorRef, eventOf(message));
  }

  ended(process: Process, reason: ExitReason): void {
    const actorRef = this.#refOf(process);
    actorRef.end(reason);
    if (!actorRef.isLogic) this.#snapshot(actorRef, { type: 'xstate.stop' });
    this.#refs.delete(process.path);
  }

  inspectorOf(pid: Pid): (event: InspectionEvent) => void {
    const root = this.#refs.get(pid.path);
    if (root === undefined) return () => {};
    return (event) => this.#emit(this.#translated(root, event));
  }

  innerInspectorOf(pid: Pid, id: string): (event: InspectionEvent) => void {
    const inner = new InspectedRef(`${pid.path}/${id}`, this.#refs.get(pid.path), true);
    return (event) => this.#emit(this.#translated(inner, event));
  }

  #translated(root: InspectedRef, event: InspectionEvent): InspectionEvent {
    const actorRef = this.#logicRef(root, event.actorRef);
    if (event.type !== '@xstate.event') return { ...event, actorRef, rootId: this.#rootId };
    const sourceRef =
      event.sourceRef === undefined ? this.#senderOf(event.event) : this.#logicRef(root, event.sourceRef);
    return { ...event, actorRef, sourceRef, rootId: this.#rootId };
  }

  #senderOf(event: object): InspectedRef | undefined {
    const replyTo = 'replyTo' in event ? event.replyTo : undefined;
    return this.#senders.get(typeof replyTo === 'object' && replyTo !== null ? replyTo : event);
  }

  #logicRef(root: InspectedRef, actor: object): InspectedRef {
    if (!isActorRef(actor)) return root;
    if (actor._parent === undefined) {
      root.actor = actor;
      return root;
    }
    let ref = this.#childRefs.get(actor);
    if (ref === undefined) {
      ref = this.#logicRef(root, actor._parent).childRef(actor);
      this.#childRefs.set(actor, ref);
    }
    return ref;
  }

  /** A process that was started before the inspection, or has ended, gets a ref for the moment. */
  #refOf(process: Process): InspectedRef {
    const known = this.#refs.get(process.path);
    if (known !== undefined) return known;
    return new InspectedRef(process.path, process.parent && this.#refOf(process.parent), false);
  }

  #snapshot(actorRef: InspectedRef, event: { readonly type: string }): void {
    const snapshot = actorRef.getSnapshot();
    this.#emit({ type: '@xstate.snapshot', actorRef, event, snapshot, rootId: this.#rootId });
  }

  #emit(event: InspectionEvent): void {
    try {
      this.#tell(event);
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

function isActorRef(ref: object): ref is XStateActorRef {
  return 'id' in ref && 'getSnapshot' in ref;
}

/** The event that a message is for an inspector: itself when it has a `type`. */
function eventOf(message: unknown): { readonly type: string } {
  return hasType(message) ? message : Object.assign({ type: 'message' }, { message });
}

function hasType(message: unknown): message is { readonly type: string } {
  return (
    typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
  );
}
