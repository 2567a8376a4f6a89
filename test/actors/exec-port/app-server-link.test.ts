import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { OpenServerRequests, refusalOf } from '../../../src/actors/exec-port/server-requests.ts';
import type { PortNotification, Respond } from '../../../src/actors/exec-port/thread-route.ts';
import { FakeLink } from './fake-app-server.ts';

function recordingRoute() {
  const notifications: PortNotification[] = [];
  const questions: { method: string; respond: Respond }[] = [];
  return {
    notifications,
    questions,
    notify: (notification: PortNotification) => void notifications.push(notification),
    request: ({ method }: { method: string }, respond: Respond) => void questions.push({ method, respond }),
  };
}

/** Bytes of buffers that are still in use: what may be collected has been. */
function bytesHeld(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

const line = (message: unknown): string => `${JSON.stringify(message)}\n`;

describe('lines of the server', () => {
  test('a garbage line costs that line: it is counted and reported, and what surrounds it arrives', async () => {
    await using fake = new FakeLink();
    const route = recordingRoute();
    fake.link.router.attach('t', route);
    const good = line({ method: 'item/started', params: { threadId: 't' } });
    await fake.write(`${good}not json\n[1]\n{"id":1.5,"result":{}}\n\n${good}`);
    expect(route.notifications).toHaveLength(2);
    expect(fake.skipped).toEqual([
      ['garbage', 8],
      ['garbage', 3],
      ['garbage', 22],
    ]);
    expect(fake.link.counters.skippedLines).toBe(3);
  });

  test('a response with an id that was never sent settles nobody', async () => {
    await using fake = new FakeLink();
    await fake.write(
      line({ id: 4_711, result: {} }) + line({ id: 'mine', result: {} }) + line({ id: 0, result: {} }),
    );
    expect(fake.link.counters.unknownResponses).toBe(3);
    expect(fake.link.counters.requestsInFlight).toBe(0);
  });

  test('half a line at the end of the process is a line', async () => {
    await using fake = new FakeLink();
    const route = recordingRoute();
    fake.link.router.attach('t', route);
    const text = JSON.stringify({ method: 'turn/completed', params: { threadId: 't' } });
    const died = fake.link.requests.request('test/dieAfter', { text });
    await expect(died).rejects.toThrow('ended by SIGKILL');
    expect(route.notifications).toEqual([
      { kind: 'notification', method: 'turn/completed', params: { threadId: 't' } },
    ]);
  });

  test('60 MB in one line and 60 MB of stderr pass in bounded memory', async () => {
    await using fake = new FakeLink('answers', { lineBytesMax: 8 * 1024 * 1024 });
    const before = bytesHeld();
    const flood = 60 * 1024 * 1024;
    await fake.link.requests.request('test/flood', { bytes: flood });
    expect(fake.skipped).toEqual([['too_long', expect.any(Number)]]);
    expect(fake.skipped[0]?.[1]).toBeGreaterThan(flood);
    expect(fake.link.counters.stderrBytes).toBeGreaterThanOrEqual(flood);
    expect(fake.link.stderrTail.length).toBeLessThanOrEqual(16 * 1024 + 2);
    expect(bytesHeld() - before).toBeLessThan(2 * 1024 * 1024);
    await fake.write('');
  });

  test('a line of 60 MB within the limit arrives whole', async () => {
    await using fake = new FakeLink();
    await fake.link.requests.request('test/flood', { bytes: 60 * 1024 * 1024 });
    expect(fake.connection).toHaveLength(1);
    expect(JSON.stringify(fake.connection[0]?.params).length).toBeGreaterThan(60 * 1024 * 1024);
  });
});

describe('requests', () => {
  test('a late response is dropped and counted', async () => {
    await using fake = new FakeLink();
    const held = fake.link.requests.request('test/hold', {}, { timeoutMs: 1 });
    await expect(held).rejects.toMatchObject({ code: 'request_timeout', method: 'test/hold', timeoutMs: 1 });
    await fake.link.requests.request('test/release', {});
    await fake.write('');
    expect(fake.link.counters.lateResponses).toBe(1);
    expect(fake.skipped).toEqual([['late_response', 0]]);
  });

  test('a process that dies before it reads 20 MB rejects the request, and harms nobody', async () => {
    await using fake = new FakeLink('deaf');
    const prompt = 'x'.repeat(20 * 1024 * 1024);
    await expect(fake.link.requests.request('turn/start', { prompt })).rejects.toThrow('ended by 9');
    await expect(fake.link.requests.request('turn/start', {})).rejects.toThrow('ended by 9');
  });

  test('20 MB pass through a pipe that holds 64 kB, and the requests behind wait their turn', async () => {
    await using fake = new FakeLink();
    const text = `${'y'.repeat(20 * 1024 * 1024)}\n`;
    const first = fake.write(text);
    const second = fake.link.requests.request('test/pid', {});
    expect(fake.link.counters).toMatchObject({ requestsInFlight: 1, requestsQueued: 1 });
    await first;
    expect(await second).toBe(fake.link.pid);
    expect(fake.skipped).toEqual([['garbage', text.length - 1]]);
  });
});

describe('questions of the server', () => {
  const methods = [
    'item/commandExecution/requestApproval',
    'item/fileChange/requestApproval',
    'item/permissions/requestApproval',
    'item/tool/requestUserInput',
    'mcpServer/elicitation/request',
    'item/tool/call',
    'execCommandApproval',
    'applyPatchApproval',
    'account/chatgptAuthTokens/refresh',
    'attestation/generate',
    'something/new',
  ];

  test('each gets an answer although nobody is attached, unknown ones an error', async () => {
    await using fake = new FakeLink();
    await fake.write(methods.map((method, id) => line({ id, method, params: { threadId: 't' } })).join(''));
    expect(await fake.link.requests.request('test/answers', {})).toEqual(
      methods.map((method, id) => ({ id, ...refusalOf(method) })),
    );
  });

  test('the first answer counts, later ones are dropped', async () => {
    await using fake = new FakeLink();
    const route = recordingRoute();
    fake.link.router.attach('t', route);
    await fake.write(line({ id: 0, method: 'item/tool/call', params: { threadId: 't' } }));
    expect(fake.link.counters.openServerRequests).toBe(1);
    route.questions[0]?.respond({ result: { success: true, contentItems: [] } });
    route.questions[0]?.respond({ result: { success: false, contentItems: [] } });
    expect(await fake.link.requests.request('test/answers', {})).toEqual([
      { id: 0, result: { success: true, contentItems: [] } },
    ]);
    expect(fake.link.counters.openServerRequests).toBe(0);
  });

  test('what a thread leaves unanswered is refused when it detaches', async () => {
    await using fake = new FakeLink();
    const route = recordingRoute();
    fake.link.router.attach('t', route);
    await fake.write(line({ id: 5, method: 'item/fileChange/requestApproval', params: { threadId: 't' } }));
    fake.link.router.detach('t', route);
    route.questions[0]?.respond({ result: { decision: 'accept' } });
    expect(await fake.link.requests.request('test/answers', {})).toEqual([
      { id: 5, result: { decision: 'decline' } },
    ]);
  });

  test('an answer that is no JSON is told to who gave it, and the server gets an error', async () => {
    await using fake = new FakeLink();
    const route = recordingRoute();
    fake.link.router.attach('t', route);
    await fake.write(line({ id: 1, method: 'item/tool/call', params: { threadId: 't' } }));
    expect(() => route.questions[0]?.respond({ result: 1n })).toThrow(
      expect.objectContaining({ code: 'not_serializable' }),
    );
    expect(await fake.link.requests.request('test/answers', {})).toMatchObject([
      { id: 1, error: { code: -32603 } },
    ]);
  });

  test('a route that throws on a question has refused it', async () => {
    await using fake = new FakeLink();
    fake.link.router.attach('t', {
      notify: () => {},
      request: () => {
        throw new Error('boom');
      },
    });
    await fake.write(
      line({ id: 2, method: 'item/commandExecution/requestApproval', params: { threadId: 't' } }),
    );
    expect(await fake.link.requests.request('test/answers', {})).toEqual([
      { id: 2, result: { decision: 'decline' } },
    ]);
    expect(fake.routeFailures).toEqual([
      { threadId: 't', method: 'item/commandExecution/requestApproval', error: new Error('boom') },
    ]);
  });

  test('one more than may be open is refused at once', () => {
    const sent: unknown[] = [];
    const open = new OpenServerRequests((id, answer) => void sent.push([id, answer]), 1);
    expect(open.open('t', { id: 1, method: 'item/tool/call' })).toBeDefined();
    expect(open.open('t', { id: 2, method: 'item/fileChange/requestApproval' })).toBeUndefined();
    expect(sent).toEqual([[2, { result: { decision: 'decline' } }]]);
  });
});
