import { randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  chunkBytesMax,
  connectExecServer,
  connectFiles,
  connectUnixSocket,
  connectWebSocket,
  lineTransport,
  listenUnixSocket,
  listenWebSocket,
  type MessageTransport,
  memoryTransports,
  serveFiles,
} from '../../src/files/index.ts';
import { requestsUnderWayMax } from '../../src/files/streams/file-service.ts';
import { requestsInFlightMax } from '../../src/files/streams/request-connection.ts';
import { SimulatedClock } from '../../src/testing/index.ts';
import { startExecServer } from './exec-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transports-'));
});
afterEach(() => rm(folder, { recursive: true }));

const serve = (transport: MessageTransport) => serveFiles(transport, { roots: [folder] });
const token = randomBytes(32).toString('hex');
const isClosed = { code: 'file_connection_closed', retryable: true };

/** All that a transport is told, and its end. */
function recorded(transport: MessageTransport): {
  readonly messages: unknown[];
  readonly closed: Promise<unknown>;
} {
  const messages: unknown[] = [];
  const closed = new Promise((resolve) => {
    transport.onMessage({ message: (text) => messages.push(JSON.parse(text)), closed: resolve });
  });
  return { messages, closed };
}

describe('a unix socket', () => {
  test('can be opened by its user alone, leaves nothing beside it, and is gone when its listener is closed', async () => {
    const path = join(folder, 'sock');
    const listener = await listenUnixSocket(path, serve);
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['sock']);
    await using files = connectFiles(await connectUnixSocket(path));
    await files.openWrite('w', join(folder, 'a'));
    await listener.close();
    await listener.close();
    expect(await readdir(folder)).toEqual(['a']);
    await expect(files.openWrite('x', join(folder, 'b'))).rejects.toMatchObject(isClosed);
    await expect(connectUnixSocket(path)).rejects.toMatchObject(isClosed);
  });

  test('that a dead process left is replaced; one that is in use, or a file, is refused', async () => {
    const path = join(folder, 'sock');
    const { execFileSync } = await import('node:child_process');
    const leaves = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', leaves], { stdio: 'ignore' })).toThrow();
    await using listener = await listenUnixSocket(path, serve);
    const taken = { code: 'invalid_option', field: 'socketPath' };
    await expect(listenUnixSocket(listener.address, serve)).rejects.toMatchObject(taken);
    await writeFile(join(folder, 'file'), '');
    await expect(listenUnixSocket(join(folder, 'file'), serve)).rejects.toMatchObject(taken);
  });

  test('whose service refuses to start ends the connection, and goes on listening', async () => {
    let roots = ['/no/such/folder'];
    await using listener = await listenUnixSocket(join(folder, 'sock'), (transport) =>
      serveFiles(transport, { roots }),
    );
    await using first = connectFiles(await connectUnixSocket(listener.address));
    await expect(first.openWrite('w', join(folder, 'a'))).rejects.toMatchObject(isClosed);
    roots = [folder];
    await using second = connectFiles(await connectUnixSocket(listener.address));
    await second.openWrite('w', join(folder, 'a'));
  });
});

describe('a WebSocket', () => {
  test('needs the token, and is refused to web pages', async () => {
    await using listener = await listenWebSocket({ token }, serve);
    await using files = connectFiles(await connectWebSocket(listener.address, { token }));
    await files.openWrite('w', join(folder, 'a'));
    const denied = { code: 'file_access_denied' };
    await expect(connectWebSocket(listener.address)).rejects.toMatchObject(denied);
    await expect(connectWebSocket(listener.address, { token: `${token}x` })).rejects.toMatchObject(denied);
    const page = new WebSocket(listener.address, {
      headers: { authorization: `Bearer ${token}`, origin: 'https://example.com' },
    });
    const refusal = await new Promise((resolve) => page.once('error', resolve));
    expect(String(refusal)).toContain('403');
  });

  test('is not offered with a token that can be guessed', async () => {
    await expect(listenWebSocket({ token: 'short' }, serve)).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'token',
    });
  });

  test('listens on loopback alone, and its end reaches its clients', async () => {
    const listener = await listenWebSocket({ token }, serve);
    expect(new URL(listener.address).hostname).toBe('127.0.0.1');
    const files = connectFiles(await connectWebSocket(listener.address, { token }));
    await files.openWrite('w', join(folder, 'a'));
    await listener.close();
    await expect(files.write('w', Buffer.from('x'))).rejects.toMatchObject(isClosed);
    await expect(connectWebSocket(listener.address, { token })).rejects.toMatchObject(isClosed);
    await files[Symbol.asyncDispose]();
  });
});

