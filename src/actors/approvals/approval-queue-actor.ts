import type { ApprovalEvent, ApprovalOutcome } from '../../machines/approval-machine.ts';
import { approvalMachine } from '../../machines/approval-machine.ts';
import { checkDecision } from '../../protocol/approvals/approval-decision.ts';
import { encodeDecision } from '../../protocol/approvals/encode-decision.ts';
import { ApprovalNotPendingError } from '../../protocol/errors/approval-errors.ts';
import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import type {
  ActorContext,
  ActorInstance,
  Behaviour,
  DownMessage,
  MonitorRef,
  Pid,
  ReplyTo,
} from '../../supervisor/behaviour.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import { startChild } from '../../supervisor/supervisor-client.ts';
import type { ApprovalJournal, JournalEntry } from './approval-journal.ts';
import type { ApprovalLimits } from './approval-limits.ts';
import {
  type ApprovalQueueMessage,
  type DecideRequest,
  type OpenQuestion,
  type PendingApproval,
  pendingApprovalsPath,
} from './approval-messages.ts';
import { ApprovalShell } from './approval-shell.ts';

export interface ApprovalQueueInput {
  readonly journal: ApprovalJournal;
  readonly limits: ApprovalLimits;
  /** Milliseconds until an approval that nobody decides is declined. */
  readonly timeoutMs: number;
  readonly createId: () => string;
}

interface Entry {
  readonly question: OpenQuestion;
  readonly journal: JournalEntry;
  readonly actor: Pid<ApprovalEvent>;
  readonly monitor: MonitorRef;
  state: PendingApproval['state'];
  /** Whoever has decided it, and waits to hear that it counted. */
  decider: ReplyTo | null;
}

/**
 * Knows every approval that waits, and starts an actor for each. It decides nothing itself: it hands decisions on, and removes what
 * has ended. Threads come and go; it stays.
 */
export const approvalQueue: Behaviour<ApprovalQueueMessage, ApprovalQueueInput> = {
  init: (context, input) => new ApprovalQueueActor(context, input),
};

class ApprovalQueueActor implements ActorInstance<ApprovalQueueMessage> {
  readonly #context: ActorContext<ApprovalQueueMessage>;
  readonly #input: ApprovalQueueInput;
  /** By id, oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #byMonitor = new Map<MonitorRef, string>();
  #bytes = 0;

  constructor(context: ActorContext<ApprovalQueueMessage>, input: ApprovalQueueInput) {
    this.#context = context;
    this.#input = input;
  }

  receive(message: ApprovalQueueMessage | DownMessage, replyTo: ReplyTo | undefined): void | Promise<void> {
    switch (message.type) {
      case 'approval.asked':
        return this.#take(message.question, replyTo);
      case 'approvals.list':
        replyTo?.reply(this.#list());
        return undefined;
      case 'approvals.decide':
        return this.#decide(message, replyTo);
      case 'approval.resolved':
        return this.#withdraw('resolved', message.threadId, message.requestId);
      case 'approval.thread_closed':
        return this.#withdraw('thread_closed', message.threadId);
      case 'approval.deciding':
        return this.#noteDeciding(message.id);
      case 'approval.settled':
        return this.#remove(message.id, message.outcome);
      case 'down':
        return this.#remove(this.#byMonitor.get(message.monitor) ?? '', null);
    }
  }

  /** A crash of the queue takes the approvals with it: each answers Codex as it ends. */
  async #take(question: OpenQuestion, replyTo: ReplyTo | undefined): Promise<void> {
    const { createId, journal } = this.#input;
    const id = createId();
    const entry = journal.requested(id, question.request);
    const excess = this.#excessOf(question);
    if (excess !== null) this.#refuse(question, entry, excess);
    else await this.#start(id, question, entry);
    replyTo?.reply('taken');
  }

  async #start(id: string, question: OpenQuestion, journal: JournalEntry): Promise<void> {
    const { timeoutMs } = this.#input;
    const spec = childSpec({
      id,
      actor: approvalMachine,
      input: (context: ActorContext<ApprovalEvent>) => ({
        effects: new ApprovalShell(context, question, journal, this.#input.journal),
        timeoutMs,
      }),
      restart: 'temporary',
      stopEvent: { type: 'approval.stop' },
    });
    const started = await startChild(this.#context, pendingApprovalsPath, spec).catch(
      (error: Error) => error,
    );
    if (started instanceof Error || !started.ok || started.pid === undefined) {
      this.#refuse(
        question,
        journal,
        started instanceof Error ? started : new Error('The approval did not start.'),
      );
      return;
    }
    const monitor = this.#context.monitor(started.pid);
    this.#entries.set(id, {
      question,
      journal,
      actor: started.pid,
      monitor,
      state: 'requested',
      decider: null,
    });
    this.#byMonitor.set(monitor, id);
    this.#bytes += question.bytes;
  }

  #excessOf({ bytes }: OpenQuestion): Error | null {
    const { approvalBytesMax, approvalsBytesMax, approvalsMax } = this.#input.limits;
    if (bytes > approvalBytesMax) return new LimitExceededError('approvalBytesMax', approvalBytesMax, bytes);
    if (this.#entries.size >= approvalsMax)
      return new LimitExceededError('approvalsMax', approvalsMax, this.#entries.size);
    const all = this.#bytes + bytes;
    return all > approvalsBytesMax
      ? new LimitExceededError('approvalsBytesMax', approvalsBytesMax, all)
      : null;
  }

  #refuse({ request, respond }: OpenQuestion, entry: JournalEntry, error: Error): void {
    const why = error.message;
    const decision = { type: 'decline', reason: why } as const;
    respond({ result: encodeDecision(request, decision) });
    this.#input.journal.settled(entry, {
      status: 'declined',
      decision,
      by: 'runtime',
      who: null,
      why,
      error,
    });
  }

  #list(): readonly PendingApproval[] {
    return [...this.#entries.values()].map(({ journal, state }) =>
      this.#input.journal.pending(journal, state),
    );
  }

  #decide({ id, decision, who, why }: DecideRequest, replyTo: ReplyTo | undefined): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.decider !== null) {
      replyTo?.fail(new ApprovalNotPendingError(id));
      return;
    }
    try {
      const checked = checkDecision(entry.question.request, decision);
      entry.decider = replyTo ?? silent;
      this.#context.cast(entry.actor, { type: 'approval.decided', decision: checked, who, why });
    } catch (error) {
      replyTo?.fail(error);
    }
  }

  #withdraw(
    reason: 'resolved' | 'thread_closed',
    threadId: string,
    requestId?: OpenQuestion['requestId'],
  ): void {
    for (const { actor, question } of this.#entries.values()) {
      if (question.request.threadId !== threadId) continue;
      if (requestId !== undefined && question.requestId !== requestId) continue;
      this.#context.cast(actor, { type: 'approval.withdrawn', reason });
    }
  }

  #noteDeciding(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.state = 'deciding';
  }

  /** @param outcome Null when its actor ended without a word, as after a kill. */
  #remove(id: string, outcome: ApprovalOutcome | null): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#byMonitor.delete(entry.monitor);
    this.#context.demonitor(entry.monitor);
    this.#bytes -= entry.question.bytes;
    if (outcome?.by === 'person')
      entry.decider?.reply(this.#input.journal.settlement(entry.journal, outcome));
    else entry.decider?.fail(new ApprovalNotPendingError(id));
  }
}

const silent: ReplyTo = { reply: () => undefined, fail: () => undefined };
