import { CodexGaveUpError } from '../protocol/errors/port-errors.ts';
import type { SystemReport } from '../supervisor/system-node.ts';

/** Restarts within `restartSeconds` before the Codex process is given up; the same limit holds for the root of the tree. */
export const restartsMax = 3;
export const restartSeconds = 5;

/** Notes, from what supervisors report, that the tree is ending because something in it kept dying, and what that was. */
export class GivingUp {
  /** Paths of the supervisors whose giving up ends the tree. */
  readonly #decisive: readonly string[];
  #lastFailure: unknown;
  #error: CodexGaveUpError | null = null;

  constructor(decisive: readonly string[]) {
    this.#decisive = decisive;
  }

  /** What every waiter is told, from the moment of giving up to the end of the tree; else null. */
  get error(): CodexGaveUpError | null {
    return this.#error;
  }

  note(report: SystemReport): void {
    if (!('context' in report)) return;
    const { reason, supervisor } = report;
    if (typeof reason === 'object' && 'error' in reason) this.#lastFailure = reason.error;
    if (report.context !== 'shutdown' || !this.#decisive.includes(supervisor)) return;
    const facts = { supervisor, maxRestarts: restartsMax, maxSeconds: restartSeconds };
    this.#error ??= new CodexGaveUpError(facts, { cause: this.#lastFailure });
  }

  /** The tree has ended: what comes next is another one's. */
  clear(): void {
    this.#error = null;
    this.#lastFailure = undefined;
  }
}