describe('a codex exec-server', () => {
  test('refuses a client without its capability token', async () => {
    await using server = await startExecServer();
    await expect(connectWebSocket(server.url, { token: 'wrong' })).rejects.toMatchObject({
      code: 'file_access_denied',
    });
  });

  test('that is killed fails what is under way and what comes, and nothing hangs', async () => {
    const server = await startExecServer();
    const files = await connectExecServer(await connectWebSocket(server.url, { token: server.token }));
    await files.openWrite('w', join(folder, 'a'));
    const writes = Promise.allSettled(
      Array.from({ length: 20 }, () => files.write('w', Buffer.alloc(200_000))),
    );
    await server[Symbol.asyncDispose]();
    expect((await writes).at(-1)).toMatchObject({ status: 'rejected' });
    await expect(files.write('w', Buffer.from('x'))).rejects.toMatchObject(isClosed);
    await files.close('w');
    await files[Symbol.asyncDispose]();
  });

  test('that cannot stream files is refused at the handshake', async () => {
    const [here, there] = memoryTransports();
    const told = recorded(there);
    const connecting = connectExecServer(here);
    await new Promise((resolve) => setImmediate(resolve));
    await there.send(JSON.stringify({ id: 1, result: { environmentInfo: { capabilities: {} } } }));
    await expect(connecting).rejects.toMatchObject({ code: 'handshake_failed' });
    await told.closed;
  });
});

describe('lines', () => {
  test('may be cut anywhere, also within a character', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { messages, closed } = recorded(lineTransport(input, output));
    for (const byte of Buffer.from('{"a":"é✓"}\n\n{"b":1}\n{"c"')) input.write(Buffer.of(byte));
    input.end();
    await closed;
    expect(messages).toEqual([{ a: 'é✓' }, { b: 1 }]);
  });

  test('that are too long end the connection', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { messages, closed } = recorded(lineTransport(input, output, { lineBytesMax: 100 }));
    input.write(`{"a":"${'x'.repeat(100)}`);
    expect(await closed).toMatchObject({ code: 'file_connection_closed' });
    expect([messages, input.destroyed, output.destroyed]).toEqual([[], true, true]);
  });
});

describe('a service', () => {
  async function raw(): Promise<{
    transport: MessageTransport;
    ask(message: object): Promise<unknown>;
    closed: Promise<unknown>;
  }> {
    const [here, there] = memoryTransports();
    await serve(there);
    const waiters: ((message: unknown) => void)[] = [];
    const closed = new Promise((resolve) => {
      here.onMessage({ message: (text) => waiters.shift()?.(JSON.parse(text)), closed: resolve });
    });
    const ask = async (message: object): Promise<unknown> => {
      const answer = new Promise((resolve) => waiters.push(resolve));
      await here.send(JSON.stringify(message));
      return answer;
    };
    return { transport: here, ask, closed };
  }

  test('answers in the words of the protocol, to any id', async () => {
    const { ask, transport } = await raw();
    const path = join(folder, 'a');
    const opened = await ask({ id: 0, method: 'fs/writeFile/open', params: { handleId: 'w', path } });
    expect(opened).toEqual({ id: 0, result: {} });
    const write = { handleId: 'w', dataBase64: 'aGVsbG8=' };
    expect(await ask({ id: 'x"', method: 'fs/writeFile/write', params: write })).toEqual({
      id: 'x"',
      result: { offset: 5 },
    });
    expect(await ask({ id: 1, method: 'fs/writeFile/close', params: { handleId: 'w' } })).toEqual({
      id: 1,
      result: {},
    });
    await ask({ id: 2, method: 'fs/readFile/open', params: { handleId: 'r', path } });
    const read = { handleId: 'r', offset: 1, maxBytes: 3 };
    const result = { dataBase64: 'ZWxs', eof: false };
    expect(await ask({ id: 3, method: 'fs/readFile/read', params: read })).toEqual({ id: 3, result });
    expect(await ask({ id: 4, method: 'fs/readFile/stat', params: { handleId: 'r' } })).toMatchObject({
      result: { size: 5 },
    });
    await transport.close();
  });

  test('refuses what cannot be, by JSON-RPC’s numbers and its own codes, and goes on', async () => {
    const { ask, transport } = await raw();
    const refusal = async (method: string, params: unknown) =>
      (await ask({ id: 7, method, params })) as object;
    await ask({ id: 1, method: 'fs/writeFile/open', params: { handleId: 'w', path: join(folder, 'a') } });
    expect(await refusal('fs/readFile', {})).toMatchObject({ error: { code: -32601 } });
    expect(await refusal('fs/readFile/open', null)).toMatchObject({ error: { code: -32602 } });
    expect(await refusal('fs/readFile/open', { handleId: 'r', path: 7 })).toMatchObject({
      error: { code: -32602 },
    });
    const bad = { handleId: 'w', dataBase64: 'a*b=' };
    expect(await refusal('fs/writeFile/write', bad)).toMatchObject({ error: { code: -32603 } });
    const unknown = { error: { code: -32004, data: { code: 'file_handle_unknown' } } };
    expect(await refusal('fs/readFile/read', { handleId: 'r', offset: 0, maxBytes: 1 })).toMatchObject(
      unknown,
    );
    expect(await refusal('fs/writeFile/write', { handleId: 'w', dataBase64: 'aGk=' })).toMatchObject({
      result: { offset: 2 },
    });
    await transport.close();
  });

  test('refuses a write of more than a chunk whole, and of nothing: what it takes is never cut', async () => {
    const { ask, transport } = await raw();
    const write = (bytes: number) =>
      ask({
        id: 1,
        method: 'fs/writeFile/write',
        params: { handleId: 'w', dataBase64: Buffer.alloc(bytes).toString('base64') },
      });
    await ask({ id: 0, method: 'fs/writeFile/open', params: { handleId: 'w', path: join(folder, 'a') } });
    for (const bytes of [chunkBytesMax + 1, 0])
      expect(await write(bytes)).toMatchObject({ error: { code: -32602 } });
    expect(await write(chunkBytesMax)).toMatchObject({ result: { offset: chunkBytesMax } });
    await transport.close();
  });

  test('passes over what is told and not asked', async () => {
    const { ask, transport } = await raw();
    await transport.send(JSON.stringify({ method: 'initialized' }));
    expect(await ask({ id: 1, method: 'fs/readFile/close', params: { handleId: 'r' } })).toEqual({
      id: 1,
      result: {},
    });
    await transport.close();
  });

  test('ends a connection that sends garbage', async () => {
    const { transport, closed } = await raw();
    await transport.send('not json');
    await closed;
  });

  test('ends a connection that asks for more than its bound, and closes what it had open', async () => {
    const { transport, closed } = await raw();
    const path = join(folder, 'a');
    await writeFile(path, 'x');
    const sent = Array.from({ length: requestsUnderWayMax + 1 }, (_, id) =>
      transport.send(
        JSON.stringify({ id, method: 'fs/readFile/open', params: { handleId: `h${id}`, path } }),
      ),
    );
    await Promise.allSettled(sent);
    await closed;
  });

  test('closes the files of a connection that ends', async () => {
    const before = (await readdir('/proc/self/fd')).length;
    const [here, there] = memoryTransports();
    const service = await serve(there);
    const files = connectFiles(here);
    for (let i = 0; i < 10; i += 1) await files.openWrite(`w${i}`, join(folder, `f${i}`));
    expect((await readdir('/proc/self/fd')).length).toBe(before + 10);
    await files[Symbol.asyncDispose]();
    await service.closed;
    expect((await readdir('/proc/self/fd')).length).toBe(before);
  });
});

