import { callAborted, calleeExited, callTimedOut } from './call-error.ts';
import type { DeadlineQueue, Expiring } from './deadlines.ts';
import type { DownReason } from './exit-reason.ts';
import type { OpenCall } from './open-calls.ts';

/** What a call needs of the actor that is to answer it. */
export interface Callee {
  readonly path: string;
  forgetCall(call: OpenCall): void;
}

/**
 * A call that waits for its answer. It sits in two lists that need no allocation of their own: the open calls of its callee,
 * and the calls with the same timeout.
 */
export class PendingCall<Reply = unknown> implements OpenCall, Expiring {
  readonly callee: Callee;
  readonly timeoutMs: number;
  nextOpen: OpenCall | undefined = undefined;
  previousOpen: OpenCall | undefined = undefined;
  nextDeadline: Expiring | undefined = undefined;
  previousDeadline: Expiring | undefined = undefined;
  deadlines: DeadlineQueue | undefined = undefined;
  deadline = 0;
  settled = false;
  readonly #resolve: (value: Reply) => void;
  readonly #reject: (error: unknown) => void;
  #stopListening: (() => void) | undefined = undefined;

  constructor(
    callee: Callee,
    timeoutMs: number,
    resolve: (value: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    this.callee = callee;
    this.timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  reply(value: Reply): void {
    if (this.#settle()) this.#resolve(value);
  }

  fail(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  exit(reason: DownReason): void {
    this.fail(calleeExited(this.callee.path, reason));
  }

  expire(): void {
    this.fail(callTimedOut(this.callee.path, this.timeoutMs));
  }

  abortOn(signal: AbortSignal): void {
    const onAbort = () => this.fail(callAborted(this.callee.path, signal.reason));
    signal.addEventListener('abort', onAbort);
    this.#stopListening = () => signal.removeEventListener('abort', onAbort);
  }

  /** It travels on events, which inspectors and logs turn into JSON. */
  toJSON(): { readonly callee: string } {
    return { callee: this.callee.path };
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.callee.forgetCall(this);
    this.deadlines?.remove(this);
    this.#stopListening?.();
    return true;
  }
}
