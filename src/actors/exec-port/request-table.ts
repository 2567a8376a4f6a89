import { CancelledError, QueueFullError } from '../../protocol/errors/call-errors.ts';
import { RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import { type RpcErrorFacts, rpcError } from '../../protocol/errors/rpc-errors.ts';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';
import { systemRandom } from '../system-random.ts';
import { OverloadBackoff, type RefusedRequest } from './overload-backoff.ts';

/** Per request: how long it may take, and who may give it up. */
export interface PortRequestOptions {
  /** Milliseconds until it rejects, the time in the queue included. Default 60,000; `Infinity` waits as long as the process lives. */
  readonly timeoutMs?: number;
  /** Rejects the request when it aborts. What Codex has already read of it, it still does. */
  readonly signal?: AbortSignal;
}

export interface RequestLimits {
  /** Requests that the server has not answered yet. Default 64: above 128 it loses requests without a word. */
  readonly inFlightMax: number;
  /** Requests that wait for their turn. Default 1,024; one more is refused with `QueueFullError`. */
  readonly queueLengthMax: number;
  /** Bytes of the requests that wait. Default 256 MiB; a request that would exceed it is refused likewise. */
  readonly queueBytesMax: number;
  /** Milliseconds for a request that names no deadline. Default 60,000. */
  readonly requestTimeoutMs: number;
}

export const defaultRequestLimits: RequestLimits = {
  inFlightMax: 64,
  queueLengthMax: 1_024,
  queueBytesMax: 256 * 1024 * 1024,
  requestTimeoutMs: 60_000,
};

/** What a request table needs of its port. */
export interface RequestTransport {
  /** The request as one line, ready to be written. Throws for what cannot be sent. */
  encode(id: number, method: string, params: unknown): string | Buffer;
  /** Writes a line; false when the pipe is full, until `resume` is called. */
  write(line: string | Buffer): boolean;
  /** The first request is open, or the last one is settled. */
  busy(isBusy: boolean): void;
}

/** Told of each request's life. All of it happens in the order sent, settled; a request that never was sent is only settled. */
export interface RequestObserver {
  sent(request: RequestFacts, queuedMs: number): void;
  settled(request: RequestFacts, error: unknown): void;
}

export interface RequestFacts {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly queuedAtMs: number;
}

/** What came back for a request: its result, or the error member of the answer. */
export type RequestOutcome = { readonly result: unknown } | { readonly error: RpcErrorFacts };

/** What the server answers to a request that it has not taken. */
const overloadedRpcCode = -32001;

class OpenRequest implements RequestFacts, RefusedRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly queuedAtMs: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Undefined once written. */
  line: string | Buffer | undefined;
  timer: TimerHandle | undefined = undefined;
  deadlineAtMs = Number.POSITIVE_INFINITY;
  overloads = 0;
  signal: AbortSignal | undefined = undefined;
  onAbort: (() => void) | undefined = undefined;
  isSettled = false;

  constructor(
    facts: RequestFacts,
    line: string | Buffer,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.id = facts.id;
    this.method = facts.method;
    this.params = facts.params;
    this.queuedAtMs = facts.queuedAtMs;
    this.line = line;
    this.resolve = resolve;
    this.reject = reject;
  }
}

/**
 * The client's requests: ids, correlation, deadlines, and the order in which they are sent.
 *
 * At most `inFlightMax` are with the server at a time, and none is written while the pipe is full; the others wait in order, in a
 * bounded queue. One that the server had no room for (-32001) is sent again after a pause, within its deadline. Each settles exactly once: by its response, deadline, signal, or `failAll`. A response that comes later is dropped
 * and counted.
 */
export class RequestTable {
  readonly #clock: Clock;
  readonly #limits: RequestLimits;
  readonly #transport: RequestTransport;
  readonly #observer: RequestObserver | undefined;
  readonly #inFlight = new Map<number, OpenRequest>();
  readonly #refused: OverloadBackoff<OpenRequest>;
  #queue: OpenRequest[] = [];
  #queueHead = 0;
  #queued = 0;
  #queuedBytes = 0;
  #nextId = 1;
  #isBlocked = false;
  #failure: Error | undefined = undefined;
  #lateResponses = 0;
  #unknownResponses = 0;

