import { open } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { WebSocket } from 'ws';

/** Bytes one read moves, in every loop that is compared. */
export const chunkBytes = 262_144;

/** The least code that reads a file: one buffer, one read after the other. Returns the bytes. */
export async function bareRead(path: string): Promise<number> {
  const handle = await open(path);
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let offset = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, offset);
    if (bytesRead === 0) break;
    offset += bytesRead;
  }
  await handle.close();
  return offset;
}

/** The least code that copies a file. */
export async function bareCopy(from: string, to: string): Promise<number> {
  const [source, target] = await Promise.all([open(from), open(to, 'w')]);
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let offset = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, chunkBytes, offset);
    if (bytesRead === 0) break;
    await target.write(buffer, 0, bytesRead, offset);
    offset += bytesRead;
  }
  await Promise.all([source.close(), target.close()]);
  return offset;
}

function onLines(socket: Socket, line: (text: string) => void): void {
  let pieces: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      pieces.push(chunk.subarray(start, end));
      const text = Buffer.concat(pieces).toString('utf8');
      pieces = [];
      start = end + 1;
      line(text);
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  });
}

/** Answers `{ id, offset }` with the chunk at that offset, as base64 in a line of JSON. No handles, no rules, no bounds. */
export async function serveBare(socketPath: string, path: string): Promise<void> {
  const handle = await open(path);
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  const server = createServer((socket) => {
    onLines(socket, async (text) => {
      const { id, offset } = JSON.parse(text);
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, offset);
      const dataBase64 = buffer.toString('base64', 0, bytesRead);
      socket.write(`${JSON.stringify({ id, result: { dataBase64, eof: bytesRead < chunkBytes } })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
}

/** Reads a whole file from `serveBare`, one request after the other. */
export async function bareServiceRead(socketPath: string): Promise<number> {
  const socket = createConnection(socketPath);
  let offset = 0;
  let id = 0;
  const ask = (): void => {
    id += 1;
    socket.write(`${JSON.stringify({ id, method: 'read', offset })}\n`);
  };
  await new Promise<void>((resolve) => {
    onLines(socket, (text) => {
      const { result } = JSON.parse(text);
      offset += Buffer.from(result.dataBase64, 'base64').byteLength;
      if (result.eof) resolve();
      else ask();
    });
    ask();
  });
  socket.destroy();
  return offset;
}

/** A bare client of `codex exec-server`: no rules of handles, no deadlines, no bounds. */
export class BareExecServer {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (result: { chunk: string; eof: boolean }) => void>();
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const { id, result } = JSON.parse(String(data));
      this.#pending.get(id)?.(result);
      this.#pending.delete(id);
    });
  }

  static async connect(url: string, token: string): Promise<BareExecServer> {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const client = new BareExecServer(socket);
    await client.#request('initialize', { clientName: 'bare', resumeSessionId: null });
    socket.send(JSON.stringify({ method: 'initialized' }));
    return client;
  }

  #request(method: string, params: object): Promise<{ chunk: string; eof: boolean }> {
    const id = this.#nextId++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#pending.set(id, resolve));
  }

  /** Reads a whole file with `inFlight` requests under way at a time. */
  async read(path: string, blockBytes: number, inFlight: number): Promise<number> {
    await this.#request('fs/open', { handleId: 'bare', path: `file://${path}`, mode: 'read' });
    let offset = 0;
    let total = 0;
    let ended = false;
    const worker = async (): Promise<void> => {
      while (!ended) {
        const params = { handleId: 'bare', offset, len: blockBytes };
        offset += blockBytes;
        const { chunk, eof } = await this.#request('fs/readBlock', params);
        total += Buffer.from(chunk, 'base64').byteLength;
        if (eof) ended = true;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    await this.#request('fs/close', { handleId: 'bare' });
    return total;
  }

  close(): void {
    this.#socket.terminate();
  }
}
