import type { AcceptedValues } from '../../protocol/accepted-values.ts';
import type { ClientMethod, ClientRequests } from '../../protocol/app-server.ts';
import type { Address } from '../../supervisor/behaviour.ts';
import type { AppServerLink } from './app-server-link.ts';
import type { PortRequestOptions } from './request-table.ts';
import type { ThreadRoute } from './thread-route.ts';

/**
 * The direct handle to one incarnation of a port, for those who talk to it all the time: a request through it is a line written
 * and a promise, no message between actors.
 *
 * It is good as long as the process lives. Afterwards `request` rejects with `PortExitError` and everything else does nothing:
 * monitor `address`, and ask the next incarnation for its own.
 */
export interface PortConnection {
  /** The port's pid, to be monitored: its `down` is the process's end. */
  readonly address: Address;
  /**
   * Sends one request to Codex.
   *
   * Rejects with `RpcError` (`OverloadedError`), `RequestTimeoutError`, `CancelledError`, `QueueFullError`, `NotSerializableError` or
   * `PortExitError`. The result is trusted to be what the binary's own schema says.
   *
   * @example const { thread } = await connection.request('thread/start', { model: 'gpt-5.5' });
   */
  request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    options?: PortRequestOptions,
  ): Promise<ClientRequests[M]['result']>;
  /** Routes what concerns a thread, early messages first, before it returns. A route that was there before is replaced. */
  attach(threadId: string, route: ThreadRoute): void;
  /** Ends that, and refuses what the thread left unanswered; with `route`, only when that is still the one attached. */
  detach(threadId: string, route?: ThreadRoute): void;
  /** The words that its binary takes for options; asked for once where they are not built in. Never rejects. */
  acceptedValues(): Promise<AcceptedValues>;
  /** Keeps the host's event loop alive until the returned function is called, as a running turn must. */
  hold(): () => void;
}

/** The handle to a link that is ready. */
export class LiveConnection implements PortConnection {
  readonly address: Address;
  readonly acceptedValues: () => Promise<AcceptedValues>;
  readonly #link: AppServerLink;

  constructor(address: Address, link: AppServerLink, acceptedValues: () => Promise<AcceptedValues>) {
    this.address = address;
    this.#link = link;
    this.acceptedValues = acceptedValues;
  }

  request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    options?: PortRequestOptions,
  ): Promise<ClientRequests[M]['result']> {
    // The border of trust: the types are generated from the binary whose answer this is, and whoever reads it checks what it needs.
    return this.#link.requests.request(method, params, options) as Promise<ClientRequests[M]['result']>;
  }

  attach(threadId: string, route: ThreadRoute): void {
    this.#link.router.attach(threadId, route);
  }

  detach(threadId: string, route?: ThreadRoute): void {
    this.#link.router.detach(threadId, route);
  }

  hold(): () => void {
    return this.#link.hold.hold();
  }
}
