import type { AnyActor } from 'xstate';

/** What XState's system calls as its actors start and end. Internal to XState, whose version is pinned; laws show that it holds. */
interface ActorTable {
  _register(sessionId: string, actor: RegisteredActor): string;
  _unregister(actor: RegisteredActor): void;
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
  const { _register: register, _unregister: unregister } = system;
  const children = new WeakMap<RegisteredActor, Set<RegisteredActor>>();
  system._register = (sessionId, actor) => {
    if (actor._parent !== undefined) {
      const siblings = children.get(actor._parent);
      if (siblings === undefined) children.set(actor._parent, new Set([actor]));
      else siblings.add(actor);
    }
    return register(sessionId, actor);
  };
  system._unregister = (actor) => {
    unregister(actor);
    // XState takes out a child that it is going to stop; a throw before it does leaves that one running, too.
    if (actor._processingStatus === running) return;
    if (actor._parent !== undefined) children.get(actor._parent)?.delete(actor);
    for (const orphan of children.get(actor) ?? []) orphan.send({ type: 'xstate.stop' });
  };
}

function isActorTable(system: object): system is ActorTable {
  return '_register' in system;
}
