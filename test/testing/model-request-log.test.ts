import { expect, it } from 'vitest';
import { ModelRequest } from '../../src/testing/model-request.ts';
import { ModelRequestLog } from '../../src/testing/model-request-log.ts';

function request(number: number, bytes = 10): ModelRequest {
  return new ModelRequest(number, { 'thread-id': `t${number}` }, Buffer.alloc(bytes));
}

it('the oldest requests go when there are too many bytes, but never the newest', () => {
  const log = new ModelRequestLog({ requestsMax: 100, bytesMax: 25 });
  for (const number of [1, 2, 3]) log.add(request(number));
  expect(log.all.map((kept) => kept.number)).toEqual([2, 3]);
  log.add(request(4, 1_000));
  expect(log.all.map((kept) => kept.number)).toEqual([4]);
  expect(log.dropped).toBe(3);
});

it('a wait is answered by a request already there, or else by the next that matches', async () => {
  const log = new ModelRequestLog();
  log.add(request(1));
  expect((await log.waitFor((seen) => seen.threadId === 't1')).number).toBe(1);
  const third = log.waitFor((seen) => seen.threadId === 't3');
  log.add(request(2));
  log.add(request(3));
  expect((await third).number).toBe(3);
});

it('a predicate that throws rejects its own wait and no other', async () => {
  const log = new ModelRequestLog();
  const bad = log.waitFor(() => {
    throw new Error('bad predicate');
  });
  const good = log.waitFor(() => true);
  log.add(request(1));
  await expect(bad).rejects.toThrow('bad predicate');
  expect((await good).number).toBe(1);
});

it('an abort ends a wait with its reason, before or while waiting', async () => {
  const log = new ModelRequestLog();
  const controller = new AbortController();
  const waiting = log.waitFor(() => true, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(log.waitFor(() => true, controller.signal)).rejects.toThrow('enough');
});
