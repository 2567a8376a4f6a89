import { describe, expect, test } from 'vitest';
import type { Clock, TimerHandle } from '../../src/supervisor/clock.ts';
import {
  outboxMax,
  subscriberQueueMax,
  subscribersMax,
  TELEMETRY_EVENT_NAMES,
  TelemetryBus,
  type TelemetryBusOptions,
  type TelemetryEvent,
  type TelemetryPayloads,
} from '../../src/telemetry/index.ts';

/** A clock that stands still until `advance`. */
class StandingClock implements Clock {
  #now = 0;
  readonly #timers = new Map<TimerHandle, { readonly dueMs: number; readonly fire: () => void }>();

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): TimerHandle {
    const timer = { cancelled: false };
    this.#timers.set(timer, { dueMs: this.#now + delayMs, fire });
    return timer;
  }

  cancelTimer(timer: TimerHandle): void {
    this.#timers.delete(timer);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [timer, { dueMs, fire }] of this.#timers) {
      if (dueMs > this.#now) continue;
      this.#timers.delete(timer);
      fire();
    }
  }
}

function createBus(options: Partial<TelemetryBusOptions> = {}) {
  const clock = new StandingClock();
  let ids = 0;
  const bus = new TelemetryBus({
    clock,
    wallClock: () => 1_700_000_000_000,
    createId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    ...options,
  });
  return { bus, clock };
}

function recovering(threadId: string): TelemetryPayloads['thread.recovering'] {
  return { path: 'codex/threads/1', threadId, error: { name: 'PortExitError', message: 'gone' } };
}

function createGate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const publishMany = (bus: TelemetryBus, count: number) => {
  for (let i = 0; i < count; i += 1) bus.publish('thread.recovering', () => recovering(`t${i}`));
};

describe('publishing', () => {
  test('a payload is not built while nobody subscribes to its name', async () => {
    const { bus } = createBus();
    bus.subscribe('turn.stop', () => undefined);
    let built = 0;
    bus.publish('thread.recovering', () => {
      built += 1;
      return recovering('t');
    });
    await bus.flush();
    expect(built).toBe(0);
  });

  test('has tells exactly the names someone subscribes to, and forgets them when the last one leaves', () => {
    const { bus } = createBus();
    const first = bus.subscribe(['turn.start', 'turn.stop'], () => undefined);
    const second = bus.subscribe('turn.stop', () => undefined);
    expect([bus.has('turn.start'), bus.has('turn.stop'), bus.has('item.stop')]).toEqual([true, true, false]);
    first.unsubscribe();
    expect([bus.has('turn.start'), bus.has('turn.stop')]).toEqual([false, true]);
    first.unsubscribe();
    expect(bus.has('turn.stop')).toBe(true);
    second.unsubscribe();
    expect(bus.has('turn.stop')).toBe(false);
  });

  test('an event is its name, the wall clock time, and the payload, flat', async () => {
    const { bus } = createBus();
    const events: TelemetryEvent[] = [];
    bus.subscribe('*', (event) => events.push(event));
    bus.publish('thread.recovering', () => recovering('t'));
    await bus.flush();
    expect(events).toEqual([
      { name: 'thread.recovering', timestampMs: 1_700_000_000_000, ...recovering('t') },
    ]);
  });

  test('without a wall clock of its own, an event has the system’s time', async () => {
    const bus = new TelemetryBus({ clock: new StandingClock() });
    const times: number[] = [];
    bus.subscribe('thread.recovering', (event) => times.push(event.timestampMs));
    times.push(Date.now());
    bus.publish('thread.recovering', () => recovering('t'));
    await bus.flush();
    times.push(Date.now());
    expect(times.length).toBe(3);
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
  });

  test('a handler never runs on the publisher’s stack', async () => {
    const { bus } = createBus();
    const order: string[] = [];
    bus.subscribe('thread.recovering', () => order.push('handler'));
    bus.publish('thread.recovering', () => recovering('t'));
    order.push('publisher');
    await bus.flush();
    expect(order).toEqual(['publisher', 'handler']);
  });

  test('every subscriber gets events of all its names in the order they were published', async () => {
    const { bus } = createBus();
    const seen: string[] = [];
    bus.subscribe(['thread.recovering', 'thread.resumed'], (event) => seen.push(event.name));
    bus.publish('thread.recovering', () => recovering('t'));
    bus.publish('thread.resumed', () => ({ path: 'p', threadId: 't', recoveryMs: 1 }));
    bus.publish('thread.recovering', () => recovering('t'));
    await bus.flush();
    expect(seen).toEqual(['thread.recovering', 'thread.resumed', 'thread.recovering']);
  });

  test('a handler that publishes what it listens to does not keep I/O from running', async () => {
    const { bus } = createBus();
    let rounds = 0;
    const subscription = bus.subscribe('thread.recovering', () => {
      rounds += 1;
      bus.publish('thread.recovering', () => recovering('again'));
    });
    bus.publish('thread.recovering', () => recovering('first'));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(rounds).toBeGreaterThan(0);
    subscription.unsubscribe();
    await bus.flush();
  });

  test('a burst beyond the outbox drops its oldest events and counts them', async () => {
    const { bus } = createBus();
    const seen: (string | null)[] = [];
    bus.subscribe('thread.recovering', (event) => seen.push(event.threadId), { queueMax: outboxMax });
    publishMany(bus, outboxMax + 3);
    await bus.flush();
    expect(bus.dropped).toBe(3);
    expect(seen.length).toBe(outboxMax);
    expect(seen[0]).toBe('t3');
  });
});

