import { parseArgs } from 'node:util';
import type { Weather } from './thread-plan.ts';

/** What a night is made of. */
export interface NightOptions {
  /** Everything that is left to chance follows from it, but not what the machine's own pace makes of it. */
  readonly seed: number;
  /** Threads that work side by side. */
  readonly threads: number;
  /** How long new runs begin. */
  readonly durationMs: number;
  readonly weather: Weather;
}

const bounds = { seed: [0, 0xffff_ffff], threads: [1, 2_000], minutes: [0.01, 24 * 60] } as const;

/**
 * Reads `--seed N --threads N --minutes N`, 1, 200 and 2 when left out, and `--soak`.
 *
 * @throws RangeError naming the option and what it takes; TypeError for an option that does not exist.
 */
export function nightOptions(args: readonly string[]): NightOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '2' },
      soak: { type: 'boolean', default: false },
    },
  });
  const seed = numberOf('seed', values.seed);
  const threads = numberOf('threads', values.threads);
  if (!Number.isInteger(seed) || !Number.isInteger(threads))
    throw new RangeError('--seed and --threads take whole numbers');
  const durationMs = numberOf('minutes', values.minutes) * 60_000;
  return { seed, threads, durationMs, weather: values.soak ? 'soak' : 'storm' };
}

function numberOf(name: keyof typeof bounds, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const [min, max] = bounds[name];
  if (value >= min && value <= max) return value;
  throw new RangeError(`--${name} takes a number from ${min} to ${max}; got ${JSON.stringify(text)}`);
}

/** Time for the runs that have begun to end, after the last one began: the killing has stopped by then. */
export function graceMs({ threads }: NightOptions): number {
  return 30_000 + threads * 600;
}
