import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overloadPolicy } from '../../../src/actors/exec-port/overload-backoff.ts';
import {
  defaultRequestLimits,
  type RequestLimits,
  RequestTable,
} from '../../../src/actors/exec-port/request-table.ts';
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts';

const noRoom = { error: { code: -32001, message: 'Server overloaded; retry later.' } };

/** A table whose pipe takes notes; `isFull` makes each write the last one until `resume`. */
function tableWith(limits: Partial<RequestLimits> = {}, random = 0) {
  const written: number[] = [];
  const busy: boolean[] = [];
  const clock = new SimulatedClock();
  const pipe = { isFull: false };
  const table = new RequestTable(
    clock,
    { ...defaultRequestLimits, ...limits },
    {
      encode: (id, method) => {
        if (method === 'bad') throw new TypeError('cannot be sent');
        return String(id);
      },
      write: (line) => {
        written.push(Number(line));
        return !pipe.isFull;
      },
      busy: (isBusy) => void busy.push(isBusy),
    },
    undefined,
    () => random,
  );
  return { table, written, busy, clock, pipe };
}

/** How each request ended, in the order of their ends. */
function outcomes() {
  const ends: string[] = [];
  const watch = (name: string, request: Promise<unknown>) =>
    request.then(
      (result) => void ends.push(`${name}: ${String(result)}`),
      (error: { code?: string; message: string }) =>
        void ends.push(`${name}: ${error.code ?? error.message}`),
    );
  return { ends, watch };
}

