import { nanoid } from 'nanoid';
import { redact as redactText } from '../../protocol/errors/redaction.ts';
import type { ActorSystem } from '../../supervisor/actor-system.ts';
import type { Messaging } from '../../supervisor/behaviour.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { dynamicSupervisor, supervisor } from '../../supervisor/supervisor-flags.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import { ApprovalJournal } from './approval-journal.ts';
import { type ApprovalLimits, approvalTimeoutMsDefault, defaultApprovalLimits } from './approval-limits.ts';
import { type ApprovalQueueMessage, approvalQueuePath, approvalsPath } from './approval-messages.ts';
import { ApprovalQueue } from './approval-queue.ts';
import { approvalQueue } from './approval-queue-actor.ts';
import { AuditFile } from './audit-file.ts';
import type { ApprovalPolicy } from './policies/approval-policy.ts';
import { ThreadApprovals } from './thread-approvals.ts';

export interface ApprovalOptions {
  /** Decides for threads without a policy of their own. Defaults to none: everything is declined. */
  readonly policy?: ApprovalPolicy | undefined;
  /** Milliseconds until an approval that nobody decides is declined. Defaults to 300,000. */
  readonly timeoutMs?: number | undefined;
  readonly limits?: Partial<ApprovalLimits> | undefined;
  /** File that every request and decision is appended to, as JSON lines, mode 0600. Defaults to none. */
  readonly auditFile?: string | undefined;
  /** Removes secrets from what is written into the audit file. Defaults to the removal of what looks like one. */
  readonly redact?: ((text: string) => string) | undefined;
  /** Told once that Codex asks and no policy is set. Defaults to a warning of the process. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * Everything about approvals in one Codex tree: the policy, the journal, the queue and its part of the tree.
 *
 * ```
 * approvals                rest_for_one
 * ├─ queue                 knows what waits
 * └─ pending               dynamic: one actor per question, temporary
 * ```
 */
export class ApprovalDesk {
  readonly queue: ApprovalQueue;
  readonly #options: ApprovalOptions;
  readonly #journal: ApprovalJournal;
  readonly #audit: AuditFile | undefined;

  constructor(
    options: ApprovalOptions,
    environment: {
      readonly clock: Clock;
      readonly telemetry: TelemetryBus | undefined;
      readonly running: () => Promise<ActorSystem> | null;
    },
  ) {
    const { auditFile: path, warn, redact = (text: string) => redactText(text, []) } = options;
    const { clock, telemetry, running } = environment;
    this.#options = options;
    this.#audit = path === undefined ? undefined : new AuditFile({ path, redact, onFailure: warnOfGap });
    this.#journal = new ApprovalJournal({ clock, telemetry, file: this.#audit, warn });
    this.queue = new ApprovalQueue(running, this.#journal);
  }

  /** Its part of the tree, between the ports that ask and the threads that wait. */
  child(): ChildSpec {
    const limits = { ...defaultApprovalLimits, ...this.#options.limits };
    const timeoutMs = this.#options.timeoutMs ?? approvalTimeoutMsDefault;
    const input = { journal: this.#journal, limits, timeoutMs, createId: nanoid };
    return childSpec({
      id: approvalsPath,
      supervisor: supervisor({
        strategy: 'rest_for_one',
        children: [
          childSpec({ id: 'queue', actor: approvalQueue, input }),
          childSpec({
            id: 'pending',
            supervisor: dynamicSupervisor({ maxChildren: limits.approvalsMax }),
          }),
        ],
      }),
    });
  }

  /** The approvals of a thread that is being attached to a port. */
  attach(
    messaging: Messaging,
    thread: {
      readonly port: PortConnection;
      readonly threadId: string;
      /** Undefined: that of the desk. */
      readonly policy: ApprovalPolicy | undefined;
    },
  ): ThreadApprovals {
    return new ThreadApprovals(messaging, {
      ...thread,
      policy: thread.policy ?? this.#options.policy ?? null,
    });
  }

  /** Declines what a thread left behind that nobody takes up again. */
  threadClosed(messaging: Messaging, threadId: string): void {
    messaging.cast<ApprovalQueueMessage>(approvalQueuePath, { type: 'approval.thread_closed', threadId });
  }

  /** Resolves once everything is written. To be called when the tree has ended. */
  async close(): Promise<void> {
    await this.#audit?.close();
  }
}

function warnOfGap(error: Error): void {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  process.emitWarning(`${error.message}${cause}`, { type: 'CodexActorsWarning', code: 'APPROVAL_AUDIT_GAP' });
}
