import { PortExitError } from '../../protocol/errors/port-errors.ts';
import type { ActorContext, MonitorRef } from '../../supervisor/behaviour.ts';
import type { ThreadApprovals } from '../approvals/thread-approvals.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import { ThreadToolCalls } from '../tools/thread-tool-calls.ts';
import type { ThreadTools } from '../tools/thread-tools.ts';
import { type AttachmentListener, PortAttachment } from './port-attachment.ts';
import type { PortSource } from './port-source.ts';
import type { ServerRequestPolicy } from './server-request-policy.ts';

/** How often opening or recovering starts over because the port died again meanwhile. */
export const openAttemptsMax = 5;

/** What a thread needs to be on a port. */
export interface ThreadPortOptions {
  readonly ports: PortSource;
  /** Makes what takes the approvals of the thread while it is attached to a port. */
  readonly approvals: (port: PortConnection, threadId: string) => ThreadApprovals;
  readonly serverRequests: ServerRequestPolicy;
  /** Milliseconds to wait for a live port, start or restart. */
  readonly portTimeoutMs: number;
  /** The thread has its id; called again when a thread that never became durable was replaced. */
  readonly onThreadId: (threadId: string) => void;
}

/** Where one thread is: the port it is attached to, the hold on it, and why the last one was lost. Belongs to one incarnation. */
export class ThreadPort {
  /** Why its port was last lost: that died under it, or did not answer; null while none was. */
  error: Error | null = null;
  readonly #context: ActorContext<never>;
  readonly #options: ThreadPortOptions;
  readonly #tools: ThreadTools | undefined;
  readonly #listener: AttachmentListener;
  #attachment: PortAttachment | null = null;
  #releaseHold: (() => void) | null = null;

  constructor(
    context: ActorContext<never>,
    options: ThreadPortOptions,
    tools: ThreadTools | undefined,
    listener: AttachmentListener,
  ) {
    this.#context = context;
    this.#options = options;
    this.#tools = tools;
    this.#listener = listener;
  }

  /** The tie to the port that the thread is on; null while it is on none. */
  get attachment(): PortAttachment | null {
    return this.#attachment;
  }

  /** Ties the thread to a port, and monitors that; an earlier tie is given up. */
  readonly attach = (port: PortConnection, threadId: string): PortAttachment => {
    this.detach();
    const context = this.#context;
    const monitor: MonitorRef = context.monitor(port.address);
    const { approvals, serverRequests, onThreadId } = this.#options;
    const asking = approvals(port, threadId);
    const tools = new ThreadToolCalls(context, this.#tools, asking);
    const answers = { approvals: asking, tools, serverRequests };
    const onDetach = () => context.demonitor(monitor);
    this.#attachment = new PortAttachment(port, threadId, this.#listener, answers, onDetach);
    onThreadId(threadId);
    return this.#attachment;
  };

  /** Tells Codex that nobody here follows the thread any more; null while it is on no port. Rejects as `PortConnection.request` does. */
  unsubscribe(timeoutMs: number): Promise<unknown> | null {
    if (this.#attachment === null) return null;
    const { port, threadId } = this.#attachment;
    return port.request('thread/unsubscribe', { threadId }, { timeoutMs });
  }

  /** Gives the tie up at once, without a word to Codex. */
  detach(): void {
    this.#attachment?.detach();
    this.#attachment = null;
    this.letGo();
  }

  /** Keeps the host's event loop alive until `letGo`, as a running turn must. */
  hold(): void {
    this.#releaseHold ??= this.#attachment?.port.hold() ?? null;
  }

  letGo(): void {
    this.#releaseHold?.();
    this.#releaseHold = null;
  }

  /** Does `work` on a live port, over again when the port dies under it, at most `openAttemptsMax` times. */
  async onPort<Result>(work: (port: PortConnection) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      const { portTimeoutMs, ports } = this.#options;
      const port = await ports.acquire({ timeoutMs: portTimeoutMs, signal: this.#context.signal });
      const release = port.hold();
      try {
        return await work(port);
      } catch (error) {
        if (!PortExitError.isInstance(error) || attempt >= openAttemptsMax) throw error;
        this.error = error;
        this.detach();
      } finally {
        release();
      }
    }
  }
}
