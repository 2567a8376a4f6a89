import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import type { WireId } from '../../protocol/json-rpc-codec.ts';
import { ParkedMessages, type ParkingLimits } from './parked-messages.ts';
import { OpenServerRequests } from './server-requests.ts';
import {
  type PortNotification,
  type PortServerRequest,
  type ServerRequestAnswer,
  type ThreadRoute,
  threadIdOf,
} from './thread-route.ts';

/** What a router tells of, besides the routes. */
export interface RouterListener {
  /** A notification about the whole connection, such as `configWarning`. */
  connectionNotified(notification: PortNotification): void;
  /** A notification about an MCP server that Codex runs; its thread, if it has one, is told too. */
  mcpNotified?(notification: PortNotification): void;
  /** The message counts as handled. */
  routeFailed(failure: RouteFailure): void;
}

/** A route threw on a message. */
export interface RouteFailure {
  readonly threadId: string;
  readonly method: string;
  readonly error: unknown;
}

export interface RouterLimits extends ParkingLimits {
  /** Server requests that wait for an answer. Default 4,096; one more is refused at once, in the form of its method. */
  readonly openServerRequestsMax: number;
  /** Threads that are remembered after they detached, so that their late messages are dropped and not parked. Default 4,096. */
  readonly detachedThreadsMax: number;
  /** Threads attached at a time. Default 100,000; one more is refused with `LimitExceededError`. */
  readonly attachedThreadsMax: number;
}

export const defaultRouterLimits: Omit<RouterLimits, keyof ParkingLimits> = {
  openServerRequestsMax: 4_096,
  detachedThreadsMax: 4_096,
  attachedThreadsMax: 100_000,
};

/**
 * Sends what the server says to the threads it concerns.
 *
 * A notification for a thread that is not attached yet is parked and replayed when it attaches; one for a thread that has detached
 * is dropped and counted. A question for a thread that is not attached is refused at once.
 */
export class ThreadRouter {
  readonly #routes = new Map<string, ThreadRoute>();
  readonly #detached = new Set<string>();
  readonly #parked: ParkedMessages;
  readonly #open: OpenServerRequests;
  readonly #listener: RouterListener;
  readonly #limits: RouterLimits;
  #droppedAfterDetach = 0;
  #routeFailures = 0;

  constructor(
    send: (id: WireId, answer: ServerRequestAnswer) => void,
    listener: RouterListener,
    limits: RouterLimits,
  ) {
    this.#parked = new ParkedMessages(limits);
    this.#open = new OpenServerRequests(send, limits.openServerRequestsMax);
    this.#listener = listener;
    this.#limits = limits;
  }

  /** Messages that a route threw on. */
  get routeFailures(): number {
    return this.#routeFailures;
  }

  get attachedThreads(): number {
    return this.#routes.size;
  }

  get openServerRequests(): number {
    return this.#open.size;
  }

  /** Notifications that reached nobody: too many were parked, or their thread had detached. */
  get droppedNotifications(): number {
    return this.#parked.dropped + this.#droppedAfterDetach;
  }

  /**
   * Replays what is parked for the thread, then sends to `route`. A route that was there before is replaced.
   *
   * @throws LimitExceededError when `attachedThreadsMax` threads are attached.
   */
  attach(threadId: string, route: ThreadRoute): void {
    const { attachedThreadsMax } = this.#limits;
    if (this.#routes.size >= attachedThreadsMax && !this.#routes.has(threadId)) {
      throw new LimitExceededError('attachedThreadsMax', attachedThreadsMax, this.#routes.size);
    }
    this.#open.refuseThread(threadId);
    this.#detached.delete(threadId);
    this.#routes.set(threadId, route);
    for (const notification of this.#parked.take(threadId)) this.#notify(threadId, route, notification);
  }

  /** Lets go of the thread and refuses what it left unanswered. With `route`, only when that is still the one attached. */
  detach(threadId: string, route?: ThreadRoute): void {
    const attached = this.#routes.get(threadId);
    if (attached === undefined || (route !== undefined && attached !== route)) return;
    this.#routes.delete(threadId);
    this.#remember(threadId);
    this.#open.refuseThread(threadId);
  }

  notification(notification: PortNotification): void {
    if (notification.method.startsWith('mcpServer/')) this.#listener.mcpNotified?.(notification);
    const threadId = threadIdOf(notification);
    if (threadId === undefined) {
      this.#listener.connectionNotified(notification);
      return;
    }
    if (notification.method === 'serverRequest/resolved')
      this.#open.settled(resolvedIdOf(notification.params));
    const route = this.#routes.get(threadId);
    if (route !== undefined) this.#notify(threadId, route, notification);
    else if (this.#detached.has(threadId)) this.#droppedAfterDetach += 1;
    else this.#parked.park(threadId, notification);
  }

  serverRequest(request: PortServerRequest): void {
    if (this.#open.isKept(request)) return;
    const threadId = threadIdOf(request);
    const route = threadId === undefined ? undefined : this.#routes.get(threadId);
    if (threadId === undefined || route === undefined) {
      this.#open.refuse(request);
      return;
    }
    const opened = this.#open.open(threadId, request);
    if (opened === undefined) return;
    try {
      route.request(request, opened.respond, opened.keep);
    } catch (error) {
      this.#open.refuseOne(request);
      this.#failed({ threadId, method: request.method, error });
    }
  }

  /** The server is gone: forgets routes, parked messages and open questions. */
  close(): void {
    this.#routes.clear();
    this.#open.clear();
  }

  #notify(threadId: string, route: ThreadRoute, notification: PortNotification): void {
    try {
      route.notify(notification);
    } catch (error) {
      this.#failed({ threadId, method: notification.method, error });
    }
  }

  #failed(failure: RouteFailure): void {
    this.#routeFailures += 1;
    this.#listener.routeFailed(failure);
  }

  #remember(threadId: string): void {
    this.#detached.add(threadId);
    if (this.#detached.size <= this.#limits.detachedThreadsMax) return;
    for (const oldest of this.#detached) {
      this.#detached.delete(oldest);
      return;
    }
  }
}

function resolvedIdOf(params: unknown): unknown {
  return typeof params === 'object' && params !== null && 'requestId' in params
    ? params.requestId
    : undefined;
}
