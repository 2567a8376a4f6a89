import type { ClientMethod, ClientRequests } from '../../protocol/app-server.ts';
import {
  changeFailure,
  type OperationFacts,
  operationFailure,
} from '../../protocol/errors/operation-failure.ts';
import { PortExitError } from '../../protocol/errors/port-errors.ts';
import { holdEventLoop } from '../../supervisor/event-loop.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { PortSource } from '../thread/port-source.ts';

/** How often something is read again because the Codex process died meanwhile. */
export const readAttemptsMax = 3;

/** What `ThreadRequests` needs of its transport. */
export interface ThreadRequestsOptions {
  readonly ports: PortSource;
  /** Milliseconds to wait for a live port, start or restart. */
  readonly portTimeoutMs: number;
}

/** Requests about threads that need not be ordered with their turns: straight to the live port, which is started if need be. */
export class ThreadRequests {
  readonly #options: ThreadRequestsOptions;
  /** Nobody gives such a request up: it has its deadlines. */
  readonly #signal = new AbortController().signal;

  constructor(options: ThreadRequestsOptions) {
    this.#options = options;
  }

  /** Asks what changes nothing; again on the next process when one dies, at most `readAttemptsMax` times. */
  read<M extends ClientMethod>(
    facts: OperationFacts,
    method: M,
    params: ClientRequests[M]['params'],
  ): Promise<ClientRequests[M]['result']> {
    return holdEventLoop(this.#read(facts, method, params));
  }

  /** Asks for a change, once: a process that dies or falls silent makes it reject with `OutcomeUnknownError`. */
  change<M extends ClientMethod>(
    facts: OperationFacts,
    method: M,
    params: ClientRequests[M]['params'],
  ): Promise<ClientRequests[M]['result']> {
    return this.perform(facts, (port) => port.request(method, params));
  }

  /** As `change`, for one that takes more than a request. */
  perform<Result>(
    facts: OperationFacts,
    perform: (port: PortConnection) => Promise<Result>,
  ): Promise<Result> {
    return holdEventLoop(this.#perform(facts, perform));
  }

  async #read<M extends ClientMethod>(
    facts: OperationFacts,
    method: M,
    params: ClientRequests[M]['params'],
  ): Promise<ClientRequests[M]['result']> {
    for (let attempt = 1; ; attempt += 1) {
      const port = await this.#port();
      try {
        return await port.request(method, params);
      } catch (error) {
        if (!PortExitError.isInstance(error) || attempt >= readAttemptsMax)
          throw operationFailure(error, facts);
      }
    }
  }

  async #perform<Result>(
    facts: OperationFacts,
    perform: (port: PortConnection) => Promise<Result>,
  ): Promise<Result> {
    // Without a port nothing was asked, so that its failure is plain.
    const port = await this.#port();
    return perform(port).catch((error: unknown) => {
      throw changeFailure(error, facts);
    });
  }

  #port() {
    const { ports, portTimeoutMs } = this.#options;
    return ports.acquire({ timeoutMs: portTimeoutMs, signal: this.#signal });
  }
}
