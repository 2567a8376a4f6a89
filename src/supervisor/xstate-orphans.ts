import type { AnyActor } from 'xstate';

/** Where a system keeps XState's own functions while ours stand in their place. */
const register = Symbol('register');
const unregister = Symbol('unregister');

/** What XState's system calls as its actors start and end. Internal to XState, whose version is pinned; laws show that it holds. */
interface ActorTable {
  _register(sessionId: string, actor: RegisteredActor): string;
  _unregister(actor: RegisteredActor): void;
  [register]?: ActorTable['_register'];
  [unregister]?: ActorTable['_unregister'];
}

interface RegisteredActor {
  readonly _parent?: RegisteredActor | undefined;
  readonly _processingStatus: number;
  send(event: { readonly type: string }): void;
}

/** XState's word for an actor that has started and not stopped. */
const running = 1;

/**
 * From now on each actor within the XState system of `root` that ends, and `root` itself, takes its running children with it, before
 * anybody hears of the end.
 *
 * XState stops the children of an actor as part of a transition. One that throws leaves them running, and its parent forgets it as the
 * failure arrives: nobody could find them afterwards. `xstate.stop` is the event by which XState itself stops a child.
 */
export function stopOrphansOf(root: AnyActor): void {
  const { system }: { system: object } = root;
  if (!isActorTable(system)) return;
  system[register] = system._register;
  system[unregister] = system._unregister;
  system._register = registered;
  system._unregister = unregistered;
}

/** The children of the actors that have some. One table and two functions for all systems: most actors never have a child. */
const childrenOf = new WeakMap<RegisteredActor, Set<RegisteredActor>>();

function registered(this: Required<ActorTable>, sessionId: string, actor: RegisteredActor): string {
  if (actor._parent !== undefined) {
    const siblings = childrenOf.get(actor._parent);
    if (siblings === undefined) childrenOf.set(actor._parent, new Set([actor]));
    else siblings.add(actor);
  }
  return this[register](sessionId, actor);
}

function unregistered(this: Required<ActorTable>, actor: RegisteredActor): void {
  this[unregister](actor);
  // XState takes out a child that it is going to stop; a throw before it does leaves that one running, too.
  if (actor._processingStatus === running) return;
  if (actor._parent !== undefined) childrenOf.get(actor._parent)?.delete(actor);
  const orphans = childrenOf.get(actor);
  if (orphans === undefined) return;
  for (const orphan of orphans) orphan.send({ type: 'xstate.stop' });
}

function isActorTable(system: object): system is ActorTable {
  return '_register' in system;
}
