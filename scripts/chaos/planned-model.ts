import {
  begin,
  command,
  drop,
  endEarly,
  httpError,
  type ModelRequest,
  type ModelResponse,
  type ScriptedModel,
  text,
} from '../../src/testing/index.ts';
import type { SubmissionLedger } from './submission-ledger.ts';
import { Tally } from './tally.ts';
import type { PlannedDecision, PlannedStep, RunKey, RunPlan } from './thread-plan.ts';

/** What the model says when a run of turns is to end. */
export const finishingWord = 'All done.';

/** A command that the model has asked for. */
export interface PlannedCommand {
  /** The line that the command leaves behind: in brackets, so that none is a part of another. */
  readonly line: string;
  readonly decision: PlannedDecision | null;
}

const nothing: PlannedStep = { type: 'speak', deltas: 1, gapMs: 0, finish: true };

interface OpenRun {
  readonly plan: RunPlan;
  /** Where its commands leave their lines. */
  readonly file: string;
  readonly commands: PlannedCommand[];
  nextStep: number;
}

/**
 * Lets a scripted model do what the plans of the open runs say: each request of a run gets its next step, whichever turn asks. So no
 * step is given twice, and a command that ran twice was run twice by others.
 */
export class PlannedModel {
  readonly #ledger: SubmissionLedger;
  readonly #runs = new Map<string, OpenRun>();
  readonly #given = new Tally();

  constructor(model: ScriptedModel, ledger: SubmissionLedger) {
    this.#ledger = ledger;
    model.script((request) => this.#answer(request));
  }

  /** How many steps of each kind were given. */
  get given(): Tally {
    return this.#given;
  }

  open(key: RunKey, plan: RunPlan, file: string): void {
    this.#ledger.opened(key);
    this.#runs.set(nameOf(key), { plan, file, commands: [], nextStep: 0 });
  }

  /** Ends a run; returns the commands that the model asked for in it. `lateTurnId` is as in `SubmissionLedger.closed`. */
  close(key: RunKey, lateTurnId: string | null): readonly PlannedCommand[] {
    this.#ledger.closed(key, lateTurnId);
    const run = this.#runs.get(nameOf(key));
    this.#runs.delete(nameOf(key));
    return run?.commands ?? [];
  }

  /** What a person is to say of a command, found by the line that it would leave behind. */
  decisionOf(shownCommand: string): PlannedDecision | null {
    for (const { commands } of this.#runs.values()) {
      const asked = commands.findLast(({ line }) => shownCommand.includes(line));
      if (asked !== undefined) return asked.decision;
    }
    return null;
  }

  #answer(request: ModelRequest): ModelResponse {
    const { kind, turnId, userMessages } = request;
    // Codex sums up a thread that it was told is too long, before its next turn.
    if (kind !== 'turn') return [text('what was said so far')];
    const key = this.#ledger.note({ turnId, userMessages });
    const run = key === undefined ? undefined : this.#runs.get(nameOf(key));
    if (key === undefined || run === undefined) return [text('nobody asked')];
    const number = run.nextStep;
    run.nextStep += 1;
    const step = run.plan.steps[number] ?? run.plan.steps.at(-1) ?? nothing;
    this.#count(step);
    return this.#respond(step, run, `<${nameOf(key)}#${number}>`);
  }

  #respond(step: PlannedStep, run: OpenRun, line: string): ModelResponse {
    switch (step.type) {
      case 'command': {
        run.commands.push({ line, decision: step.decision });
        const slowly = step.durationMs === 0 ? '' : `sleep ${step.durationMs / 1_000}; `;
        return [command(`echo '${line}' >> '${run.file}'; ${slowly}exit ${step.exitCode}`)];
      }
      case 'speak': {
        const { deltas, gapMs, finish } = step;
        return [text(finish ? finishingWord : `That was ${line} There is more.`, { deltas, gapMs })];
      }
      case 'refuse':
        return [httpError(step.status)];
      case 'drop':
        return dropped(step.when);
      case 'end_early':
        return [text('half a'), endEarly()];
      case 'reject':
        return [httpError(400, { body: { error: { code: step.code, message: 'no' } } })];
    }
  }

  #count(step: PlannedStep): void {
    const kind = step.type === 'refuse' ? `${step.status}` : step.type;
    this.#given.add(kind);
  }
}

function dropped(when: Extract<PlannedStep, { type: 'drop' }>['when']): ModelResponse {
  switch (when) {
    case 'before_headers':
      return [drop()];
    case 'after_headers':
      return [begin(), drop()];
    case 'while_speaking':
      return [text('half a', { deltas: 2, gapMs: 1 }), drop()];
  }
}

function nameOf({ lane, round }: RunKey): string {
  return `${lane}/${round}`;
}
