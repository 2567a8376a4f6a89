import type { WireId } from '../../protocol/json-rpc-codec.ts';

/** A notification of the server as it came: parsed JSON, its method not checked against any list. */
export interface PortNotification {
  readonly method: string;
  readonly params?: unknown;
}

/** A question of the server that concerns one thread, or none. */
export interface PortServerRequest {
  readonly id: WireId;
  readonly method: string;
  readonly params?: unknown;
}

/** The answer to a server request: the method's own result, or a JSON-RPC error. */
export type ServerRequestAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

/** Answers one server request. The first answer counts; later ones, and those after the port's end, are dropped. */
export type Respond = (answer: ServerRequestAnswer) => void;

/**
 * Where what concerns one thread goes. The port calls it synchronously while it reads, in the order of arrival: be quick, and hand
 * long work on. A throw costs that message only: it is counted and reported, and a request is declined.
 */
export interface ThreadRoute {
  notify(notification: PortNotification): void;
  /**
   * Must be answered at some time: Codex waits for ever. The port declines what is open when the thread detaches, except for what
   * `keep` was called for: then somebody who outlives the route sees to the answer, and the same question is not passed on again.
   */
  request(request: PortServerRequest, respond: Respond, keep: () => void): void;
}

/** The thread a message concerns, or undefined when it concerns the connection. */
export function threadIdOf({ method, params }: PortNotification): string | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  if ('threadId' in params) return typeof params.threadId === 'string' ? params.threadId : undefined;
  // The word of the old protocol, which its approvals still use.
  if ('conversationId' in params)
    return typeof params.conversationId === 'string' ? params.conversationId : undefined;
  // The one notification that names its thread by the thread itself.
  if (method !== 'thread/started' || !('thread' in params)) return undefined;
  const { thread } = params;
  if (typeof thread !== 'object' || thread === null || !('id' in thread)) return undefined;
  return typeof thread.id === 'string' ? thread.id : undefined;
}