describe('subscribers', () => {
  test('a handler that throws or rejects is counted and told of, and nobody else notices', async () => {
    const failures: unknown[] = [];
    const { bus } = createBus({
      onSubscriberFailure: (error, name) => {
        failures.push([error, name]);
        throw new Error('the reporter fails too');
      },
    });
    const thrown = new Error('thrown');
    const rejected = new Error('rejected');
    const first = bus.subscribe('thread.recovering', () => {
      throw thrown;
    });
    const second = bus.subscribe('thread.recovering', () => Promise.reject(rejected));
    const third = bus.subscribe('thread.recovering', () => undefined);
    publishMany(bus, 2);
    await bus.flush();
    expect([first.failed, second.failed, third.failed]).toEqual([2, 2, 0]);
    expect(third.delivered).toBe(2);
    expect(failures).toContainEqual([thrown, 'thread.recovering']);
    expect(failures).toContainEqual([rejected, 'thread.recovering']);
  });

  test('a slow subscriber loses its own oldest events and delays nobody', async () => {
    const { bus } = createBus();
    const gate = createGate();
    const slowSeen: (string | null)[] = [];
    const slow = bus.subscribe(
      'thread.recovering',
      (event) => {
        slowSeen.push(event.threadId);
        return gate.opened;
      },
      { queueMax: 2 },
    );
    const fast = bus.subscribe('thread.recovering', () => undefined);
    bus.publish('thread.recovering', () => recovering('held'));
    await new Promise(setImmediate);
    publishMany(bus, 5);
    await new Promise(setImmediate);
    expect(fast.delivered).toBe(6);
    expect(slow.dropped).toBe(3);
    gate.open();
    await bus.flush();
    expect(slowSeen).toEqual(['held', 't3', 't4']);
  });

  test('a subscriber keeps at most subscriberQueueMax events unless told otherwise', async () => {
    const { bus } = createBus();
    const gate = createGate();
    const slow = bus.subscribe('thread.recovering', () => gate.opened);
    bus.publish('thread.recovering', () => recovering('held'));
    await new Promise(setImmediate);
    const allPassedOn = new Promise<void>((resolve) => {
      const last = `t${subscriberQueueMax + 6}`;
      bus.subscribe('thread.recovering', (event) => event.threadId === last && resolve());
    });
    publishMany(bus, subscriberQueueMax + 7);
    await allPassedOn;
    gate.open();
    await bus.flush();
    expect(slow.dropped + slow.delivered).toBe(subscriberQueueMax + 8);
    expect(slow.dropped).toBe(7);
  });

  test('after unsubscribing nothing more is delivered, not even what was queued', async () => {
    const { bus } = createBus();
    const seen: unknown[] = [];
    const subscription = bus.subscribe('thread.recovering', (event) => {
      seen.push(event.threadId);
      subscription.unsubscribe();
    });
    publishMany(bus, 3);
    await bus.flush();
    expect(seen).toEqual(['t0']);
  });

  test('a subscription ends with its scope, and with its signal', () => {
    const { bus } = createBus();
    {
      using subscription = bus.subscribe('turn.stop', () => undefined);
      expect([bus.has('turn.stop'), subscription.delivered]).toEqual([true, 0]);
    }
    expect(bus.has('turn.stop')).toBe(false);
    const controller = new AbortController();
    bus.subscribe('turn.stop', () => undefined, { signal: controller.signal });
    expect(bus.has('turn.stop')).toBe(true);
    controller.abort();
    expect(bus.has('turn.stop')).toBe(false);
    bus.subscribe('turn.stop', () => undefined, { signal: controller.signal });
    expect(bus.has('turn.stop')).toBe(false);
  });

  test('a name that does not exist is refused with the names that do', () => {
    const { bus } = createBus();
    const name: string = 'turn.finished';
    const subscribe: (name: never, handler: () => void) => unknown = bus.subscribe.bind(bus);
    expect(() => Reflect.apply(subscribe, undefined, [name, () => undefined])).toThrow(
      expect.objectContaining({
        code: 'invalid_option',
        field: 'names',
        message: expect.stringMatching(/turn\.finished.*turn\.stop/),
      }),
    );
  });

  test.each([undefined, null, 5, () => undefined])('names that are %s are refused at the call', (names) => {
    const { bus } = createBus();
    expect(() => Reflect.apply(bus.subscribe, bus, [names, () => undefined])).toThrow(
      expect.objectContaining({ code: 'invalid_option', field: 'names' }),
    );
  });

  test('a queue of less than one event is refused', () => {
    const { bus } = createBus();
    for (const queueMax of [0, -1, 1.5, Number.NaN]) {
      expect(() => bus.subscribe('turn.stop', () => undefined, { queueMax })).toThrow(/queueMax/);
    }
    expect(bus.has('turn.stop')).toBe(false);
  });

  test('one subscriber too many is refused', () => {
    const { bus } = createBus();
    for (let i = 0; i < subscribersMax; i += 1) bus.subscribe('turn.stop', () => undefined);
    expect(() => bus.subscribe('turn.stop', () => undefined)).toThrow(/at most 64/);
  });

  test.each([undefined, null, 'turn.stop', {}])('a handler that is %s is refused at the call', (handler) => {
    const { bus } = createBus();
    expect(() => Reflect.apply(bus.subscribe, bus, ['turn.stop', handler])).toThrow(
      expect.objectContaining({ code: 'invalid_option', field: 'handler', accepted: 'a function' }),
    );
    expect(bus.has('turn.stop')).toBe(false);
  });
});

