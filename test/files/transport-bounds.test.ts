import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  connectFiles,
  connectUnixSocket,
  connectWebSocket,
  lineTransport,
  listenUnixSocket,
  listenWebSocket,
  type MessageTransport,
  memoryTransports,
} from '../../src/files/index.ts';
import { ChunkBuffers, freeBuffersMax } from '../../src/files/streams/chunk-buffers.ts';
import { earlyMessagesMax } from '../../src/files/streams/message-transport.ts';
import { connectionsMax } from '../../src/files/streams/unix-socket.ts';

const token = 'a-token-of-the-tests-only-0123456789';
const isClosed = { code: 'file_connection_closed' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bounds-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What a transport is told. */
function told(transport: MessageTransport) {
  const messages: string[] = [];
  let ends = 0;
  const closed = new Promise<void>((resolve) => {
    transport.onMessage({
      message: (text) => messages.push(text),
      closed: () => {
        ends += 1;
        resolve();
      },
    });
  });
  return { messages, closed, ends: () => ends };
}

const nobodyReads = (): void => undefined;

describe('a listener', () => {
  test('on a unix socket closes a connection beyond those that it may have', async () => {
    await using listener = await listenUnixSocket(join(folder, 's'), nobodyReads);
    const connect = () => connectUnixSocket(listener.address);
    const connections = await Promise.all(Array.from({ length: connectionsMax }, connect));
    const oneMore = await connect().catch(() => undefined);
    if (oneMore !== undefined) await told(oneMore).closed;
    await connections[0]?.send('{}');
    for (const connection of connections) await connection.close();
  });

  test('for WebSockets refuses a connection beyond those that it may have', async () => {
    await using listener = await listenWebSocket({ token }, nobodyReads);
    const connect = () => connectWebSocket(listener.address, { token });
    const connections = await Promise.all(Array.from({ length: connectionsMax }, connect));
    await expect(connect()).rejects.toMatchObject({
      ...isClosed,
      cause: { message: expect.stringContaining('503') },
    });
    for (const connection of connections) await connection.close();
  });
});

describe('messages that come before anybody reads', () => {
  test('are kept up to their bound; one more ends the connection in memory', async () => {
    const [here, there] = memoryTransports();
    for (let count = 0; count < earlyMessagesMax; count += 1) await here.send(`${count}`);
    const [kept, end] = memoryTransports();
    for (let count = 0; count < earlyMessagesMax; count += 1) await kept.send(`${count}`);
    expect(told(end).messages).toHaveLength(earlyMessagesMax);
    await here.send('one more');
    await expect(here.send('after the end')).rejects.toMatchObject(isClosed);
    await there.close();
  });

  test('over a WebSocket end the connection when they are too many', async () => {
    await using listener = await listenWebSocket({ token }, nobodyReads);
    const client = await connectWebSocket(listener.address, { token });
    const { closed } = told(client);
    for (let count = 0; count <= earlyMessagesMax; count += 1) await client.send('{}');
    await closed;
  });
});

test('a WebSocket that brings a frame that is no text is ended', async () => {
  await using listener = await listenWebSocket({ token }, (transport) => void told(transport));
  const socket = new WebSocket(listener.address, { headers: { authorization: `Bearer ${token}` } });
  await once(socket, 'open');
  socket.send(Buffer.from('{}'), { binary: true });
  await once(socket, 'close');
});

describe('lines', () => {
  test('behind one that is too long are told to nobody', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { messages, closed, ends } = told(lineTransport(input, output, { lineBytesMax: 10 }));
    input.write(`first\n${'x'.repeat(11)}\nlast\n`);
    await closed;
    expect([messages, ends()]).toEqual([['first'], 1]);
  });

  test('of streams that have ended already are at their end', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const transport = lineTransport(input, output);
    input.destroy();
    await once(input, 'close');
    await told(transport).closed;
    await expect(transport.send('late')).rejects.toMatchObject(isClosed);
    output.destroy();
  });
});

test('a client ends a connection that brings garbage', async () => {
  const [here, there] = memoryTransports();
  const far = told(there);
  const files = connectFiles(here);
  const opening = expect(files.openRead('r', '/a')).rejects.toMatchObject({
    ...isClosed,
    cause: { code: 'protocol_error' },
  });
  await there.send('not json');
  await opening;
  await far.closed;
});

describe('buffers that go round', () => {
  test('are kept up to their bound', () => {
    const buffers = new ChunkBuffers(8);
    const lent = Array.from({ length: freeBuffersMax + 8 }, () => buffers.take());
    for (const buffer of lent) buffers.give(buffer.subarray(0, 3));
    const again = lent.map(() => buffers.take());
    expect(again.filter((buffer) => lent.includes(buffer))).toHaveLength(freeBuffersMax);
  });

  test('are given back once: nobody shares one', () => {
    const buffers = new ChunkBuffers(8);
    const buffer = buffers.take();
    buffers.give(buffer);
    buffers.give(buffer);
    buffers.give(Buffer.allocUnsafeSlow(8));
    expect(buffers.take()).toBe(buffer);
    expect(buffers.take()).not.toBe(buffer);
  });
});
