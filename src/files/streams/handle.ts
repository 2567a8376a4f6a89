import { FileError, fileCancelled } from '../file-error.ts';

/** What a handle was opened for. */
export type HandleKind = 'read' | 'write';

/** What the handles of one table have in common. */
export interface HandleRules<R> {
  /** How many operations of one handle run at a time. 1, unless whoever carries them out keeps their order. */
  readonly underWayMax: number;
  /** Gives the file back. Called once for each that was opened. */
  release(resource: R): Promise<void>;
}

/** Operations of one handle that may wait for their turn. */
export const operationsWaitingMax = 64;

interface Waiting {
  start(): void;
  refuse(error: FileError): void;
}

/** `closed` comes after `closing`, when the file has been given back. */
type Phase = 'opening' | 'open' | 'closing' | 'closed';

/**
 * One handle: lets its operations run in order, and decides what becomes of them when it is closed.
 *
 * It does no input or output of its own, and sets no timers; what it orders is given to it as functions.
 */
export class Handle<R> {
  readonly id: string;
  readonly kind: HandleKind;
  readonly #rules: HandleRules<R>;
  #phase: Phase = 'opening';
  #resource: { readonly value: R } | undefined;
  #underWay = 0;
  #waiting: Waiting[] = [];
  #closing: Promise<void> | undefined;
  /** What operations are told from the moment that the handle is closing. */
  #refusal: FileError | undefined;
  #whenAtRest: (() => void) | undefined;

  constructor(id: string, kind: HandleKind, rules: HandleRules<R>) {
    this.id = id;
    this.kind = kind;
    this.#rules = rules;
  }

  /** Whether the file has been given back. */
  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** Runs `open`, the first operation; those that are called meanwhile wait behind it. Called once. */
  async open(open: () => Promise<R>): Promise<void> {
    this.#underWay = 1;
    try {
      this.#resource = { value: await open() };
    } catch (error) {
      void this.#fail(error);
      throw error;
    } finally {
      this.#ended();
    }
    // While `open` ran, `close` may have been called.
    if (this.#refusal !== undefined) throw this.#refusal;
    this.#phase = 'open';
    this.#startWaiting();
  }

  /** Runs an operation when its turn comes. Its failure closes the handle; the promise settles once that has been done. */
  use<T>(operation: (resource: R) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(fileCancelled(signal, { handleId: this.id }));
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    const { value } = this.#resource ?? {};
    const isFree = this.#phase === 'open' && this.#underWay < this.#rules.underWayMax;
    if (isFree && value !== undefined) return this.#run(value, operation);
    if (this.#waiting.length >= operationsWaitingMax) return Promise.reject(this.#fullError());
    return this.#wait(operation, signal);
  }

  /** See `FileStreams.close`. Resolves, for every caller, when the file has been given back. */
  close(cause?: FileError): Promise<void> {
    this.#closing ??= this.#close(cause);
    return this.#closing;
  }

  async #close(cause: FileError | undefined): Promise<void> {
    this.#phase = 'closing';
    this.#refusal = cause ?? this.#closedError();
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(this.#refusal);
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#whenAtRest = resolve));
    try {
      if (this.#resource !== undefined) await this.#rules.release(this.#resource.value);
    } finally {
      this.#phase = 'closed';
      this.#resource = undefined;
    }
  }

  async #run<T>(resource: R, operation: (resource: R) => Promise<T>): Promise<T> {
    this.#underWay += 1;
    let closing: Promise<void> | undefined;
    try {
      return await operation(resource);
    } catch (error) {
      closing = this.#fail(error);
      throw error;
    } finally {
      this.#ended();
      await closing;
    }
  }

  /** Closes because of a failure. That giving the file back failed too adds nothing to it. */
  #fail(cause: unknown): Promise<void> {
    return this.close(this.#closedError(cause)).catch(() => undefined);
  }

  #wait<T>(operation: (resource: R) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        if (signal !== undefined) reject(fileCancelled(signal, { handleId: this.id }));
      };
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', leave);
          if (this.#resource !== undefined) this.#run(this.#resource.value, operation).then(resolve, reject);
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #ended(): void {
    this.#underWay -= 1;
    if (this.#phase === 'open') this.#startWaiting();
    else if (this.#underWay === 0) this.#whenAtRest?.();
  }

  #startWaiting(): void {
    while (this.#underWay < this.#rules.underWayMax && this.#waiting.length > 0)
      this.#waiting.shift()?.start();
  }

  #closedError(cause?: unknown): FileError {
    const message = `Handle ${this.id} was closed${cause === undefined ? '' : ' because an operation failed'}. Open it again to go on.`;
    return new FileError('file_handle_closed', message, {
      handleId: this.id,
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #fullError(): FileError {
    const message = `${operationsWaitingMax} operations of handle ${this.id} are waiting already. Wait for one to end before you add another.`;
    return new FileError('file_queue_full', message, { handleId: this.id });
  }
}
