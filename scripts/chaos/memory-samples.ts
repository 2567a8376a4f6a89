import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Memory of this process at one moment, in bytes. */
export interface MemorySample {
  /** What is alive: after a garbage collection. */
  readonly heapBytes: number;
  /** Buffers outside of the heap. */
  readonly bufferBytes: number;
  readonly residentBytes: number;
}

/** Growth of what is alive that is taken for noise: buffers in flight, code that became hot. */
export const noiseBytes = 12 * 1024 * 1024;
const noiseFactor = 1.25;

/** Collects garbage and looks. */
export function memorySample(): MemorySample {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, bufferBytes: arrayBuffers, residentBytes: rss };
}

/**
 * Whether what is alive has stopped growing: its median in the last third of the samples is that of the third before, up to noise. The
 * first third is for warming up.
 */
export function isFlat(samples: readonly MemorySample[]): boolean {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return true;
  const alive = samples.map(({ heapBytes, bufferBytes }) => heapBytes + bufferBytes);
  const before = median(alive.slice(third, 2 * third));
  const after = median(alive.slice(-third));
  return after <= Math.max(before * noiseFactor, before + noiseBytes);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
