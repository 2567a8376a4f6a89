import { isRecord } from '../../protocol/unread.ts';
import type { ThreadApprovals } from '../approvals/thread-approvals.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { PortNotification, PortServerRequest, Respond, ThreadRoute } from '../exec-port/thread-route.ts';
import type { ThreadToolCalls } from '../tools/thread-tool-calls.ts';
import type { ServerRequestPolicy } from './server-request-policy.ts';

/** What a thread is told through its attachment, synchronously as lines are read. */
export interface AttachmentListener {
  /** Anything about the thread or its turns. */
  notified(notification: PortNotification): void;
  /** Codex has unloaded the thread. */
  unloaded(): void;
}

/** The tie between a Codex thread and one incarnation of a port: while it holds, what concerns the thread arrives here. */
export class PortAttachment implements ThreadRoute {
  readonly port: PortConnection;
  readonly threadId: string;
  readonly #listener: AttachmentListener;
  readonly #approvals: ThreadApprovals;
  readonly #tools: ThreadToolCalls;
  readonly #policy: ServerRequestPolicy;
  readonly #onDetach: () => void;
  #turnEnds: Map<string, () => void> | null = null;

  constructor(
    port: PortConnection,
    threadId: string,
    listener: AttachmentListener,
    answers: {
      readonly approvals: ThreadApprovals;
      readonly tools: ThreadToolCalls;
      readonly serverRequests: ServerRequestPolicy;
    },
    onDetach: () => void,
  ) {
    this.port = port;
    this.threadId = threadId;
    this.#listener = listener;
    this.#approvals = answers.approvals;
    this.#tools = answers.tools;
    this.#policy = answers.serverRequests;
    this.#onDetach = onDetach;
    port.attach(threadId, this);
  }

  notify(notification: PortNotification): void {
    if (notification.method === 'thread/closed') {
      this.#listener.unloaded();
      return;
    }
    this.#approvals.notified(notification);
    this.#tools.notified(notification);
    if (notification.method === 'turn/completed') this.#tellTurnEnd(notification.params);
    this.#listener.notified(notification);
  }

  request(request: PortServerRequest, respond: Respond, keep: () => void): void {
    if (this.#approvals.request(request, respond, keep) || this.#tools.request(request, respond)) return;
    this.#policy(request, respond);
  }

  /** Whether an approval of the turn waits: it outlives the thread's actor, and is of use for as long as the turn waits too. */
  isAsking(turnId: string | null): boolean {
    return turnId !== null && this.#approvals.isAsking(turnId);
  }

  /** Why an approval told Codex to end the turn; null when it ended of something else. */
  denialOf(turnId: string): Error | null {
    return this.#approvals.denialOf(turnId);
  }

  /** Calls back once when Codex reports the end of a turn; used for turns that nobody here has started. */
  onTurnEnd(turnId: string, ended: () => void): void {
    this.#turnEnds ??= new Map();
    this.#turnEnds.set(turnId, ended);
  }

  detach(): void {
    this.#onDetach();
    this.#tools.detach();
    this.port.detach(this.threadId, this);
  }

  #tellTurnEnd(params: unknown): void {
    if (this.#turnEnds === null || !isRecord(params) || !isRecord(params.turn)) return;
    const { id } = params.turn;
    if (typeof id !== 'string') return;
    this.#turnEnds.get(id)?.();
    this.#turnEnds.delete(id);
  }
}
