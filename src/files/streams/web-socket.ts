import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { FileError } from '../file-error.ts';
import { type MessageTransport, messageBytesMax } from './message-transport.ts';
import { type AcceptTransport, connectionsMax, hand, type TransportListener } from './unix-socket.ts';
import { webSocketTransport } from './web-socket-transport.ts';

/** The shortest token that is taken, in characters. */
const tokenLengthMin = 32;

/** Where and for whom a WebSocket listener is. */
export interface WebSocketListenOptions {
  /** What clients must show, at least 32 characters: `randomBytes(32).toString('hex')`. Without it there is no connection. */
  readonly token: string;
  /** Port on 127.0.0.1. Default 0: the system chooses, and `address` tells. */
  readonly port?: number;
}

/** How to reach a WebSocket server. */
export interface WebSocketConnectOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
}

const listenOptionNames = {
  token: 'own',
  port: 'own',
} as const satisfies OptionNames<WebSocketListenOptions>;
const connectOptionNames = { token: 'own' } as const satisfies OptionNames<WebSocketConnectOptions>;

/**
 * Listens for WebSockets on 127.0.0.1. Hosts apart are joined by a tunnel such as `ssh -L`, or by a `webSocketTransport` over
 * a socket that the application has accepted itself. Requests from web pages (with an `Origin`) are refused. Needs the package `ws`.
 *
 * @throws InvalidOptionError when the token is too short.
 */
export async function listenWebSocket(
  options: WebSocketListenOptions,
  accept: AcceptTransport,
): Promise<TransportListener> {
  checkOptionNames('listenWebSocket', options, listenOptionNames);
  const { token, port = 0 } = options;
  if (typeof token !== 'string' || token.length < tokenLengthMin)
    throw new InvalidOptionError(
      'token',
      'a shorter one',
      `a string of at least ${tokenLengthMin} characters`,
    );
  const { WebSocketServer } = await loadWs();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
  });
  const server = createServer((_request, response) => response.writeHead(426).end());
  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOf(request, token, sockets.clients.size);
    if (refusal !== undefined) refuse(socket, refusal);
    else
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        hand(webSocketTransport(webSocket), accept),
      );
  });
  const address = await listening(server, port);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await closed;
  };
  let closing: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => {
    closing ??= close();
    return closing;
  };
  return { address, close: closeOnce, [Symbol.asyncDispose]: closeOnce };
}

/**
 * Connects to a WebSocket server: a `listenWebSocket`, or `codex exec-server --listen ws://…` with its capability token. Fails with
 * `file_access_denied` when the token is refused, `file_connection_closed` when it cannot be reached. Needs the package `ws`.
 */
export async function connectWebSocket(
  url: string,
  options: WebSocketConnectOptions = {},
): Promise<MessageTransport> {
  checkOptionNames('connectWebSocket', options, connectOptionNames);
  if (!/^wss?:\/\//.test(url)) throw new InvalidOptionError('url', url, 'a ws:// or wss:// URL');
  const { WebSocket } = await loadWs();
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  const webSocket = new WebSocket(url, {
    headers,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    handshakeTimeout: handshakeTimeoutMs,
  });
  const transport = webSocketTransport(webSocket);
  try {
    await opened(webSocket);
    return transport;
  } catch (cause) {
    const { host } = new URL(url);
    if (/response: 40[13]/.test(String(cause)))
      throw new FileError('file_access_denied', `${host} refuses this client. Check the token.`, { cause });
    throw new FileError('file_connection_closed', `${host} took no WebSocket. Check that it runs.`, {
      cause,
    });
  }
}

/** How long a WebSocket server may take to accept a connection. */
const handshakeTimeoutMs = 10_000;

async function loadWs(): Promise<typeof import('ws')> {
  try {
    return await import('ws');
  } catch (cause) {
    throw new FileError('file_io_failed', 'WebSockets need the package `ws`: run `npm install ws`.', {
      cause,
    });
  }
}

/** The status line's code and words for a client that may not in. */
function refusalOf(request: IncomingMessage, token: string, connections: number): string | undefined {
  if (request.headers.origin !== undefined) return '403 Forbidden';
  if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return '401 Unauthorized';
  return connections >= connectionsMax ? '503 Service Unavailable' : undefined;
}

/** Compares without telling by its time how much was right. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve(`ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
    });
  });
}

function opened(webSocket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    webSocket.once('open', () => resolve());
    webSocket.once('error', reject);
    webSocket.once('close', () => reject(new Error('closed before it was open')));
  });
}
