import type { AnyActorLogic, Snapshot } from 'xstate';
import type { ExitReason } from './exit-reason.ts';

/** What inspection needs of an XState actor; the rest of its interface is not touched. */
export interface XStateActorRef {
  readonly id: string;
  readonly logic?: AnyActorLogic;
  readonly _parent?: XStateActorRef;
  getSnapshot(): Snapshot<unknown>;
}

/**
 * An actor as inspectors see it, in the shape of an XState actor ref. Its ids are derived from its path, so they are the same
 * in every run and over every restart.
 */
export class InspectedRef {
  readonly id: string;
  readonly sessionId: string;
  readonly systemId: string;
  readonly _parent: InspectedRef | undefined;
  /** Whether XState logic is behind it, which tells of its events and snapshots itself. */
  readonly isLogic: boolean;
  /** The XState actor behind it, once there is one. */
  actor: XStateActorRef | undefined = undefined;
  readonly #context: () => unknown;
  #endedWith: ExitReason | undefined = undefined;
  #nameless = 0;

  constructor(
    path: string,
    parent: InspectedRef | undefined,
    isLogic: boolean,
    context: () => unknown = () => undefined,
  ) {
    this.id = path.slice(path.lastIndexOf('/') + 1);
    this.sessionId = path;
    this.systemId = path;
    this._parent = parent;
    this.isLogic = isLogic;
    this.#context = context;
  }

  /** The definition that inspectors draw. */
  get logic(): AnyActorLogic | undefined {
    return this.actor?.logic;
  }

  getSnapshot(): Snapshot<unknown> {
    return this.actor?.getSnapshot() ?? this.#plainSnapshot();
  }

  /** From now on its snapshot says that it has ended. */
  end(reason: ExitReason): void {
    this.#endedWith = reason;
  }

  /** An inspected actor is looked at, not talked to. */
  send(): void {}

  toJSON(): { readonly xstate$$type: 1; readonly id: string } {
    return { xstate$$type: 1, id: this.sessionId };
  }

  /** The ref of a child within the XState logic. Children without an id of their own are numbered: XState's numbers differ between runs. */
  childRef(child: XStateActorRef): InspectedRef {
    const ref = new InspectedRef(`${this.sessionId}/${this.#idOf(child)}`, this, true);
    ref.actor = child;
    return ref;
  }

  #idOf({ id }: XStateActorRef): string {
    if (!/^x:\w+$/.test(id)) return id;
    this.#nameless += 1;
    return `child-${this.#nameless}`;
  }

  #plainSnapshot(): Snapshot<unknown> {
    const context = this.#context();
    const rest = context === undefined ? {} : { context };
    const reason = this.#endedWith;
    if (reason === undefined)
      return Object.assign(rest, { status: 'active', output: undefined, error: undefined } as const);
    if (reason === 'normal')
      return Object.assign(rest, { status: 'done', output: undefined, error: undefined } as const);
    if (typeof reason === 'object' && 'error' in reason) {
      return Object.assign(rest, { status: 'error', output: undefined, error: reason.error } as const);
    }
    return Object.assign(rest, { status: 'stopped', output: undefined, error: undefined } as const);
  }
}
