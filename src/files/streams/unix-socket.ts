import { chmod, lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { FileError } from '../file-error.ts';
import { lineTransport } from './line-transport.ts';
import type { MessageTransport } from './message-transport.ts';
import { checkPath } from './stream-arguments.ts';

/** Connections that one listener has at a time; a further one is closed at once. */
export const connectionsMax = 64;

/** Takes over a transport of a new connection. What it throws ends that connection alone. */
export type AcceptTransport = (transport: MessageTransport) => unknown;

/** Somebody who takes connections. */
export interface TransportListener extends AsyncDisposable {
  /** Where it listens: a path, or a URL with its port. */
  readonly address: string;
  /** Takes no more connections, ends those there are, and removes what it made. */
  close(): Promise<void>;
}

/**
 * Listens on a unix socket that only this user can open (mode 0600).
 *
 * A socket that a dead process left at the path is replaced; anything else there is refused.
 *
 * @throws InvalidOptionError when `socketPath` is taken or no absolute path; what the system throws when it cannot be made.
 * @example
 * await using listener = await listenUnixSocket('/run/app/files.sock', (transport) =>
 *   serveFiles(transport, { roots: ['/srv/data'] }),
 * );
 */
export async function listenUnixSocket(
  socketPath: string,
  accept: AcceptTransport,
): Promise<TransportListener> {
  checkPath(socketPath);
  await refuseTaken(socketPath);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    hand(lineTransport(socket, socket), accept);
  });
  await listenPrivately(server, socketPath);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
    await rm(socketPath, { force: true });
  };
  let closing: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => {
    closing ??= close();
    return closing;
  };
  return { address: socketPath, close: closeOnce, [Symbol.asyncDispose]: closeOnce };
}

/** Connects to a unix socket. Fails with `file_connection_closed` when nobody listens there. */
export async function connectUnixSocket(socketPath: string): Promise<MessageTransport> {
  checkPath(socketPath);
  const socket = connect(socketPath);
  try {
    await connected(socket);
  } catch (cause) {
    throw new FileError(
      'file_connection_closed',
      `Nobody answers at ${socketPath}. Start the service first.`,
      {
        path: socketPath,
        cause,
      },
    );
  }
  return lineTransport(socket, socket);
}

/** Gives a connection away; one that is not taken is closed. */
export function hand(transport: MessageTransport, accept: AcceptTransport): void {
  const taken = (async () => accept(transport))();
  taken.catch(() => transport.close().catch(() => undefined));
}

/** Made in a folder that is closed to others and then moved: at no moment may anybody else open it. */
async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(socketPath), '.s'));
  try {
    const hidden = join(folder, basename(socketPath).slice(0, 1));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(hidden, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    await chmod(hidden, 0o600);
    await rename(hidden, socketPath);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function refuseTaken(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw taken(socketPath);
  const socket = connect(socketPath);
  const isAlive = await connected(socket).then(
    () => true,
    () => false,
  );
  socket.destroy();
  if (isAlive) throw taken(socketPath);
}

function taken(socketPath: string): InvalidOptionError {
  return new InvalidOptionError('socketPath', socketPath, 'a path where nothing is yet');
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve();
    });
    socket.once('error', reject);
  });
}
