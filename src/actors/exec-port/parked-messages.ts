import type { PortNotification } from './thread-route.ts';

/** How much may wait for threads that are not attached yet. At any limit the oldest message goes first. */
export interface ParkingLimits {
  /** Messages kept for one thread. Default 1,024. */
  readonly messagesPerThreadMax: number;
  /** Bytes of JSON kept for one thread. Default 1 MiB. */
  readonly bytesPerThreadMax: number;
  /** Bytes of JSON kept for all threads. Default 16 MiB. */
  readonly bytesMax: number;
  /** Threads that messages are kept for. Default 1,024. */
  readonly threadsMax: number;
}

export const defaultParkingLimits: ParkingLimits = {
  messagesPerThreadMax: 1_024,
  bytesPerThreadMax: 1024 * 1024,
  bytesMax: 16 * 1024 * 1024,
  threadsMax: 1_024,
};

interface Parked {
  readonly notification: PortNotification;
  readonly bytes: number;
}

interface ParkedThread {
  readonly queue: Parked[];
  /** Index of the oldest message: dropping from the front of an array would copy it. */
  head: number;
  bytes: number;
}

/** Early notifications of threads that nobody is attached to yet, in order, in bounded memory. */
export class ParkedMessages {
  readonly #limits: ParkingLimits;
  /** In the order in which threads first had something parked. */
  readonly #threads = new Map<string, ParkedThread>();
  #bytes = 0;
  #dropped = 0;

  constructor(limits: ParkingLimits) {
    this.#limits = limits;
  }

  /** Messages dropped so far because of a limit. */
  get dropped(): number {
    return this.#dropped;
  }

  get threads(): number {
    return this.#threads.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  park(threadId: string, notification: PortNotification): void {
    const bytes = bytesOf(notification);
    const thread = this.#threads.get(threadId) ?? this.#open(threadId);
    thread.queue.push({ notification, bytes });
    thread.bytes += bytes;
    this.#bytes += bytes;
    while (this.#isOverFull(thread)) this.#dropOldest(threadId, thread);
    while (this.#bytes > this.#limits.bytesMax) this.#dropOldestOfAll();
  }

  /** Removes and returns what waits for a thread, oldest first. */
  take(threadId: string): readonly PortNotification[] {
    const thread = this.#threads.get(threadId);
    if (thread === undefined) return [];
    this.#close(threadId, thread);
    return thread.queue.slice(thread.head).map((parked) => parked.notification);
  }

  #open(threadId: string): ParkedThread {
    if (this.#threads.size >= this.#limits.threadsMax) this.#dropOldestThread();
    const thread = { queue: [], head: 0, bytes: 0 };
    this.#threads.set(threadId, thread);
    return thread;
  }

  #close(threadId: string, thread: ParkedThread): void {
    this.#threads.delete(threadId);
    this.#bytes -= thread.bytes;
  }

  #isOverFull({ queue, head, bytes }: ParkedThread): boolean {
    return queue.length - head > this.#limits.messagesPerThreadMax || bytes > this.#limits.bytesPerThreadMax;
  }

  #dropOldest(threadId: string, thread: ParkedThread): void {
    const bytes = thread.queue[thread.head]?.bytes ?? 0;
    thread.head += 1;
    thread.bytes -= bytes;
    this.#bytes -= bytes;
    this.#dropped += 1;
    if (thread.head === thread.queue.length) this.#close(threadId, thread);
    else if (thread.head * 2 > thread.queue.length) thread.head -= thread.queue.splice(0, thread.head).length;
  }

  #dropOldestOfAll(): void {
    for (const [threadId, thread] of this.#threads) {
      this.#dropOldest(threadId, thread);
      return;
    }
  }

  #dropOldestThread(): void {
    for (const [threadId, thread] of this.#threads) {
      this.#dropped += thread.queue.length - thread.head;
      this.#close(threadId, thread);
      return;
    }
  }
}

/** About the length of its line. Measured here and not for every line: few messages are ever parked. */
function bytesOf({ method, params }: PortNotification): number {
  return method.length + (JSON.stringify(params)?.length ?? 0);
}
