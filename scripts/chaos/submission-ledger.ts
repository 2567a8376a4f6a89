import { lostText } from '../../src/actors/auto-run/auto-run-inputs.ts';
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
 * Reads in the model's requests whether anything was submitted twice: a message that is in a history twice was taken twice, one that the
 * model is asked about in a second turn was submitted again.
 *
 * An auto-run may tell a message again, with a word of warning, when its process died before the model was asked. Then it may be in the
 * history without that word too: there is a moment in which Codex has kept a message and does not yet list it.
 */
export class SubmissionLedger {
  readonly #violations: string[] = [];
  /** By run, then by marker: the turn that was opened with it. */
  readonly #open = new Map<string, Map<string, string>>();
  readonly #late = new Set<string>();
  #submissions = 0;
  #retellings = 0;

  /** What was found wrong, in words. */
  get violations(): readonly string[] {
    return this.#violations;
  }

  /** Messages that reached the model in a turn of their own. */
  get submissions(): number {
    return this.#submissions;
  }

  /** Turns that were opened with a message that was told again, with a word of warning. */
  get retellings(): number {
    return this.#retellings;
  }

  /** A run begins: from now on its requests are expected. */
  opened(run: RunKey): void {
    this.#open.set(keyOf(run), new Map());
  }

  /**
   * A run has ended: a request of it from now on is one too many.
   *
   * @param lateTurnId A turn that was interrupted with it, whose request may still be on its way; null when there is none.
   */
  closed(run: RunKey, lateTurnId: string | null): void {
    this.#open.delete(keyOf(run));
    if (lateTurnId !== null) this.#late.add(lateTurnId);
  }

  /** Notes a request; returns the run that it belongs to, undefined when its thread has none. */
  note({ turnId, userMessages }: LoggedRequest): RunKey | undefined {
    const found = userMessages.map((text) => markersIn(text));
    this.#noteHistory(
      turnId,
      found.flatMap((markers, at) => (isToldAgain(userMessages[at]) ? [] : markers)),
    );
    const last = found.flat().at(-1);
    if (last === undefined) return undefined;
    const turns = this.#open.get(keyOf(last.run));
    const opening = found.at(-1)?.at(-1)?.marker;
    if (turns === undefined) {
      if (!this.#late.has(turnId))
        this.#violations.push(`${last.marker} was asked about after its run had ended`);
    } else if (opening !== undefined && turns.get(opening) !== turnId) {
      if (isToldAgain(userMessages.at(-1))) this.#retellings += 1;
      this.#noteTurn(turns, opening, turnId);
    }
    return last.run;
  }

  #noteHistory(turnId: string, markers: readonly { readonly marker: string }[]): void {
    const seen = new Set<string>();
    for (const { marker } of markers) {
      if (seen.has(marker)) this.#violations.push(`${marker} stands twice in the history of turn ${turnId}`);
      seen.add(marker);
    }
  }

  #noteTurn(turns: Map<string, string>, marker: string, turnId: string): void {
    const before = turns.get(marker);
    turns.set(marker, turnId);
    if (before === undefined) this.#submissions += 1;
    else this.#violations.push(`${marker} was answered in turn ${before} and again in turn ${turnId}`);
  }
}

function isToldAgain(message: string | undefined): boolean {
  return message?.startsWith(lostText) === true;
}

function keyOf({ lane, round }: RunKey): string {
  return `${lane}/${round}`;
}