describe('a client', () => {
  test('gives up a request after its deadline, and drops its late answer', async () => {
    const clock = new SimulatedClock();
    const [here, there] = memoryTransports();
    const told = recorded(there);
    const files = connectFiles(here, { clock, requestTimeoutMs: 1_000 });
    const opening = files.openRead('r', '/a');
    const outcome = expect(opening).rejects.toMatchObject({
      code: 'file_request_timeout',
      handleId: 'r',
      path: '/a',
    });
    await clock.advance(1_000);
    await outcome;
    await there.send(JSON.stringify({ id: 1, result: {} }));
    const second = files.openRead('s', '/b');
    await clock.settle();
    await there.send(JSON.stringify({ id: 2, result: {} }));
    await second;
    expect([told.messages.length, clock.pendingTimers]).toEqual([2, 0]);
    await files[Symbol.asyncDispose]();
  });

  test('refuses a request beyond those that may be in flight', async () => {
    const [here, there] = memoryTransports();
    recorded(there);
    const files = connectFiles(here);
    const opened = Promise.allSettled(
      Array.from({ length: requestsInFlightMax }, (_, i) => files.openRead(`h${i}`, '/a')),
    );
    await expect(files.openRead('one-more', '/a')).rejects.toMatchObject({ code: 'file_queue_full' });
    await there.close();
    expect(
      (await opened).every(
        (one) => one.status === 'rejected' && one.reason.code === 'file_connection_closed',
      ),
    ).toBe(true);
  });

  test('takes no answer that would lose data: a short chunk before the end, or text that is no base64', async () => {
    const [here, there] = memoryTransports();
    there.onMessage({
      message: (text) => {
        const { id, params } = JSON.parse(text);
        const dataBase64 = params.offset === 0 ? 'aGVsbG8=' : 'a*b=';
        void there.send(JSON.stringify({ id, result: { dataBase64, eof: params.offset !== 0 } }));
      },
      closed: () => undefined,
    });
    await using files = connectFiles(here);
    await expect(files.read('r', 0, 10)).rejects.toMatchObject({ code: 'protocol_error' });
    await expect(files.read('r', 1, 10)).rejects.toMatchObject({ code: 'protocol_error' });
    await expect(files.read('r', 1, 10, { into: new Uint8Array(10) })).rejects.toMatchObject({
      code: 'protocol_error',
    });
  });

  test('whose service is not reached hears so', async () => {
    await expect(connectUnixSocket(join(folder, 'none'))).rejects.toMatchObject(isClosed);
  });
});
