import { markersIn } from './run-marker.ts';
import type { RunKey } from './thread-plan.ts';

/** What the ledger reads of a request to the model. */
export interface LoggedRequest {
  /** Codex's id of the turn that asks. */
  readonly turnId: string;
  /** All that the user said in the thread, in order. */
  readonly userMessages: readonly string[];
}

/**
 * Reads in the model's requests whether anything was submitted twice. A message that is in a history twice was taken twice; one that is
 * answered in a second turn was submitted again.
 */
export class SubmissionLedger {
  readonly #violations: string[] = [];
  /** By run, then by marker: the turn that was opened with it. */
  readonly #open = new Map<string, Map<string, string>>();
  #submissions = 0;

  /** What was found wrong, in words. */
  get violations(): readonly string[] {
    return this.#violations;
  }

  /** Messages that reached the model in a turn of their own. */
  get submissions(): number {
    return this.#submissions;
  }

  /** A run begins: from now on its requests are expected. */
  opened(run: RunKey): void {
    this.#open.set(keyOf(run), new Map());
  }

  /** A run has ended: a request of it from now on is one too many. */
  closed(run: RunKey): void {
    this.#open.delete(keyOf(run));
  }

  /** Notes a request; returns the run that it belongs to, undefined when its thread has none. */
  note({ turnId, userMessages }: LoggedRequest): RunKey | undefined {
    const found = userMessages.map((text) => markersIn(text));
    const all = found.flat();
    const seen = new Set<string>();
    for (const { marker } of all) {
      if (seen.has(marker)) this.#violations.push(`${marker} stands twice in the history of turn ${turnId}`);
      seen.add(marker);
    }
    const last = all.at(-1);
    if (last === undefined) return undefined;
    const turns = this.#open.get(keyOf(last.run));
    const opensTurn = found.at(-1)?.at(-1)?.marker;
    if (turns === undefined) this.#violations.push(`${last.marker} was asked about after its run had ended`);
    else if (opensTurn !== undefined) this.#noteTurn(turns, opensTurn, turnId);
    return last.run;
  }

  #noteTurn(turns: Map<string, string>, marker: string, turnId: string): void {
    const before = turns.get(marker);
    if (before === undefined) this.#submissions += 1;
    else if (before !== turnId)
      this.#violations.push(`${marker} was answered in turn ${before} and again in turn ${turnId}`);
    turns.set(marker, turnId);
  }
}

function keyOf({ lane, round }: RunKey): string {
  return `${lane}/${round}`;
}
