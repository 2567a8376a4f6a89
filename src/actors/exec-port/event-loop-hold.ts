/** What keeps an event loop alive, and can stop doing so: a process with its pipes. */
export interface Referenced {
  ref(): void;
  unref(): void;
}

/**
 * Counts the reasons why the host must wait for a process: open requests, running turns, a start, a stop.
 *
 * The process is referenced while there is at least one, so that a host whose tree is idle can exit by itself.
 */
export class EventLoopHold {
  readonly #target: Referenced;
  #holders = 0;

  /** @param target Starts unreferenced. */
  constructor(target: Referenced) {
    this.#target = target;
  }

  /** How many holds are not released yet. */
  get holders(): number {
    return this.#holders;
  }

  /** Holds the event loop until the returned function is called; calling it twice does nothing more. */
  hold(): () => void {
    this.acquire();
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.release();
    };
  }

  /** One more reason, without a function of its own; each needs exactly one `release`. */
  acquire(): void {
    this.#holders += 1;
    if (this.#holders === 1) this.#target.ref();
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#target.unref();
  }
}
