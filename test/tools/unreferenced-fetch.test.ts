import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { BrokenExchangeError, unreferencedFetch } from '../../src/actors/mcp/unreferenced-fetch.ts';

/** Runs `use` with a server on loopback that answers so. */
async function withServer(answer: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`);
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

test('a request that is aborted, at whatever moment, rejects or is over, and ends nothing but itself', async () => {
  await withServer(
    (_request, response) => response.end('fine'),
    async (url) => {
      // An error that nobody hears of would end the whole process: here the run of this file.
      for (let round = 0; round < 60; round += 1) {
        const controller = new AbortController();
        const answered = unreferencedFetch(url, { signal: controller.signal });
        const read = answered.then((answer) => answer.text()).catch((error: unknown) => error);
        if (round % 2 === 1) await answered;
        await turns(Math.floor(round / 2));
        controller.abort(new Error('not needed'));
        const outcomes = ['fine', new Error('not needed'), new BrokenExchangeError(new Error('aborted'))];
        expect(outcomes).toContainEqual(await read);
      }
      expect(await (await unreferencedFetch(url)).text()).toBe('fine');
    },
  );
});

/** Lets so many turns of the event loop pass. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

test('a request whose signal was aborted before is not made', async () => {
  const made: string[] = [];
  await withServer(
    (request, response) => {
      made.push(request.url ?? '');
      response.end();
    },
    async (url) => {
      const signal = AbortSignal.abort(new Error('not needed'));
      await expect(unreferencedFetch(url, { signal })).rejects.toThrow('not needed');
      await unreferencedFetch(url);
    },
  );
  expect(made).toHaveLength(1);
});

test('a request that cannot be made, and an answer that breaks off, fail as a broken exchange', async () => {
  await expect(unreferencedFetch('http://127.0.0.1:9/')).rejects.toThrow(BrokenExchangeError);
  await withServer(
    (_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half');
      setImmediate(() => response.destroy());
    },
    async (url) => {
      const answer = await unreferencedFetch(url);
      await expect(answer.text()).rejects.toThrow(BrokenExchangeError);
    },
  );
});
