import type { ApprovalOutcome } from '../../machines/approval-machine.ts';
import type { ApprovalDecision } from '../../protocol/approvals/approval-decision.ts';
import type { ApprovalRequest } from '../../protocol/approvals/approval-request.ts';
import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { isThenable } from '../../supervisor/is-thenable.ts';
import type { Span } from '../../telemetry/span.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import { type PendingApproval, pendingApprovalsPath, type SettledApproval } from './approval-messages.ts';
import type { AuditFile } from './audit-file.ts';

/** What happens to approvals. */
export type ApprovalNews =
  | { readonly type: 'requested'; readonly approval: PendingApproval }
  /** The policy has left it to a person. */
  | { readonly type: 'deciding'; readonly approval: PendingApproval }
  | { readonly type: 'settled'; readonly approval: SettledApproval };

/** Told of approvals as it happens, synchronously: be quick. What it throws, or rejects with when it is async, goes nowhere. */
export type ApprovalListener = (news: ApprovalNews) => void;

/** Listeners of one queue; one more is refused with `LimitExceededError`. */
export const approvalListenersMax = 64;

export interface ApprovalJournalOptions {
  readonly clock: Clock;
  readonly telemetry?: TelemetryBus | undefined;
  /** Where every request and decision is written. Defaults to nowhere. */
  readonly file?: AuditFile | undefined;
  /** Milliseconds since the Unix epoch. Defaults to `Date.now`. */
  readonly wallClock?: (() => number) | undefined;
  /** Told once that Codex asks and nobody may answer. Defaults to a warning of the process. */
  readonly warn?: ((message: string) => void) | undefined;
}

/** One approval in the journal, from its request to its end. */
export interface JournalEntry {
  readonly id: string;
  readonly request: ApprovalRequest;
  readonly requestedAtMs: number;
  readonly since: number;
  readonly span: Span | undefined;
}

/** Tells everybody what is asked and what is decided: listeners, telemetry, the audit file. It outlives the tree. */
export class ApprovalJournal {
  readonly #options: ApprovalJournalOptions;
  readonly #wallClock: () => number;
  readonly #listeners = new Set<ApprovalListener>();
  #warned = false;

  constructor(options: ApprovalJournalOptions) {
    this.#options = options;
    this.#wallClock = options.wallClock ?? Date.now;
  }

  /** @throws LimitExceededError when `approvalListenersMax` listen already. */
  subscribe(listener: ApprovalListener): () => void {
    if (this.#listeners.size >= approvalListenersMax)
      throw new LimitExceededError('approvalListenersMax', approvalListenersMax, this.#listeners.size);
    // A wrapper of its own, so that the same function may listen twice and stop once.
    const own: ApprovalListener = (news) => listener(news);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  requested(id: string, request: ApprovalRequest): JournalEntry {
    const { clock, telemetry, file } = this.#options;
    const span = telemetry?.span();
    const entry = { id, request, requestedAtMs: this.#wallClock(), since: clock.now(), span };
    if (span !== undefined)
      telemetry?.publish('approval.start', () => ({ ...span.opened(), ...factsOf(entry) }));
    file?.append({ event: 'requested', atMs: entry.requestedAtMs, id, request });
    this.#tell({ type: 'requested', approval: this.pending(entry, 'requested') });
    return entry;
  }

  deciding(entry: JournalEntry): void {
    this.#tell({ type: 'deciding', approval: this.pending(entry, 'deciding') });
  }

  settled(entry: JournalEntry, outcome: ApprovalOutcome): void {
    const { id, request } = entry;
    this.#publish(entry, outcome);
    const { status, by, who, why, error } = outcome;
    const decision = withoutSecrets(request, outcome.decision);
    const failure = error === null ? {} : { error: `${error.name}: ${error.message}` };
    this.#options.file?.append({
      event: 'settled',
      atMs: this.#wallClock(),
      id,
      threadId: request.threadId,
      kind: request.kind,
      status,
      decision,
      by,
      who,
      why,
      ...failure,
    });
    this.#tell({ type: 'settled', approval: this.settlement(entry, outcome) });
  }

  /** Says that Codex asks and nobody may answer; the first time only. */
  noPolicy(): void {
    if (this.#warned) return;
    this.#warned = true;
    const { warn = warnProcess } = this.#options;
    warn(
      'Codex asked for an approval and no policy is set, so it was declined, and so is every further one. ' +
        'Pass `approvals` to new Codex(), such as ask() to decide through codex.approvals.',
    );
  }

  pending(entry: JournalEntry, state: PendingApproval['state']): PendingApproval {
    const { id, request, requestedAtMs } = entry;
    return { id, request, state, requestedAtMs, ageMs: this.#ageOf(entry) };
  }

  settlement(entry: JournalEntry, outcome: ApprovalOutcome): SettledApproval {
    return { id: entry.id, request: entry.request, outcome, ageMs: this.#ageOf(entry) };
  }

  #ageOf({ since }: JournalEntry): number {
    return this.#options.clock.now() - since;
  }

  #publish(entry: JournalEntry, outcome: ApprovalOutcome): void {
    const { telemetry } = this.#options;
    const { span } = entry;
    if (telemetry === undefined || span === undefined) return;
    const { status, by, error } = outcome;
    const fields = { ...factsOf(entry), status, by };
    if (error === null) telemetry.publish('approval.stop', () => ({ ...span.closed(), ...fields }));
    else {
      const failed = { error: telemetry.error(error) };
      telemetry.publish('approval.exception', () => ({ ...span.closed(), ...fields, ...failed }));
    }
  }

  #tell(news: ApprovalNews): void {
    for (const listener of this.#listeners) {
      try {
        const answer: unknown = listener(news);
        // An async listener that rejects must not end the host.
        if (isThenable(answer)) answer.then(undefined, () => undefined);
      } catch {
        // A listener's own error must not keep Codex without an answer.
      }
    }
  }
}

function factsOf({ id, request }: JournalEntry) {
  const { threadId, turnId, itemId, kind } = request;
  const path = `codex/${pendingApprovalsPath}/${id}`;
  return { path, approvalId: id, approvalKind: kind, threadId, turnId, itemId };
}

/** A decision as it may be written down. */
function withoutSecrets(
  request: ApprovalRequest,
  decision: ApprovalDecision | null,
): ApprovalDecision | null {
  if (decision?.type !== 'answer' || request.kind !== 'user_input') return decision;
  const secret = new Set(request.questions.flatMap((one) => (one.isSecret ? [one.id] : [])));
  const answers = Object.entries(decision.answers).map(([id, given]) => [
    id,
    secret.has(id) ? given.map(() => '[secret]') : given,
  ]);
  return { type: 'answer', answers: Object.fromEntries(answers) };
}

function warnProcess(message: string): void {
  process.emitWarning(message, { type: 'CodexActorsWarning', code: 'NO_APPROVAL_POLICY' });
}
