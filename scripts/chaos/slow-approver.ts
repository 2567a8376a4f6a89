import { setTimeout as delay } from 'node:timers/promises';
import type { ApprovalNews } from '../../src/actors/approvals/approval-journal.ts';
import type { Codex } from '../../src/index.ts';
import { Tally } from './tally.ts';
import type { PlannedDecision } from './thread-plan.ts';

/** A person who decides from outside, as late as planned, and keeps count of what became of each question. */
export class SlowApprover implements AsyncDisposable {
  readonly #codex: Codex;
  readonly #decisionOf: (shownCommand: string) => PlannedDecision | null;
  readonly #unsubscribe: () => void;
  readonly #leaving = new AbortController();
  readonly #open = new Set<string>();
  readonly #deciding = new Set<Promise<void>>();
  readonly #settled = new Tally();
  readonly #violations: string[] = [];

  constructor(codex: Codex, decisionOf: (shownCommand: string) => PlannedDecision | null) {
    this.#codex = codex;
    this.#decisionOf = decisionOf;
    this.#unsubscribe = codex.approvals.subscribe((news) => this.#told(news));
  }

  /** How many questions ended, by how. */
  get settled(): Tally {
    return this.#settled;
  }

  /** Questions that were asked and have not ended. */
  get open(): number {
    return this.#open.size;
  }

  /** What was found wrong, in words. */
  get violations(): readonly string[] {
    return this.#violations;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await Promise.all(this.#deciding);
    this.#unsubscribe();
  }

  #told({ type, approval }: ApprovalNews): void {
    const { id, request } = approval;
    if (type === 'requested') this.#open.add(id);
    else if (type === 'settled') this.#noteEnd(id, approval.outcome.status);
    else if (request.kind === 'command') {
      const deciding = this.#decide(id, this.#decisionOf(request.command ?? ''));
      this.#deciding.add(deciding);
      void deciding.then(() => this.#deciding.delete(deciding));
    }
  }

  #noteEnd(id: string, status: string): void {
    if (!this.#open.delete(id)) this.#violations.push(`approval ${id} ended twice, now as ${status}`);
    this.#settled.add(status);
  }

  async #decide(id: string, decision: PlannedDecision | null): Promise<void> {
    if (decision === null || decision.says === 'nobody') return;
    const { says, delayMs } = decision;
    const { signal } = this.#leaving;
    try {
      await delay(delayMs, undefined, { signal });
      await this.#codex.approvals.decide(id, { type: says }, { who: 'chaos' });
    } catch (error) {
      // Its process died meanwhile, or the run was aborted: the question is gone.
      const code = error instanceof Error && 'code' in error ? error.code : error;
      if (!signal.aborted && code !== 'approval_not_pending')
        this.#violations.push(`deciding ${id} failed: ${String(error)}`);
    }
  }
}
