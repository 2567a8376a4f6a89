import { seeded } from '../otp/random.ts';
import type { Weather } from './thread-plan.ts';

/** One attack on the Codex process. */
export interface PlannedKill {
  /** Milliseconds after the one before, or after the beginning. */
  readonly afterMs: number;
  /** How many processes are killed in a row, each as soon as it is ready. Four are more than the tree takes. */
  readonly deaths: 1 | 4;
}

/** Least time between attacks: three deaths in any five seconds are taken, a fourth ends the tree. */
export const killIntervalMsMin = 1_800;

/** The attacks of one night, in order: endless, the same for the same seed. In a soak they are few, and none ends the tree. */
export function* killPlan(seed: number, weather: Weather = 'storm'): Generator<PlannedKill, never> {
  const random = seeded(seed);
  while (weather === 'soak') yield { afterMs: random.between(5_000, 15_000), deaths: 1 };
  for (let sinceBurst = 0; ; sinceBurst += 1) {
    const isBurst = sinceBurst >= 3 && random.chance(0.15);
    if (isBurst) sinceBurst = -1;
    yield { afterMs: random.between(killIntervalMsMin, 5_000), deaths: isBurst ? 4 : 1 };
  }
}
