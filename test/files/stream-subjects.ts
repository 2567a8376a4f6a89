import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  connectExecServer,
  connectFiles,
  connectUnixSocket,
  connectWebSocket,
  type FileStreams,
  LocalFileStreams,
  lineTransport,
  listenUnixSocket,
  listenWebSocket,
  memoryTransports,
  serveFiles,
} from '../../src/files/index.ts';
import { startExecServer } from './exec-server.ts';

/** One implementation of file streams, over one kind of connection. */
export interface StreamSubject {
  readonly name: string;
  /** Starts what has to run; `folder` is where the files will be. */
  start(folder: string): Promise<RunningSubject>;
}

export interface RunningSubject extends AsyncDisposable {
  /** A connection of its own. */
  connect(): Promise<FileStreams>;
}

/** `/proc` holds the one file of which every read fails. */
const rootsOf = (folder: string): readonly string[] => [folder, '/proc/self'];

const local: StreamSubject = {
  name: 'local',
  start: async () => ({
    connect: async () => new LocalFileStreams(),
    [Symbol.asyncDispose]: async () => undefined,
  }),
};

const inMemory: StreamSubject = {
  name: 'service in memory',
  start: async (folder) => ({
    async connect() {
      const [here, there] = memoryTransports();
      await serveFiles(there, { roots: rootsOf(folder) });
      return connectFiles(here);
    },
    [Symbol.asyncDispose]: async () => undefined,
  }),
};

const overUnixSocket: StreamSubject = {
  name: 'service over a unix socket',
  async start(folder) {
    const listener = await listenUnixSocket(join(folder, 's'), (transport) =>
      serveFiles(transport, { roots: rootsOf(folder) }),
    );
    return {
      connect: async () => connectFiles(await connectUnixSocket(listener.address)),
      [Symbol.asyncDispose]: () => listener.close(),
    };
  },
};

const overWebSocket: StreamSubject = {
  name: 'service over a WebSocket',
  async start(folder) {
    const token = randomBytes(32).toString('hex');
    const listener = await listenWebSocket({ token }, (transport) =>
      serveFiles(transport, { roots: rootsOf(folder) }),
    );
    return {
      connect: async () => connectFiles(await connectWebSocket(listener.address, { token })),
      [Symbol.asyncDispose]: () => listener.close(),
    };
  },
};

const overStdio: StreamSubject = {
  name: 'service over stdin and stdout',
  start: async (folder) => ({
    connect: async () => {
      const { stdout, stdin } = startStdioService(folder);
      return connectFiles(lineTransport(stdout, stdin));
    },
    [Symbol.asyncDispose]: async () => undefined,
  }),
};

/** A service in a process of its own, which ends with its connection. What one has compiled spares the next most of its start. */
export function startStdioService(folder: string) {
  const program = join(import.meta.dirname, 'stdio-service-program.ts');
  return spawn(process.execPath, ['--no-warnings', program, ...rootsOf(folder)], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

const execServer: StreamSubject = {
  name: 'codex exec-server',
  async start() {
    const server = await startExecServer();
    const { url, token } = server;
    return {
      connect: async () => connectExecServer(await connectWebSocket(url, { token })),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** Implementations of which a connection is made in no time: for tests that make hundreds. */
export const streamSubjects: readonly StreamSubject[] = [
  local,
  inMemory,
  overUnixSocket,
  overWebSocket,
  execServer,
];

/** All of them: what holds for one must hold for each. */
export const allStreamSubjects: readonly StreamSubject[] = [...streamSubjects, overStdio];
