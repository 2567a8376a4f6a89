import type { ReplyTo } from './behaviour.ts';
import type { DownReason } from './exit-reason.ts';

/** A call as its callee sees it. */
export interface OpenCall extends ReplyTo {
  nextOpen: OpenCall | undefined;
  previousOpen: OpenCall | undefined;
  /** The callee ended. */
  exit(reason: DownReason): void;
}

/** The calls an actor has not answered yet: a list threaded through them, so that a call allocates nothing for it. */
export class OpenCalls {
  #newest: OpenCall | undefined = undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(call: OpenCall): void {
    call.nextOpen = this.#newest;
    if (this.#newest !== undefined) this.#newest.previousOpen = call;
    this.#newest = call;
    this.#length += 1;
  }

  /** Takes out one that is in the list. */
  remove(call: OpenCall): void {
    if (call.previousOpen !== undefined) call.previousOpen.nextOpen = call.nextOpen;
    else this.#newest = call.nextOpen;
    if (call.nextOpen !== undefined) call.nextOpen.previousOpen = call.previousOpen;
    call.previousOpen = undefined;
    call.nextOpen = undefined;
    this.#length -= 1;
  }

  /** Rejects all of them; each takes itself off the list. */
  exit(reason: DownReason): void {
    for (let call = this.#newest; call !== undefined; call = this.#newest) call.exit(reason);
  }
}