  /** @param random Numbers from 0 up to but not including 1, for pauses. */
  constructor(
    clock: Clock,
    limits: RequestLimits,
    transport: RequestTransport,
    observer?: RequestObserver,
    random: () => number = systemRandom,
  ) {
    this.#clock = clock;
    this.#refused = new OverloadBackoff(clock, random);
    this.#limits = limits;
    this.#transport = transport;
    this.#observer = observer;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Responses to requests that had been given up before. */
  get lateResponses(): number {
    return this.#lateResponses;
  }

  /** Responses with an id that was never sent. */
  get unknownResponses(): number {
    return this.#unknownResponses;
  }

  /** Sends a request when its turn comes. Rejects also for what `encode` throws. */
  request(method: string, params: unknown, options: PortRequestOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refusal = this.#failure ?? abortedBefore(options.signal);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      const facts = { id: this.#nextId, method, params, queuedAtMs: this.#clock.now() };
      const line = this.#transport.encode(facts.id, method, params);
      this.#nextId += 1;
      this.#admit(new OpenRequest(facts, line, resolve, reject), line, options);
    });
  }

  /** Settles the request of a response. `late` and `unknown` ones change nothing. */
  settle(id: unknown, outcome: RequestOutcome): 'settled' | 'late' | 'unknown' {
    const request = typeof id === 'number' ? this.#inFlight.get(id) : undefined;
    if (request === undefined) {
      const wasOurs = typeof id === 'number' && Number.isInteger(id) && id > 0 && id < this.#nextId;
      if (wasOurs) this.#lateResponses += 1;
      else this.#unknownResponses += 1;
      return wasOurs ? 'late' : 'unknown';
    }
    if (!('error' in outcome)) this.#finish(request, undefined, outcome.result);
    else if (outcome.error.code !== overloadedRpcCode || !this.#sendLater(request))
      this.#finish(request, rpcError(request.method, outcome.error));
    return 'settled';
  }

  /** The pipe takes more again. */
  resume(): void {
    this.#isBlocked = false;
    this.#pump();
  }

  /** Rejects every open request, and each later one, with `error`. */
  failAll(error: Error): void {
    this.#failure ??= error;
    const open = [
      ...this.#inFlight.values(),
      ...this.#refused.waiting,
      ...this.#queue.slice(this.#queueHead),
    ];
    for (const request of open) if (!request.isSettled) this.#finish(request, error);
  }

  get #mayWrite(): boolean {
    return !this.#isBlocked && this.#failure === undefined;
  }

  #admit(request: OpenRequest, line: string | Buffer, options: PortRequestOptions): void {
    const waits = this.#mustWait;
    if (waits && !this.#enqueue(request, line)) return;
    this.#arm(request, options);
    if (this.#open + (waits ? 0 : 1) === 1) this.#transport.busy(true);
    if (!waits) this.#send(request, line);
  }

  get #mustWait(): boolean {
    return this.#isBlocked || this.#queued > 0 || this.#inFlight.size >= this.#limits.inFlightMax;
  }

  get #open(): number {
    return this.#inFlight.size + this.#queued + this.#refused.size;
  }

  /** The server has not taken the request: whatever it asks for, sending it again is safe. */
  #sendLater(request: OpenRequest): boolean {
    if (this.#refused.size >= this.#limits.queueLengthMax) return false;
    if (!this.#refused.add(request, () => this.#sendAgain(request))) return false;
    this.#inFlight.delete(request.id);
    this.#pump();
    return true;
  }

  #sendAgain(request: OpenRequest): void {
    const line = this.#transport.encode(request.id, request.method, request.params);
    if (!this.#mustWait) {
      this.#send(request, line);
      return;
    }
    const refusal = this.#refusalOf(line);
    if (refusal !== undefined) {
      this.#finish(request, refusal);
      return;
    }
    request.line = line;
    this.#push(request, line);
  }

  #enqueue(request: OpenRequest, line: string | Buffer): boolean {
    const refusal = this.#refusalOf(line);
    if (refusal === undefined) this.#push(request, line);
    else request.reject(refusal);
    return refusal === undefined;
  }

  #refusalOf(line: string | Buffer): QueueFullError | undefined {
    const { queueLengthMax, queueBytesMax } = this.#limits;
    if (this.#queued >= queueLengthMax)
      return new QueueFullError('requests of the Codex process', queueLengthMax);
    // One request is taken at any size: else a prompt larger than the queue could never be sent.
    return this.#queued > 0 && this.#queuedBytes + line.length > queueBytesMax
      ? new QueueFullError('bytes of requests of the Codex process', queueBytesMax)
      : undefined;
  }

  #push(request: OpenRequest, line: string | Buffer): void {
    this.#queue.push(request);
    this.#queued += 1;
    this.#queuedBytes += line.length;
  }

  #arm(
    request: OpenRequest,
    { timeoutMs = this.#limits.requestTimeoutMs, signal }: PortRequestOptions,
  ): void {
    if (Number.isFinite(timeoutMs)) {
      request.deadlineAtMs = this.#clock.now() + timeoutMs;
      request.timer = this.#clock.setTimer(timeoutMs, () => {
        request.timer = undefined;
        this.#finish(request, new RequestTimeoutError(request.method, timeoutMs));
      });
    }
    if (signal === undefined) return;
    request.signal = signal;
    request.onAbort = () => this.#finish(request, new CancelledError({ cause: signal.reason }));
    signal.addEventListener('abort', request.onAbort, { once: true });
  }

  #send(request: OpenRequest, line: string | Buffer): void {
    request.line = undefined;
    this.#inFlight.set(request.id, request);
    if (request.overloads === 0) this.#observer?.sent(request, this.#clock.now() - request.queuedAtMs);
    if (!this.#transport.write(line)) this.#isBlocked = true;
  }

  #finish(request: OpenRequest, error: unknown, result?: unknown): void {
    request.isSettled = true;
    if (request.timer !== undefined) this.#clock.cancelTimer(request.timer);
    if (request.onAbort !== undefined) request.signal?.removeEventListener('abort', request.onAbort);
    this.#remove(request);
    if (error === undefined) request.resolve(result);
    else request.reject(error);
    this.#observer?.settled(request, error);
    this.#pump();
    if (this.#open === 0) this.#transport.busy(false);
  }

  #remove(request: OpenRequest): void {
    if (request.line === undefined) {
      this.#inFlight.delete(request.id);
      this.#refused.remove(request);
      return;
    }
    this.#queued -= 1;
    this.#queuedBytes -= request.line.length;
    request.line = undefined;
    // While the pipe is full nothing is taken from the queue: what was given up there must not pile up.
    if (this.#queue.length - this.#queueHead > 2 * this.#queued + 1_024) {
      this.#queue = this.#queue.slice(this.#queueHead).filter((waiting) => !waiting.isSettled);
      this.#queueHead = 0;
    }
  }

  #pump(): void {
    while (this.#queued > 0 && this.#mayWrite && this.#inFlight.size < this.#limits.inFlightMax) {
      const request = this.#nextQueued();
      if (request?.line === undefined) return;
      const { line } = request;
      this.#queued -= 1;
      this.#queuedBytes -= line.length;
      this.#send(request, line);
    }
    if (this.#queued === 0 && this.#queue.length > 0) {
      this.#queue = [];
      this.#queueHead = 0;
    }
  }

  /** The oldest that still waits; those given up in the queue are passed over. */
  #nextQueued(): OpenRequest | undefined {
    let request = this.#queue[this.#queueHead];
    while (request?.isSettled === true) {
      this.#queueHead += 1;
      request = this.#queue[this.#queueHead];
    }
    this.#queueHead += 1;
    if (this.#queueHead > 1_024 && this.#queueHead * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#queueHead);
      this.#queueHead = 0;
    }
    return request;
  }
}

function abortedBefore(signal: AbortSignal | undefined): Error | undefined {
  return signal?.aborted === true ? new CancelledError({ cause: signal.reason }) : undefined;
}
