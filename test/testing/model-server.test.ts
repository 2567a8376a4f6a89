import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { begin, drop, httpError, ScriptedModel, text } from '../../src/testing/index.ts';

function post(model: ScriptedModel, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${model.url}/responses`, { method: 'POST', body: JSON.stringify(body), headers });
}

it('a token is not shown, and can be checked', async () => {
  await using model = await ScriptedModel.start();
  const answer = await post(model, { input: [] }, { authorization: 'Bearer sk-secret' });
  await answer.text();
  const [request] = model.requests;
  expect(request?.headers.authorization).toBe('[redacted]');
  expect(inspect(request, { showHidden: true, depth: 9 })).not.toContain('sk-secret');
  expect([request?.carriesToken('sk-secret'), request?.carriesToken('sk-other')]).toEqual([true, false]);
});

it('closing ends a held response and whoever waits for a request', async () => {
  const model = await ScriptedModel.start();
  const gate = model.hold();
  model.enqueue([begin(), gate.action]);
  const answer = await post(model, { input: [] });
  const waiting = model.waitForRequest((request) => request.threadId === 'nobody');
  const reached = gate.reached(2);
  await Promise.all([
    expect(waiting).rejects.toThrow('closed before a matching request came'),
    expect(answer.text()).rejects.toThrow(),
    model.close(),
    reached,
  ]);
  await expect(model.waitForRequest(() => false)).rejects.toThrow('no request will come');
  await model.close();
});

it('a status after something was sent is refused, and said so', async () => {
  await using model = await ScriptedModel.start();
  model.enqueue([text('first'), httpError(500)], [drop({ times: 0 }), httpError(503)]);
  const misplaced = await post(model, { input: [] });
  expect([misplaced.status, await misplaced.text()]).toEqual([
    400,
    expect.stringContaining('not after text'),
  ]);
  expect((await post(model, { input: [] })).status).toBe(503);
});

it('the queue is served in order, then the function, then the default', async () => {
  await using model = await ScriptedModel.start({ defaultResponse: [text('default')] });
  model
    .enqueue([text('one')], [text('two')])
    .script(({ number }) => (number === 3 ? [text('function')] : undefined));
  const answers = [];
  for (let index = 0; index < 4; index++) answers.push(await (await post(model, { input: [] })).text());
  const said = answers.map((answer) => /"delta":"(\w+)"/.exec(answer)?.[1]);
  expect(said).toEqual(['one', 'two', 'function', 'default']);
});

it('a request for a WebSocket is answered with 426, so that Codex goes on by HTTP at once', async () => {
  await using model = await ScriptedModel.start();
  const upgrade = { connection: 'upgrade', upgrade: 'websocket' };
  const asked = request(`${model.url}/responses`, { headers: upgrade }).end();
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  answer?.resume();
  expect(answer?.statusCode).toBe(426);
  expect(model.requests).toHaveLength(0);
});

it('only POST /v1/responses is answered, and only up to the limit of bytes', async () => {
  await using model = await ScriptedModel.start({ requestBytesMax: 100 });
  expect((await fetch(`${model.url}/models`)).status).toBe(404);
  expect((await post(model, { input: ['x'.repeat(200)] })).status).toBe(413);
  expect(model.requests).toHaveLength(0);
  expect((await post(model, { input: [] })).status).toBe(200);
});

it('the log keeps the newest requests and counts those it dropped', async () => {
  await using model = await ScriptedModel.start({ requestsMax: 2 });
  for (let index = 0; index < 5; index++) await (await post(model, { input: [] })).text();
  expect(model.requests.map((request) => request.number)).toEqual([4, 5]);
  expect(model.requestsDropped).toBe(3);
  model.forgetRequests();
  expect([model.requests.length, model.requestsDropped]).toEqual([0, 0]);
});
