import type { ApprovalEffects, ApprovalEvent, ApprovalOutcome } from '../../machines/approval-machine.ts';
import type { ApprovalDecision } from '../../protocol/approvals/approval-decision.ts';
import { encodeDecision } from '../../protocol/approvals/encode-decision.ts';
import type { ActorContext } from '../../supervisor/behaviour.ts';
import type { ApprovalJournal, JournalEntry } from './approval-journal.ts';
import { type ApprovalQueueMessage, approvalQueuePath, type OpenQuestion } from './approval-messages.ts';
import { type ApprovalVerdict, judge } from './policies/approval-policy.ts';

/** Decision listeners of one approval: more than policies can be nested in good faith. */
const decisionListenersMax = 1_000;

/** The acting half of one approval: asks the policy, answers Codex, tells the queue. */
export class ApprovalShell implements ApprovalEffects {
  readonly #context: ActorContext<ApprovalEvent>;
  readonly #question: OpenQuestion;
  readonly #entry: JournalEntry;
  readonly #journal: ApprovalJournal;
  readonly #ended = new AbortController();
  readonly #onDecision: ((decision: ApprovalDecision) => void)[] = [];
  #tell: (event: ApprovalEvent) => void = () => undefined;
  #settled = false;

  constructor(
    context: ActorContext<ApprovalEvent>,
    question: OpenQuestion,
    entry: JournalEntry,
    journal: ApprovalJournal,
  ) {
    this.#context = context;
    this.#question = question;
    this.#entry = entry;
    this.#journal = journal;
    context.monitor(question.port);
    // Killed or crashed, an approval still answers: Codex would wait for ever.
    context.signal.addEventListener('abort', () => this.settle(endedEarly), { once: true });
  }

  /** Snapshots hold the shell, and inspectors write snapshots down: it has nothing to show. */
  toJSON(): undefined {
    return undefined;
  }

  connect(answer: (event: ApprovalEvent) => void): void {
    this.#tell = answer;
  }

  consult(): void {
    const { policy, request } = this.#question;
    if (policy === null) {
      this.#journal.noPolicy();
      queueMicrotask(() => this.#tell({ type: 'policy.absent' }));
      return;
    }
    const context = {
      id: this.#entry.id,
      clock: this.#context.clock,
      signal: this.#ended.signal,
      onDecision: (listener: (decision: ApprovalDecision) => void) => {
        if (this.#onDecision.length < decisionListenersMax) this.#onDecision.push(listener);
      },
    };
    judge(policy, request, context).then(
      (verdict) => this.#tell(eventOf(verdict)),
      (error: Error) => this.#tell({ type: 'policy.failed', error }),
    );
  }

  asked(): void {
    this.#journal.deciding(this.#entry);
    this.#toQueue({ type: 'approval.deciding', id: this.#entry.id });
  }

  settle(outcome: ApprovalOutcome): void {
    if (this.#settled) return;
    this.#settled = true;
    const { request, respond, ended } = this.#question;
    ended?.(outcome);
    if (outcome.decision !== null) respond({ result: encodeDecision(request, outcome.decision) });
    this.#ended.abort();
    this.#tellPolicies(outcome);
    this.#journal.settled(this.#entry, outcome);
    this.#toQueue({ type: 'approval.settled', id: this.#entry.id, outcome });
  }

  #tellPolicies({ by, decision }: ApprovalOutcome): void {
    if (decision === null || (by !== 'policy' && by !== 'person')) return;
    for (const listener of this.#onDecision) {
      try {
        listener(decision);
      } catch {
        // The decision stands, whatever a policy makes of it.
      }
    }
  }

  #toQueue(message: ApprovalQueueMessage): void {
    this.#context.cast<ApprovalQueueMessage>(approvalQueuePath, message);
  }
}

const endedEarly: ApprovalOutcome = {
  status: 'declined',
  decision: { type: 'decline', reason: 'the approval was ended' },
  by: 'runtime',
  who: null,
  why: 'the approval was ended',
  error: null,
};

function eventOf(verdict: ApprovalVerdict): ApprovalEvent {
  switch (verdict.type) {
    case 'ask':
      return { type: 'policy.asks', timeoutMs: verdict.timeoutMs ?? null };
    case 'pass': {
      const why = 'no policy has an opinion on it';
      return { type: 'policy.decided', decision: { type: 'decline', reason: why }, why };
    }
    default:
      return { type: 'policy.decided', decision: verdict, why: null };
  }
}
