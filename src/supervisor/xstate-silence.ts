import type { AnyActor } from 'xstate';

/** Where a system keeps XState's own functions while ours stand in their place. */
const tell = Symbol('tell');
const inspect = Symbol('inspect');

type Tell = (event: object) => void;
type Inspect = (observer: unknown) => { unsubscribe(): void };

/** What XState's actors call to say what happens in them. `_sendInspectionEvent` is internal to XState; laws show that it holds. */
interface ToldSystem {
  _sendInspectionEvent: Tell;
  inspect: Inspect;
  [tell]?: Tell;
  [inspect]?: Inspect;
}

/**
 * Nothing is told of what happens in the XState system of `root` until somebody asks for it by `inspect`.
 *
 * XState calls its system for each event, microstep and snapshot, and finds out only there that nobody listens. Call it once, for a system that
 * has no inspector yet.
 */
export function silenceUntilInspected(root: AnyActor): void {
  const { system }: { system: object } = root;
  if (!isToldSystem(system)) return;
  system[tell] = system._sendInspectionEvent;
  system[inspect] = system.inspect;
  system._sendInspectionEvent = nobodyListens;
  system.inspect = inspectedAfterAll;
}

function nobodyListens(): void {}

function inspectedAfterAll(this: Required<ToldSystem>, observer: unknown): { unsubscribe(): void } {
  this._sendInspectionEvent = this[tell];
  this.inspect = this[inspect];
  return this.inspect(observer);
}

function isToldSystem(system: object): system is ToldSystem {
  return '_sendInspectionEvent' in system && 'inspect' in system;
}