describe('closing', () => {
  test('close delivers what was published before it, and nothing after', async () => {
    const { bus, clock } = createBus();
    const seen: (string | null)[] = [];
    bus.subscribe('thread.recovering', (event) => seen.push(event.threadId));
    bus.publish('thread.recovering', () => recovering('before'));
    const closing = bus.close();
    bus.publish('thread.recovering', () => recovering('after'));
    await closing;
    expect(seen).toEqual(['before']);
    expect(clock.pendingTimers).toBe(0);
    expect(bus.subscribe('turn.stop', () => undefined).delivered).toBe(0);
    expect(bus.has('turn.stop')).toBe(false);
  });

  test('close waits for a stuck subscriber no longer than its timeout', async () => {
    const { bus, clock } = createBus();
    const stuck = bus.subscribe('thread.recovering', () => new Promise(() => undefined));
    publishMany(bus, 3);
    await new Promise(setImmediate);
    const closing = bus.close({ timeoutMs: 250 });
    clock.advance(250);
    await closing;
    expect([stuck.delivered, stuck.dropped]).toEqual([1, 2]);
  });
});

describe('what may leave', () => {
  test('an error is its class, its code and a redacted message of bounded length', () => {
    const { bus } = createBus({ redact: (text) => text.replaceAll('sk-secret', '***') });
    const error = Object.assign(new TypeError(`key sk-secret ${'x'.repeat(1_000)}`), {
      code: 'bad_key',
      prompt: 'mine',
    });
    const summary = bus.error(error);
    expect(Object.keys(summary)).toEqual(['name', 'code', 'message']);
    expect([summary.name, summary.code, summary.message.length]).toEqual(['TypeError', 'bad_key', 500]);
    expect(summary.message.startsWith('key *** xxx')).toBe(true);
  });

  test('anything thrown has a summary', () => {
    const { bus } = createBus();
    expect(bus.error('plain text')).toEqual({ name: 'Error', message: 'plain text' });
    expect(bus.error(undefined)).toEqual({ name: 'Error', message: 'a thrown value of type undefined' });
    expect(bus.error({ code: 7 })).toEqual({ name: 'Error', message: 'a thrown value of type object' });
  });

  test('every name is in lower case, of at most three parts, and listed once', () => {
    expect(new Set(TELEMETRY_EVENT_NAMES).size).toBe(TELEMETRY_EVENT_NAMES.length);
    for (const name of TELEMETRY_EVENT_NAMES) expect(name).toMatch(/^[a-z_]+(\.[a-z_]+){1,2}$/);
  });

  test('every span has all three of start, stop and exception', () => {
    const names: readonly string[] = TELEMETRY_EVENT_NAMES;
    for (const name of names) {
      const span = /^(.*)\.(start|stop|exception)$/.exec(name)?.[1];
      if (span === undefined) continue;
      for (const end of ['start', 'stop', 'exception']) expect(names).toContain(`${span}.${end}`);
    }
  });
});
