import type { ClientMethod, ClientRequests } from '../../protocol/app-server.ts';
import type { Address, Request } from '../../supervisor/behaviour.ts';
import type { PortConnection } from './port-connection.ts';
import type { PortCounters } from './port-counters.ts';
import type { ThreadRoute } from './thread-route.ts';

/**
 * Sends one request to Codex. The reply is its result; rejects with `RpcError`, `RequestTimeoutError`, `QueueFullError` or
 * `PortExitError`. The `timeoutMs` of the `call` that carries it must be the longer one.
 */
export interface PortRequest<M extends ClientMethod = ClientMethod>
  extends Request<ClientRequests[M]['result']> {
  readonly type: 'port.request';
  readonly method: M;
  readonly params: ClientRequests[M]['params'];
  /** Default 60,000. */
  readonly timeoutMs?: number;
}

/** Routes what concerns a thread. Parked messages are replayed before the reply; a route that was there before is replaced. */
export interface PortAttach extends Request<PortConnection> {
  readonly type: 'port.attach';
  readonly threadId: string;
  readonly route: ThreadRoute;
  /** Monitored: its end detaches the thread, which refuses what it left unanswered. */
  readonly owner?: Address;
}

/** Ends the routing of a thread and refuses what it left unanswered. */
export interface PortDetach {
  readonly type: 'port.detach';
  readonly threadId: string;
}

/** Asks what the port is and how it does. */
export interface PortInfoRequest extends Request<PortInfo> {
  readonly type: 'port.info';
}

/** All that a port takes: requests to Codex, threads that attach and detach, and the question what it is. */
export type PortMessage = PortRequest | PortAttach | PortDetach | PortInfoRequest;

/** What a port says of itself. */
export interface PortInfo {
  /** Process id. */
  readonly pid: number;
  /** Absolute path of the executable. */
  readonly executable: string;
  /** Such as `my-app/0.169.0 (Debian 12.0.0; x86_64) …`. */
  readonly userAgent: string;
  /** Version of the binary, taken from the user agent; undefined when it names none. */
  readonly version: string | undefined;
  readonly codexHome: string;
  readonly platformFamily: string;
  readonly platformOs: string;
  readonly counters: PortCounters;
  /** The direct handle: a request through it costs no message. Good for this incarnation only. */
  readonly connection: PortConnection;
}

/**
 * The message for one request, with the types of its method.
 *
 * @example await context.call('codex/ports/0', portRequest('thread/loaded/list', {}))
 */
export function portRequest<M extends ClientMethod>(
  method: M,
  params: ClientRequests[M]['params'],
  options: { readonly timeoutMs?: number } = {},
): PortRequest<M> {
  return { type: 'port.request', method, params, ...options };
}

/** The message that attaches a thread. `owner` is monitored: its end detaches the thread. */
export function portAttach(threadId: string, route: ThreadRoute, owner?: Address): PortAttach {
  return { type: 'port.attach', threadId, route, ...(owner === undefined ? {} : { owner }) };
}

/** The message that asks for `PortInfo`. @example const { connection } = await context.call(port, portInfo) */
export const portInfo: PortInfoRequest = { type: 'port.info' };
