import { type Random, seeded } from '../otp/random.ts';

/** What a person says of a command, and how long it takes to say it; `nobody` says nothing. */
export interface PlannedDecision {
  readonly says: 'accept' | 'decline' | 'cancel' | 'nobody';
  readonly delayMs: number;
}

/** What the model does in answer to one request. */
export type PlannedStep =
  /** Runs a command, which leaves a line behind; `decision` is null where nobody is asked. */
  | {
      readonly type: 'command';
      readonly exitCode: number;
      readonly durationMs: number;
      readonly decision: PlannedDecision | null;
    }
  /** Speaks, and ends the turn. */
  | { readonly type: 'speak'; readonly deltas: number; readonly gapMs: number; readonly finish: boolean }
  | { readonly type: 'refuse'; readonly status: 429 | 500 | 503 }
  | { readonly type: 'drop'; readonly when: 'before_headers' | 'after_headers' | 'while_speaking' }
  /** The stream ends in good order, without an end of the response. */
  | { readonly type: 'end_early' }
  /** A failure that no further attempt mends. */
  | { readonly type: 'reject'; readonly code: 'context_length_exceeded' | 'invalid_prompt' };

/** How a run is meant to end. */
export type PlannedEnding = 'done' | 'failed' | 'exhausted' | 'interrupted' | 'cancelled';

/** One automatic run of turns, from the first request to its end. */
export interface RunPlan {
  readonly ending: PlannedEnding;
  /** What the model does, a step for each request; past the end it does the last one again. */
  readonly steps: readonly PlannedStep[];
  /** Turns the run may take. */
  readonly turnsMax: number;
  /** When the caller aborts the run, from its start; null for never. */
  readonly abortAfterMs: number | null;
  /** Whether Codex asks before each command. */
  readonly asks: boolean;
  /** On which thread: a new one, that of the run before, or that taken up again by its id. */
  readonly thread: 'new' | 'same' | 'resumed';
  /** How Codex keeps the thread, if it is a new one. */
  readonly historyMode: 'paginated' | 'legacy';
}

/** Turns of a run that is not meant to be exhausted: more than a run of this length can use. */
export const turnsMaxAmple = 1_000;

/** Names one run of a night: which of the threads at work side by side, and its how manieth run. */
export interface RunKey {
  readonly lane: number;
  readonly round: number;
}

/** `storm`: everything goes wrong. `soak`: turn after turn, as in a service that runs for months; only the process dies at times. */
export type Weather = 'storm' | 'soak';

/** Turns of one run in a soak. */
const soakTurns = 25;

/** The plan of one run: the same for the same seed, lane and round. */
export function runPlan(seed: number, key: RunKey, weather: Weather = 'storm'): RunPlan {
  const random = randomOf(seed, key);
  return weather === 'storm' ? stormyRun(random, key) : soakedRun(random, key);
}

function soakedRun(random: Random, { round }: RunKey): RunPlan {
  const speak = { type: 'speak', deltas: 1, gapMs: 0, finish: false } as const;
  return {
    ending: 'done',
    asks: false,
    thread: round === 0 ? 'new' : random.pick(['new', 'same', 'resumed']),
    historyMode: random.pick(['paginated', 'legacy']),
    steps: [...Array.from({ length: soakTurns - 1 }, () => speak), { ...speak, finish: true }],
    turnsMax: turnsMaxAmple,
    abortAfterMs: null,
  };
}

function randomOf(seed: number, { lane, round }: RunKey): Random {
  return seeded(
    Math.imul(seed, 0x9e37_79b1) ^ Math.imul(lane + 1, 0x85eb_ca6b) ^ Math.imul(round, 0xc2b2_ae35),
  );
}

function stormyRun(random: Random, { round }: RunKey): RunPlan {
  const ending = endingOf(random);
  const asks = ending === 'cancelled' || random.chance(0.3);
  const thread = round === 0 ? 'new' : random.pick(['new', 'new', 'same', 'resumed']);
  const turns = random.between(1, 4);
  const before = Array.from({ length: turns }, () => turnSteps(random, asks)).flat();
  return {
    ending,
    asks,
    thread,
    historyMode: random.pick(['paginated', 'legacy']),
    steps: [...before, ...lastSteps(random, ending)],
    turnsMax: ending === 'exhausted' ? turns : turnsMaxAmple,
    abortAfterMs: ending === 'interrupted' ? random.between(0, 4_000) : null,
  };
}

function endingOf(random: Random): PlannedEnding {
  const one = random.between(1, 100);
  if (one <= 70) return 'done';
  if (one <= 78) return 'failed';
  if (one <= 86) return 'exhausted';
  return one <= 94 ? 'interrupted' : 'cancelled';
}

/** One turn: commands, between them what can go wrong, at the end some words. */
function turnSteps(random: Random, asks: boolean): readonly PlannedStep[] {
  const commands = Array.from({ length: random.between(0, 2) }, () => commandStep(random, asks));
  const steps = [...commands, speech(random, false)];
  return steps.flatMap((step) => (random.chance(0.2) ? [fault(random), step] : [step]));
}

function lastSteps(random: Random, ending: PlannedEnding): readonly PlannedStep[] {
  switch (ending) {
    case 'done':
      return [speech(random, true)];
    case 'failed':
      return [{ type: 'reject', code: random.pick(['context_length_exceeded', 'invalid_prompt']) }];
    case 'exhausted':
    case 'interrupted':
      return [speech(random, false)];
    case 'cancelled':
      return [
        { ...commandStep(random, false), decision: { says: 'cancel', delayMs: random.between(0, 300) } },
        speech(random, true),
      ];
  }
}

function commandStep(random: Random, asks: boolean): Extract<PlannedStep, { type: 'command' }> {
  return {
    type: 'command',
    exitCode: random.chance(0.3) ? random.between(1, 120) : 0,
    durationMs: random.chance(0.3) ? random.between(10, 400) : 0,
    decision: asks ? decision(random) : null,
  };
}

function decision(random: Random): PlannedDecision {
  const says = random.pick(['accept', 'accept', 'accept', 'decline', 'nobody']);
  return { says, delayMs: random.chance(0.5) ? random.between(0, 30) : random.between(200, 1_500) };
}

function speech(random: Random, finish: boolean): PlannedStep {
  return { type: 'speak', deltas: random.between(1, 6), gapMs: random.pick([0, 0, 5, 40]), finish };
}

function fault(random: Random): PlannedStep {
  switch (random.pick(['refuse', 'refuse', 'drop', 'end_early'])) {
    case 'refuse':
      return { type: 'refuse', status: random.pick([429, 500, 503]) };
    case 'drop':
      return { type: 'drop', when: random.pick(['before_headers', 'after_headers', 'while_speaking']) };
    case 'end_early':
      return { type: 'end_early' };
  }
}
