import { describe, expect, test } from 'vitest';
import { defaultParkingLimits } from '../../../src/actors/exec-port/parked-messages.ts';
import { defaultRouterLimits, ThreadRouter } from '../../../src/actors/exec-port/router.ts';
import type { Respond, ThreadRoute } from '../../../src/actors/exec-port/thread-route.ts';

const limits = { ...defaultParkingLimits, ...defaultRouterLimits };
const question = {
  id: 0,
  method: 'item/commandExecution/requestApproval',
  params: { threadId: 'thread', turnId: 'turn', itemId: 'item' },
};
const yes = { result: { decision: 'accept' } };
const no = { result: { decision: 'decline' } };

/** A router with a thread whose route takes its questions over, or does not. */
function attached(takesOver: boolean) {
  const sent: (readonly [id: unknown, answer: unknown])[] = [];
  const asked: Respond[] = [];
  const router = new ThreadRouter(
    (id, answer) => sent.push([id, answer]),
    { connectionNotified: () => undefined, routeFailed: () => undefined },
    limits,
  );
  const route: ThreadRoute = {
    notify: () => undefined,
    request: (_request, respond, keep) => {
      asked.push(respond);
      if (takesOver) keep();
    },
  };
  router.attach('thread', route);
  return { router, route, sent, asked };
}

describe('a question that was taken over', () => {
  test('is not refused when its thread detaches, and its answer counts afterwards', () => {
    const { router, sent, asked } = attached(true);
    router.serverRequest(question);
    router.detach('thread');
    expect(sent).toEqual([]);
    asked[0]?.(yes);
    expect(sent).toEqual([[0, yes]]);
  });

  test('is not refused when another route takes the thread', () => {
    const { router, route, sent } = attached(true);
    router.serverRequest(question);
    router.attach('thread', { ...route });
    expect(sent).toEqual([]);
  });

  test('is neither passed on nor refused when Codex asks it again, with a route or without', () => {
    const { router, sent, asked } = attached(true);
    router.serverRequest(question);
    router.serverRequest(question);
    router.detach('thread');
    router.serverRequest(question);
    expect(asked).toHaveLength(1);
    expect(sent).toEqual([]);
  });

  test('is answered once', () => {
    const { router, sent, asked } = attached(true);
    router.serverRequest(question);
    asked[0]?.(yes);
    asked[0]?.(no);
    expect(sent).toEqual([[0, yes]]);
  });

  test('is over when Codex has resolved it: its number may come again for another', () => {
    const { router, sent, asked } = attached(true);
    router.serverRequest(question);
    router.notification({ method: 'serverRequest/resolved', params: { threadId: 'thread', requestId: 0 } });
    asked[0]?.(yes);
    expect(sent).toEqual([]);
    router.serverRequest(question);
    expect(asked).toHaveLength(2);
  });
});

test('a question that nobody took over is refused when its thread detaches', () => {
  const { router, sent } = attached(false);
  router.serverRequest(question);
  router.detach('thread');
  expect(sent).toEqual([[0, no]]);
});

test('an approval of the old protocol goes to the thread that it calls a conversation', () => {
  const { router, asked } = attached(false);
  router.serverRequest({ id: 1, method: 'execCommandApproval', params: { conversationId: 'thread' } });
  expect(asked).toHaveLength(1);
});