describe('the request table', () => {
  test('sends at most inFlightMax, and the others in order as answers come', async () => {
    const { table, written } = tableWith({ inFlightMax: 2 });
    const { ends, watch } = outcomes();
    const all = [1, 2, 3, 4].map((n) => watch(`r${n}`, table.request('m', {})));
    expect(written).toEqual([1, 2]);
    table.settle(2, { result: 'b' });
    expect(written).toEqual([1, 2, 3]);
    table.settle(1, { result: 'a' });
    table.settle(4, { result: 'd' });
    table.settle(3, { result: 'c' });
    await Promise.all(all);
    expect(written).toEqual([1, 2, 3, 4]);
    expect(ends).toEqual(['r2: b', 'r1: a', 'r4: d', 'r3: c']);
  });

  test('writes nothing while the pipe is full', () => {
    const { table, written, pipe } = tableWith();
    pipe.isFull = true;
    for (let n = 0; n < 3; n += 1) table.request('m', {}).catch(() => {});
    expect(written).toEqual([1]);
    table.resume();
    expect(written).toEqual([1, 2]);
    pipe.isFull = false;
    table.resume();
    expect(written).toEqual([1, 2, 3]);
  });

  test('refuses one more than may wait, by count and by bytes', async () => {
    for (const limits of [{ queueLengthMax: 1 }, { queueBytesMax: 1 }]) {
      const { table, pipe } = tableWith(limits);
      pipe.isFull = true;
      for (let n = 0; n < 2; n += 1) table.request('m', {}).catch(() => {});
      await expect(table.request('m', {})).rejects.toMatchObject({ code: 'queue_full' });
      expect(table.queued).toBe(1);
    }
  });

  test('the deadline counts from the call, the wait in the queue included', async () => {
    const { table, clock } = tableWith({ inFlightMax: 1 });
    const { ends, watch } = outcomes();
    const all = [
      watch('sent', table.request('m', {}, { timeoutMs: 100 })),
      watch('waiting', table.request('m', {}, { timeoutMs: 100 })),
      watch('default', table.request('m', {})),
    ];
    await clock.advance(99);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual(['sent: request_timeout', 'waiting: request_timeout']);
    expect(table.settle(1, { result: 'late' })).toBe('late');
    await clock.advance(59_900);
    await Promise.all(all);
    expect(ends).toHaveLength(3);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a signal gives up a request, before, while it waits, and after it was sent', async () => {
    const { table, written } = tableWith({ inFlightMax: 1 });
    await expect(table.request('m', {}, { signal: AbortSignal.abort('no') })).rejects.toMatchObject({
      name: 'AbortError',
      cause: 'no',
    });
    const [sent, waiting] = [new AbortController(), new AbortController()];
    const first = table.request('m', {}, { signal: sent.signal });
    const second = table.request('m', {}, { signal: waiting.signal });
    waiting.abort();
    sent.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    expect(written).toEqual([1]);
    expect(table.settle(1, { result: 'late' })).toBe('late');
  });

  test('what cannot be written rejects its own request only', async () => {
    const { table, written } = tableWith();
    await expect(table.request('bad', {})).rejects.toThrow('cannot be sent');
    table.request('m', {}).catch(() => {});
    expect(written).toEqual([1]);
    expect(table.inFlight).toBe(1);
  });

  test('an error of the server rejects with its code and the method', async () => {
    const { table } = tableWith();
    const refused = table.request('turn/steer', {});
    table.settle(1, { error: { code: -32600, message: 'no active turn to steer' } });
    await expect(refused).rejects.toMatchObject({ code: 'rpc_invalid_request', method: 'turn/steer' });
  });

  test('a request that the server had no room for is sent again after a pause that grows', async () => {
    const { table, written, clock } = tableWith({}, 0.999);
    const answered = table.request('turn/start', {});
    for (const pauseMs of [99, 199]) {
      table.settle(1, noRoom);
      clock.advanceSync(pauseMs - 1);
      const before = written.length;
      clock.advanceSync(1);
      expect(written.length).toBe(before + 1);
    }
    table.settle(1, { result: 'done' });
    expect(await answered).toBe('done');
    expect(written).toEqual([1, 1, 1]);
  });

  test('one that finds no room for too long, or has not the time for another pause, is told so', async () => {
    const patient = tableWith({ requestTimeoutMs: 1_000_000 });
    const refused = patient.table.request('m', {});
    for (let n = 0; n < overloadPolicy.maxAttempts; n += 1) {
      patient.table.settle(1, noRoom);
      patient.clock.advanceSync(0);
    }
    await expect(refused).rejects.toMatchObject({ code: 'overloaded', method: 'm', retryable: true });
    const hasty = tableWith({}, 0.999);
    const late = hasty.table.request('m', {}, { timeoutMs: 50 });
    hasty.table.settle(1, noRoom);
    await expect(late).rejects.toMatchObject({ code: 'overloaded' });
    expect(hasty.clock.pendingTimers).toBe(0);
  });

  test('while a request waits to be sent again, others use its place', () => {
    const { table, written, clock } = tableWith({ inFlightMax: 1 });
    for (let n = 0; n < 2; n += 1) table.request('m', {}).catch(() => {});
    table.settle(1, noRoom);
    expect(written).toEqual([1, 2]);
    clock.advanceSync(0);
    expect(written).toEqual([1, 2]);
    table.settle(2, { result: null });
    expect(written).toEqual([1, 2, 1]);
  });

  test('the end of the process rejects all, sends none, and refuses what comes later', async () => {
    const { table, written, clock, busy } = tableWith({ inFlightMax: 1 });
    const { ends, watch } = outcomes();
    const all = ['a', 'b', 'c'].map((name) => watch(name, table.request('m', {})));
    table.failAll(new Error('gone'));
    all.push(watch('d', table.request('m', {})));
    await Promise.all(all);
    expect(new Set(ends)).toEqual(new Set(['a: gone', 'b: gone', 'c: gone', 'd: gone']));
    expect(written).toEqual([1]);
    expect(clock.pendingTimers).toBe(0);
    expect(busy).toEqual([true, false]);
  });

  test('whatever happens in whatever order, each request settles once and nothing is left', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('request' as const),
          timeoutMs: fc.integer({ min: 1, max: 50 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('settle' as const), id: fc.integer({ min: 0, max: 30 }) }),
      },
      fc.record({ do: fc.constant('overload' as const), id: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ do: fc.constant('abort' as const), id: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ do: fc.constantFrom('fill' as const, 'resume' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { table, clock, pipe, written, busy } = tableWith({ inFlightMax: 3, queueLengthMax: 5 });
        const aborts: AbortController[] = [];
        const settledTimes: number[] = [];
        const all: Promise<unknown>[] = [];
        for (const one of steps) {
          if (one.do === 'request') {
            const index = aborts.push(new AbortController()) - 1;
            settledTimes.push(0);
            const count = () => {
              settledTimes[index] = (settledTimes[index] ?? 0) + 1;
            };
            const { signal } = aborts[index] ?? new AbortController();
            all.push(table.request('m', {}, { timeoutMs: one.timeoutMs, signal }).then(count, count));
          } else if (one.do === 'settle') table.settle(one.id, { result: null });
          else if (one.do === 'overload') table.settle(one.id, noRoom);
          else if (one.do === 'abort') aborts[one.id]?.abort();
          else if (one.do === 'advance') clock.advanceSync(one.ms);
          else if (one.do === 'fill') pipe.isFull = true;
          else {
            pipe.isFull = false;
            table.resume();
          }
          expect(table.inFlight).toBeLessThanOrEqual(3);
          expect(table.queued).toBeLessThanOrEqual(5);
        }
        table.failAll(new Error('gone'));
        await Promise.all(all);
        expect(settledTimes.every((times) => times === 1)).toBe(true);
        expect(clock.pendingTimers).toBe(0);
        expect(table.inFlight + table.queued).toBe(0);
        // Those that the server has not taken come again; the others are in order.
        const first = written.filter((id, index) => written.indexOf(id) === index);
        expect(first).toEqual(first.toSorted((a, b) => a - b));
        const overloads = steps.filter((one) => one.do === 'overload').length;
        expect(written.length - first.length).toBeLessThanOrEqual(overloads);
        expect(busy.every((isBusy, index) => isBusy === (index % 2 === 0))).toBe(true);
        expect(busy.at(-1) ?? false).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
