import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultParkingLimits, ParkedMessages } from '../../../src/actors/exec-port/parked-messages.ts';
import {
  defaultRouterLimits,
  type RouterLimits,
  ThreadRouter,
} from '../../../src/actors/exec-port/router.ts';
import type { PortNotification } from '../../../src/actors/exec-port/thread-route.ts';

function routerWith(limits: Partial<RouterLimits> = {}) {
  const sent: unknown[] = [];
  const connection: string[] = [];
  const failures: unknown[] = [];
  const router = new ThreadRouter(
    (id, answer) => void sent.push([id, answer]),
    {
      connectionNotified: ({ method }) => void connection.push(method),
      routeFailed: (failure) => void failures.push(failure),
    },
    { ...defaultParkingLimits, ...defaultRouterLimits, ...limits },
  );
  return { router, sent, connection, failures };
}

const say = (threadId: string, n: number): PortNotification => ({
  method: 'item/started',
  params: { threadId, n },
});

function recorder() {
  const seen: unknown[] = [];
  return { seen, notify: ({ params }: PortNotification) => void seen.push(params), request: () => {} };
}

describe('the router', () => {
  test('a message without a thread concerns the connection', () => {
    const { router, connection } = routerWith();
    for (const params of [{}, null, 'text', { threadId: null }, undefined]) {
      router.notification({ method: 'configWarning', params });
    }
    expect(connection).toHaveLength(5);
  });

  test('thread/started is routed by the thread it holds', () => {
    const { router } = routerWith();
    const route = recorder();
    router.attach('t', route);
    router.notification({ method: 'thread/started', params: { thread: { id: 't' } } });
    expect(route.seen).toHaveLength(1);
  });

  test('a thread gets its own messages only, early ones first, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 50 }),
        (script) => {
          const { router } = routerWith();
          const routes = new Map<string, ReturnType<typeof recorder>>();
          const attach = (threadId: string) => {
            const route = recorder();
            routes.set(threadId, route);
            router.attach(threadId, route);
          };
          script.forEach(([threadId, attachFirst], n) => {
            if (attachFirst && !routes.has(threadId)) attach(threadId);
            router.notification(say(threadId, n));
          });
          for (const threadId of ['a', 'b', 'c']) {
            if (!routes.has(threadId)) attach(threadId);
            const own = script.flatMap(([id], n) => (id === threadId ? [{ threadId, n }] : []));
            expect(routes.get(threadId)?.seen).toEqual(own);
          }
        },
      ),
    );
  });

  test('what comes after a thread has detached is dropped and counted, not replayed to the next', () => {
    const { router } = routerWith();
    const [first, second] = [recorder(), recorder()];
    router.attach('t', first);
    router.detach('t', first);
    router.notification(say('t', 1));
    router.attach('t', second);
    router.notification(say('t', 2));
    expect(second.seen).toEqual([{ threadId: 't', n: 2 }]);
    expect(router.droppedNotifications).toBe(1);
  });

  test('a route that was replaced cannot detach its successor', () => {
    const { router } = routerWith();
    const [first, second] = [recorder(), recorder()];
    router.attach('t', first);
    router.attach('t', second);
    router.detach('t', first);
    router.notification(say('t', 1));
    expect(first.seen).toEqual([]);
    expect(second.seen).toHaveLength(1);
  });

  test('a route that throws harms only its own message', () => {
    const { router, failures } = routerWith();
    const error = new Error('boom');
    const other = recorder();
    router.attach('bad', {
      notify: () => {
        throw error;
      },
      request: () => {},
    });
    router.attach('good', other);
    router.notification(say('bad', 1));
    router.notification(say('good', 2));
    expect(other.seen).toHaveLength(1);
    expect(failures).toEqual([{ threadId: 'bad', method: 'item/started', error }]);
  });

  test('one thread more than may be attached is refused', () => {
    const { router } = routerWith({ attachedThreadsMax: 1 });
    router.attach('a', recorder());
    router.attach('a', recorder());
    expect(() => router.attach('b', recorder())).toThrow(expect.objectContaining({ code: 'limit_exceeded' }));
  });

  test('a question that the server has settled itself takes no answer any more', () => {
    const { router, sent } = routerWith();
    let answer = () => {};
    router.attach('t', {
      notify: () => {},
      request: (_request, respond) => {
        answer = () => respond({ result: { decision: 'accept' } });
      },
    });
    router.serverRequest({ id: 3, method: 'item/fileChange/requestApproval', params: { threadId: 't' } });
    router.notification({ method: 'serverRequest/resolved', params: { threadId: 't', requestId: 3 } });
    answer();
    expect(router.openServerRequests).toBe(0);
    expect(sent).toEqual([]);
  });
});

describe('parked messages', () => {
  const limits = { messagesPerThreadMax: 4, bytesPerThreadMax: 200, bytesMax: 400, threadsMax: 3 };

  test('at every limit the oldest goes first, and each drop is counted', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ thread: fc.constantFrom('a', 'b', 'c', 'd', 'e'), size: fc.nat({ max: 150 }) }),
          {
            maxLength: 60,
          },
        ),
        (script) => {
          const parked = new ParkedMessages(limits);
          const said = new Map<string, PortNotification[]>();
          script.forEach(({ thread, size }, n) => {
            const notification = { method: 'm', params: { threadId: thread, n, filler: 'x'.repeat(size) } };
            said.set(thread, [...(said.get(thread) ?? []), notification]);
            parked.park(thread, notification);
            expect(parked.bytes).toBeLessThanOrEqual(limits.bytesMax);
            expect(parked.threads).toBeLessThanOrEqual(limits.threadsMax);
          });
          let kept = 0;
          for (const [thread, all] of said) {
            const taken = parked.take(thread);
            kept += taken.length;
            expect(taken.length).toBeLessThanOrEqual(limits.messagesPerThreadMax);
            // The newest of the thread, without a gap.
            expect(taken).toEqual(all.slice(all.length - taken.length));
          }
          expect(kept + parked.dropped).toBe(script.length);
          expect(parked.bytes).toBe(0);
        },
      ),
    );
  });
});
