import { seeded } from '../otp/random.ts';

/** One attack on the Codex process. */
export interface PlannedKill {
  /** Milliseconds after the one before, or after the beginning. */
  readonly afterMs: number;
  /** How many processes are killed in a row, each as soon as it is ready. Four are more than the tree takes. */
  readonly deaths: 1 | 4;
}

/** Least time between attacks: three deaths in any five seconds are taken, a fourth ends the tree. */
export const killIntervalMsMin = 1_800;

/** The attacks of one night, in order: endless, the same for the same seed. */
export function* killPlan(seed: number): Generator<PlannedKill, never> {
  const random = seeded(seed);
  for (let sinceBurst = 0; ; sinceBurst += 1) {
    const isBurst = sinceBurst >= 3 && random.chance(0.15);
    if (isBurst) sinceBurst = -1;
    yield { afterMs: random.between(killIntervalMsMin, 5_000), deaths: isBurst ? 4 : 1 };
  }
}
