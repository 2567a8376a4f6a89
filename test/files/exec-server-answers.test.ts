import { describe, expect, test } from 'vitest';
import { connectExecServer, type FileStreams, memoryTransports } from '../../src/files/index.ts';
import { SimulatedClock } from '../../src/testing/index.ts';

/** What the server is asked; `undefined` as its answer is none at all. */
type Answer = (method: string, params: Readonly<Record<string, unknown>>) => unknown;

const handshake = { environmentInfo: { capabilities: { fileWriteStreaming: true } } };

/** A client of a server that answers as the test says, and what the server was asked after the handshake. */
async function connectedTo(answer: Answer) {
  const clock = new SimulatedClock();
  const [here, there] = memoryTransports();
  const asked: string[] = [];
  there.onMessage({
    message: (text) => {
      const { id, method, params } = JSON.parse(text);
      if (method !== 'initialize' && id !== undefined) asked.push(method);
      const result = method === 'initialize' ? handshake : answer(method, params ?? {});
      if (id !== undefined && result !== undefined) void there.send(JSON.stringify({ id, result }));
    },
    closed: () => undefined,
  });
  const files: FileStreams = await connectExecServer(here, { clock, requestTimeoutMs: 1_000 });
  return { files, clock, asked };
}

describe('a client of an exec-server', () => {
  test.each([
    ['a short block that is not the end', { chunk: 'aGVsbG8=', eof: false }],
    ['a block that is no base64', { chunk: 'a*b=', eof: true }],
    ['a block without data', { eof: true }],
    ['nothing', null],
  ])('takes %s for a fault of the server: data would be lost', async (_what, block) => {
    await using server = await connectedToBlock(block);
    await expect(server.files.read('r', 0, 10)).rejects.toMatchObject({ code: 'protocol_error' });
    await expect(server.files.read('r', 0, 10)).rejects.toMatchObject({ code: 'file_handle_unknown' });
  });

  test('closes what a late answer may have opened', async () => {
    const { files, clock, asked } = await connectedTo((method) => (method === 'fs/open' ? undefined : {}));
    const opening = expect(files.openRead('r', '/a')).rejects.toMatchObject({ code: 'file_request_timeout' });
    await clock.advance(1_000);
    await opening;
    await clock.settle();
    expect(asked).toEqual(['fs/open', 'fs/close']);
    await files[Symbol.asyncDispose]();
  });

  test('asks the server to close no file once the connection is closed', async () => {
    const { files, asked } = await connectedTo(() => ({}));
    await files.openRead('r', '/a');
    await files[Symbol.asyncDispose]();
    await files.close('r');
    expect(asked).toEqual(['fs/open']);
  });

  test.each([{}, { size: 1 }, { size: '1', modifiedAtMs: 1 }, null])(
    'takes metadata of %j for a fault of the server',
    async (metadata) => {
      const { files } = await connectedTo((method) => (method === 'fs/getMetadata' ? metadata : {}));
      await files.openRead('r', '/a');
      await expect(files.stat('r')).rejects.toMatchObject({ code: 'protocol_error' });
      await files[Symbol.asyncDispose]();
    },
  );
});

async function connectedToBlock(block: unknown) {
  const { files } = await connectedTo((method) => (method === 'fs/readBlock' ? block : {}));
  await files.openRead('r', '/a');
  return { files, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
}
