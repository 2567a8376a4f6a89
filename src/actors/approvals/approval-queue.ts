import type { ApprovalDecision } from '../../protocol/approvals/approval-decision.ts';
import { ApprovalNotPendingError } from '../../protocol/errors/approval-errors.ts';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { CodexError } from '../../protocol/errors/codex-error.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { ActorSystem } from '../../supervisor/actor-system.ts';
import type { Request } from '../../supervisor/behaviour.ts';
import { CallError } from '../../supervisor/call-error.ts';
import type { ApprovalJournal, ApprovalListener } from './approval-journal.ts';
import {
  approvalQueuePath,
  type DecideRequest,
  type ListRequest,
  type PendingApproval,
  type SettledApproval,
} from './approval-messages.ts';

/** Who decides, and why: told to listeners and written into the audit. */
export interface DecideOptions {
  /** The person's name, at most 1,000 characters. Defaults to none. */
  readonly who?: string;
  /** At most 1,000 characters. Defaults to the decision's own reason. */
  readonly why?: string;
}

const decideOptionNames = { who: 'own', why: 'own' } as const satisfies OptionNames<DecideOptions>;

/** Characters of `who` and `why`; longer ones are refused. */
export const decisionNoteLengthMax = 1_000;

/** What `answer` gives to a message from another process: plain JSON. */
export type ApprovalQueueAnswer =
  | { readonly ok: true; readonly approvals: readonly PendingApproval[] }
  | { readonly ok: true; readonly status: SettledApproval['outcome']['status'] }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/**
 * The approvals of one `Codex` that wait: those that a policy left to a person, and those that it is still at. It lists, decides and
 * tells; it outlives threads, their crashes, and the processes that ask.
 *
 * @example
 * const [approval] = await codex.approvals.list();
 * if (approval) await codex.approvals.decide(approval.id, { type: 'accept' }, { who: 'ada' });
 */
export class ApprovalQueue {
  readonly #running: () => Promise<ActorSystem> | null;
  readonly #journal: ApprovalJournal;

  /** @internal */
  constructor(running: () => Promise<ActorSystem> | null, journal: ApprovalJournal) {
    this.#running = running;
    this.#journal = journal;
  }

  /** What waits, oldest first. */
  async list(): Promise<readonly PendingApproval[]> {
    const request: ListRequest = { type: 'approvals.list' };
    try {
      return (await this.#call(request)) ?? [];
    } catch (error) {
      // Its queue is just being restarted, and nothing outlives that.
      if (error instanceof CallError && error.code === 'noproc') return [];
      throw error;
    }
  }

  /**
   * Decides one, whether its policy is still at it or has asked. Resolves once Codex has been answered.
   *
   * Rejects with `ApprovalNotPendingError` when it is settled already, also when somebody else was a moment faster, and with
   * `InvalidOptionError` for a decision that the request does not accept: then it waits on.
   */
  async decide(
    id: string,
    decision: ApprovalDecision,
    options: DecideOptions = {},
  ): Promise<SettledApproval> {
    if (typeof id !== 'string') throw new InvalidOptionError('id', id, 'the id of a pending approval');
    checkOptionNames('approvals.decide', options, decideOptionNames);
    const who = noteOf('who', options.who);
    const why = noteOf('why', options.why);
    return this.#decide({ type: 'approvals.decide', id, decision, who, why });
  }

  /**
   * Calls `listener` with each request, each question to a person, and each end, until the returned function is called. What waits
   * already is not told: `list` it.
   *
   * @throws LimitExceededError when 64 listen already.
   */
  subscribe(listener: ApprovalListener): () => void {
    if (typeof listener !== 'function') throw new InvalidOptionError('listener', listener, 'a function');
    return this.#journal.subscribe(listener);
  }

  /**
   * The queue for another process: takes `{ type: 'approvals.list' }` or `{ type: 'approvals.decide', id, decision, who?, why? }` as
   * parsed JSON and resolves with what is to be sent back. Never rejects. Whoever connects it to a socket decides who may speak.
   */
  async answer(message: unknown): Promise<ApprovalQueueAnswer> {
    try {
      return await this.#answer(message);
    } catch (error) {
      if (CodexError.isInstance(error))
        return { ok: false, error: { code: error.code, message: error.message } };
      return { ok: false, error: { code: 'unavailable', message: 'The queue could not answer.' } };
    }
  }

  async #answer(message: unknown): Promise<ApprovalQueueAnswer> {
    const { type, id, decision, who, why } = isRecord(message) ? message : {};
    if (type === 'approvals.list') return { ok: true, approvals: await this.list() };
    if (type !== 'approvals.decide' || typeof id !== 'string')
      throw new InvalidOptionError(
        'message',
        message,
        "{ type: 'approvals.list' } or { type: 'approvals.decide', id, decision }",
      );
    const notes = { who: noteOf('who', who), why: noteOf('why', why) };
    const settled = await this.#decide({ type: 'approvals.decide', id, decision, ...notes });
    return { ok: true, status: settled.outcome.status };
  }

  async #decide(request: DecideRequest): Promise<SettledApproval> {
    try {
      const settled = await this.#call(request);
      if (settled !== null) return settled;
    } catch (error) {
      if (error instanceof CallError) throw new ApprovalNotPendingError(request.id, { cause: error });
      throw error;
    }
    throw new ApprovalNotPendingError(request.id);
  }

  /** Null when nothing runs, so that nothing waits. */
  async #call<Reply>(request: Request<Reply>): Promise<Reply | null> {
    const system = await this.#running()?.catch(() => null);
    return system ? system.call(approvalQueuePath, request) : null;
  }
}

function noteOf(field: string, note: unknown): string | null {
  if (note === undefined || note === null) return null;
  if (typeof note !== 'string' || note.length > decisionNoteLengthMax)
    throw new InvalidOptionError(field, note, `a string of at most ${decisionNoteLengthMax} characters`);
  return note;
}
