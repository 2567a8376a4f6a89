import { hold, type ModelAction } from './script.ts';

/**
 * Holds scripted responses until the test opens it, so that a test decides when things happen instead of waiting for them.
 *
 * @example
 * const gate = model.hold();
 * model.enqueue([text('half'), gate.action, text('other half')]);
 * // … start the turn …
 * await gate.reached();
 * // … interrupt it …
 * gate.release();
 */
export class Gate {
  readonly name: string;
  #open = false;
  #arrivals = 0;
  readonly #held = new Set<() => void>();
  readonly #watchers = new Set<{ readonly count: number; readonly resolve: () => void }>();

  readonly #leavers = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  /** The action to put into a response. */
  get action(): ModelAction {
    return hold(this.name);
  }

  /** How many responses have come to this gate so far, held or not. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** How many responses stand here now. */
  get waiting(): number {
    return this.#held.size;
  }

  /** Resolves once `count` responses in all have come here. Default 1. Resolves also when the model closes. */
  reached(count = 1): Promise<void> {
    if (this.#arrivals >= count) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.add({ count, resolve }));
  }

  /** Resolves once no response stands here, at once when none does: after the client that asked for it has gone. */
  left(): Promise<void> {
    if (this.#held.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#leavers.add(resolve));
  }

  /** Lets every response through that waits here or comes later. */
  release(): void {
    this.#open = true;
    for (const go of this.#held) this.#let(go);
  }

  /** Lets through the response that has waited longest, and no other. Does nothing when none waits. */
  releaseOne(): void {
    const [longest] = this.#held;
    if (longest !== undefined) this.#let(longest);
  }

  /** Opens for good and wakes all watchers: what the model does when it closes. */
  close(): void {
    this.release();
    for (const watcher of this.#watchers) watcher.resolve();
    this.#watchers.clear();
  }

  /** Called by a response that comes here; resolves when it may go on, at once when `gone` settles first. */
  async pass(gone: Promise<void>): Promise<void> {
    this.#arrivals += 1;
    for (const watcher of this.#watchers) {
      if (watcher.count > this.#arrivals) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
    if (this.#open) return;
    await new Promise<void>((resolve) => {
      this.#held.add(resolve);
      void gone.then(() => this.#let(resolve));
    });
  }

  #let(go: () => void): void {
    go();
    if (!this.#held.delete(go) || this.#held.size > 0) return;
    for (const resolve of this.#leavers) resolve();
    this.#leavers.clear();
  }
}
