import type { Clock, TimerHandle } from './clock.ts';

/** Timeouts of different length that keep a timer armed while no call waits; more than these are cancelled when empty. */
const idleQueuesMax = 16;

/** What ends after `timeoutMs`; the other fields belong to the queue it waits in. */
export interface Expiring {
  readonly timeoutMs: number;
  deadline: number;
  deadlines: DeadlineQueue | undefined;
  nextDeadline: Expiring | undefined;
  previousDeadline: Expiring | undefined;
  expire(): void;
}

/** The open calls of one timeout, oldest first: equal timeouts end in the order in which they began. */
export class DeadlineQueue {
  readonly #deadlines: Deadlines;
  readonly timeoutMs: number;
  timer: TimerHandle | undefined = undefined;
  #first: Expiring | undefined = undefined;
  #last: Expiring | undefined = undefined;

  constructor(deadlines: Deadlines, timeoutMs: number) {
    this.#deadlines = deadlines;
    this.timeoutMs = timeoutMs;
  }

  get first(): Expiring | undefined {
    return this.#first;
  }

  append(call: Expiring): void {
    call.deadlines = this;
    call.previousDeadline = this.#last;
    if (this.#last === undefined) this.#first = call;
    else this.#last.nextDeadline = call;
    this.#last = call;
  }

  remove(call: Expiring): void {
    if (call.previousDeadline === undefined) this.#first = call.nextDeadline;
    else call.previousDeadline.nextDeadline = call.nextDeadline;
    if (call.nextDeadline === undefined) this.#last = call.previousDeadline;
    else call.nextDeadline.previousDeadline = call.previousDeadline;
    call.previousDeadline = undefined;
    call.nextDeadline = undefined;
    call.deadlines = undefined;
    if (this.#first === undefined) this.#deadlines.emptied(this);
  }
}

/**
 * The timeouts of calls, with one timer for all calls of the same `timeoutMs`: most calls are answered long before, and must
 * not pay for a timer each.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #queues = new Map<number, DeadlineQueue>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Expires `call` after its `timeoutMs`, unless it is settled before. `Infinity` never expires. */
  watch(call: Expiring): void {
    if (call.timeoutMs === Number.POSITIVE_INFINITY) return;
    let queue = this.#queues.get(call.timeoutMs);
    if (queue === undefined) {
      queue = new DeadlineQueue(this, call.timeoutMs);
      this.#queues.set(call.timeoutMs, queue);
    }
    call.deadline = this.#clock.now() + call.timeoutMs;
    queue.append(call);
    if (queue.timer === undefined) this.#arm(queue, call.timeoutMs);
  }

  /** Lets an idle timer run out by itself, for the next call of that timeout, unless there are too many of them. */
  emptied(queue: DeadlineQueue): void {
    if (this.#queues.size > idleQueuesMax) this.#discard(queue);
  }

  /** Cancels all timers; open calls never expire afterwards. */
  close(): void {
    for (const queue of this.#queues.values()) this.#discard(queue);
  }

  #arm(queue: DeadlineQueue, delayMs: number): void {
    queue.timer = this.#clock.setTimer(delayMs, () => this.#expire(queue));
  }

  #expire(queue: DeadlineQueue): void {
    queue.timer = undefined;
    const now = this.#clock.now();
    for (let call = queue.first; call !== undefined && call.deadline <= now; call = queue.first)
      call.expire();
    if (queue.first !== undefined) this.#arm(queue, queue.first.deadline - now);
    else this.#queues.delete(queue.timeoutMs);
  }

  #discard(queue: DeadlineQueue): void {
    if (queue.timer !== undefined) this.#clock.cancelTimer(queue.timer);
    queue.timer = undefined;
    this.#queues.delete(queue.timeoutMs);
  }
}
