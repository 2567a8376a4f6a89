import { performance } from 'node:perf_hooks';

/** One measured figure, as it goes to results.json and into docs/performance.md. */
export interface Figure {
  /** What was measured, such as `thread.run p50`. */
  readonly name: string;
  /** Who was measured: `codex-actors`, or the peer. */
  readonly subject: string;
  readonly value: number;
  readonly unit: 'ms' | 'µs' | 'ns' | 'turns/s' | 'deltas/s' | 'bytes' | 'MiB/s' | 'files/min' | 'ratio';
}

/** A ratio of two figures of one run, with the limit it is held against. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  /** Standard error of the value, where it is the median of many. */
  readonly error?: number;
  readonly limit: number;
  readonly want: 'at least' | 'at most';
}

/** What one suite hands to the runner. */
export interface SuiteResult {
  readonly suite: string;
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
}

/** The value below which `fraction` of the samples lie (nearest rank). Throws on an empty list. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(fraction * sorted.length) - 1)];
  if (value === undefined) throw new Error('percentile of no samples');
  return value;
}

/** The middle sample. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** A middle sample and how sure it is. */
export interface Estimate {
  readonly value: number;
  /** Standard error of the value. */
  readonly error: number;
}

/** The middle sample, with the standard error that the middle half of them tells. Throws on an empty list. */
export function medianWithError(samples: readonly number[]): Estimate {
  const spread = (percentile(samples, 0.75) - percentile(samples, 0.25)) / 1.349;
  return { value: median(samples), error: (1.2533 * spread) / Math.sqrt(samples.length) };
}

/**
 * How `own` compares with `other`, sample by sample of the same round: the median of the quotients, which a machine that is slow for a
 * while does not move. Throws on empty lists.
 */
export function pairedRatio(own: readonly number[], other: readonly number[]): Estimate {
  return medianWithError(own.map((sample, round) => sample / (other[round] ?? Number.NaN)));
}

/** Milliseconds one awaited call takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Runs the subjects in turn, A B B A A B…, so that drift of the machine, and what one leaves behind for the next, hits all alike.
 * Returns what each of them gave in the rounds after the warm-up, in the subjects' order.
 */
export async function inTurn<Sample>(
  subjects: readonly (() => Promise<Sample>)[],
  rounds: number,
  warmUp: number,
): Promise<Sample[][]> {
  const samples: Sample[][] = subjects.map(() => []);
  for (let round = -warmUp; round < rounds; round += 1) {
    const order = [...subjects.entries()];
    if (round % 2 !== 0) order.reverse();
    for (const [index, subject] of order) {
      const sample = await subject();
      if (round >= 0) samples[index]?.push(sample);
    }
  }
  return samples;
}

/** Times the subjects in turn: `inTurn`, in milliseconds. */
export function interleaved(
  subjects: readonly (() => Promise<unknown>)[],
  rounds: number,
  warmUp: number,
): Promise<number[][]> {
  return inTurn(
    subjects.map((subject) => () => timed(subject)),
    rounds,
    warmUp,
  );
}

/** Prints the suite's result as the one line the runner reads. */
export function report(result: SuiteResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
