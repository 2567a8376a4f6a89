import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CodexHome } from '../../../src/testing/index.ts';

interface Told {
  readonly did: string;
  readonly method: string;
}

/** An answer of Codex that is held back. */
export interface HeldAnswer {
  /** Resolves once Codex has answered, so that what was asked is done, and nobody here knows. */
  readonly held: Promise<void>;
  /** Lets the answer through. */
  release(): Promise<void>;
}

/** A request that Codex has not read yet. */
export interface DelayedRequest {
  /** Resolves once it was sent. */
  readonly delayed: Promise<void>;
  /** Lets it through. */
  pass(): Promise<void>;
}

/** Stands between a rig and the real binary: holds back single answers, and delays, refuses or loses single requests, by their method. */
export class AnswerRelay implements AsyncDisposable {
  readonly executable = fileURLToPath(new URL('../../fixtures-processes/relayed-codex.js', import.meta.url));
  readonly #server: Server;
  readonly #waiting: { readonly told: Told; readonly resolve: () => void }[] = [];
  /** The relay of the newest process. */
  #relay: Socket | null = null;
  readonly #relays = new EventEmitter();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#relay = socket;
      this.#relays.emit('connected');
      socket.on('error', () => undefined);
      createInterface({ input: socket }).on('line', (line) => this.#told(JSON.parse(line)));
    });
  }

  static async start(): Promise<AnswerRelay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new AnswerRelay(server);
  }

  environment({ env, executable }: CodexHome): Record<string, string> {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const folders = `${path.dirname(process.execPath)}${path.delimiter}${env.PATH}`;
    return { ...env, PATH: folders, REAL_CODEX: executable, RELAY_PORT: `${port}` };
  }

  /** Resolves once the relay of a further process can be told what to do. */
  async nextProcess(): Promise<void> {
    await once(this.#relays, 'connected');
  }

  /** Holds back the answer to the next request of this method. */
  async hold(method: string): Promise<HeldAnswer> {
    const held = this.#next({ did: 'held', method });
    await this.#order('hold', method);
    return { held, release: () => this.#order('release', method) };
  }

  /** Keeps the next request of this method from Codex. */
  async delay(method: string): Promise<DelayedRequest> {
    const delayed = this.#next({ did: 'delayed', method });
    await this.#order('delay', method);
    return { delayed, pass: () => this.#order('pass', method) };
  }

  /** Refuses the next request of this method, which never reaches Codex. */
  refuse(method: string): Promise<void> {
    return this.#order('refuse', method);
  }

  /** Loses the next request of this method: Codex never reads it. */
  async lose(method: string): Promise<{ readonly lost: Promise<void> }> {
    const lost = this.#next({ did: 'lost', method });
    await this.#order('lose', method);
    return { lost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#relay?.destroy();
    await once(this.#server, 'close');
  }

  async #order(order: string, method: string): Promise<void> {
    const done = this.#next({ did: order, method });
    this.#relay?.write(`${JSON.stringify({ order, method })}\n`);
    await done;
  }

  #next(told: Told): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ told, resolve }));
  }

  #told({ did, method }: Told): void {
    const at = this.#waiting.findIndex(({ told }) => told.did === did && told.method === method);
    if (at !== -1) this.#waiting.splice(at, 1)[0]?.resolve();
  }
}
