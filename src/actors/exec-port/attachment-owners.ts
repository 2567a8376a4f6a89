import type { ActorContext, Address, MonitorRef } from '../../supervisor/behaviour.ts';
import type { ThreadRoute } from './thread-route.ts';

interface Attachment {
  readonly threadId: string;
  readonly route: ThreadRoute;
}

/** Who attached which thread, so that the end of an owner ends what it attached. At most one owner a thread. */
export class AttachmentOwners {
  readonly #context: Pick<ActorContext<never>, 'monitor' | 'demonitor'>;
  readonly #attachments = new Map<MonitorRef, Attachment>();
  readonly #monitors = new Map<string, MonitorRef>();

  constructor(context: Pick<ActorContext<never>, 'monitor' | 'demonitor'>) {
    this.#context = context;
  }

  add(owner: Address, threadId: string, route: ThreadRoute): void {
    this.remove(threadId);
    const monitor = this.#context.monitor(owner);
    this.#attachments.set(monitor, { threadId, route });
    this.#monitors.set(threadId, monitor);
  }

  /** The thread has been detached, or attached by somebody else. */
  remove(threadId: string): void {
    const monitor = this.#monitors.get(threadId);
    if (monitor === undefined) return;
    this.#context.demonitor(monitor);
    this.#monitors.delete(threadId);
    this.#attachments.delete(monitor);
  }

  /** An owner has ended: what it had attached by this monitor, which is forgotten. */
  down(monitor: MonitorRef): Attachment | undefined {
    const attachment = this.#attachments.get(monitor);
    if (attachment === undefined) return undefined;
    this.#attachments.delete(monitor);
    this.#monitors.delete(attachment.threadId);
    return attachment;
  }
}
