import type { ModelRequest } from './model-request.ts';

/** How much the log keeps. At either limit the oldest requests are dropped and counted. */
export interface RequestLogLimits {
  /** Default 10,000. */
  readonly requestsMax: number;
  /** Bytes of all kept bodies together. Default 256 MiB. */
  readonly bytesMax: number;
}

const requestsMaxDefault = 10_000;
const bytesMaxDefault = 256 * 1024 * 1024;
const waitersMax = 10_000;

export const defaultRequestLogLimits: RequestLogLimits = {
  requestsMax: requestsMaxDefault,
  bytesMax: bytesMaxDefault,
};

interface Waiter {
  readonly matches: (request: ModelRequest) => boolean;
  readonly resolve: (request: ModelRequest) => void;
  readonly reject: (error: unknown) => void;
}

/** The requests that a scripted model received, in order of arrival, and those who wait for one to come. */
export class ModelRequestLog {
  readonly #limits: RequestLogLimits;
  #requests: ModelRequest[] = [];
  #bytes = 0;
  #dropped = 0;
  #closed = false;
  readonly #waiters = new Set<Waiter>();

  constructor(limits: RequestLogLimits = defaultRequestLogLimits) {
    this.#limits = limits;
  }

  /** How many requests were dropped because the log was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The requests kept, oldest first. */
  get all(): readonly ModelRequest[] {
    return this.#requests;
  }

  /** Adds a request and wakes whoever waits for it. A predicate that throws rejects its own waiter only. */
  add(request: ModelRequest): void {
    this.#requests.push(request);
    this.#bytes += request.size;
    this.#trim();
    for (const waiter of this.#waiters) this.#offer(waiter, request);
  }

  /** Which try this is of the same request: one more than the earlier ones of its thread with a history as long. */
  attemptOf(request: ModelRequest): number {
    const items = request.body.input.length;
    const isTry = (other: ModelRequest): boolean =>
      other.number <= request.number &&
      other.threadId === request.threadId &&
      other.body.input.length === items;
    return this.#requests.filter(isTry).length;
  }

  /** Forgets all requests; waiters stay. */
  clear(): void {
    this.#requests = [];
    this.#bytes = 0;
    this.#dropped = 0;
  }

  /** The first request kept that matches, else the next to come. Rejects when the log closes first. */
  async waitFor(matches: (request: ModelRequest) => boolean, signal?: AbortSignal): Promise<ModelRequest> {
    signal?.throwIfAborted();
    const present = this.#requests.find(matches);
    if (present !== undefined) return present;
    if (this.#closed) throw new Error('the scripted model is closed: no request will come');
    if (this.#waiters.size >= waitersMax)
      throw new RangeError(`at most ${waitersMax} can wait for a request`);
    return new Promise((resolve, reject) => {
      const abort = (): void => waiter.reject(signal?.reason);
      const settle = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        matches,
        resolve: (request) => {
          settle();
          resolve(request);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort);
      this.#waiters.add(waiter);
    });
  }

  /** Rejects all who still wait. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) {
      waiter.reject(new Error('the scripted model was closed before a matching request came'));
    }
  }

  #offer(waiter: Waiter, request: ModelRequest): void {
    try {
      if (waiter.matches(request)) waiter.resolve(request);
    } catch (error) {
      waiter.reject(error instanceof Error ? error : new Error('the predicate threw', { cause: error }));
    }
  }

  #trim(): void {
    const { requestsMax, bytesMax } = this.#limits;
    while (this.#requests.length > requestsMax || (this.#bytes > bytesMax && this.#requests.length > 1)) {
      const oldest = this.#requests.shift();
      this.#bytes -= oldest?.size ?? 0;
      this.#dropped += 1;
    }
  }
}
