import { describe, expect, test } from 'vitest';
import { isFlat, type MemorySample, noiseBytes } from '../../../scripts/chaos/memory-samples.ts';

function samples(bytes: readonly number[]): readonly MemorySample[] {
  return bytes.map((heapBytes) => ({ heapBytes, bufferBytes: 0, residentBytes: 0 }));
}

describe('memory is flat', () => {
  test('when it has stopped growing after the first third', () => {
    expect(isFlat(samples([1, 50, 100, 100, 100, 100, 90, 110, 100].map((n) => n * noiseBytes)))).toBe(true);
    expect(isFlat([])).toBe(true);
  });

  test('not when it goes on growing', () => {
    expect(isFlat(samples(Array.from({ length: 12 }, (_, n) => n * noiseBytes)))).toBe(false);
  });
});
