import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearestName } from '../../src/protocol/nearest-name.ts';

const known = ['sandboxMode', 'model', 'modelReasoningEffort', 'workingDirectory', 'env', 'timeoutMs'];

describe('the name that was probably meant', () => {
  test.each([
    ['sandboxmode', 'sandboxMode'],
    ['sandbox_mode', 'sandboxMode'],
    ['sandbox-mode', 'sandboxMode'],
    ['snadboxMode', 'sandboxMode'],
    ['sandboxMod', 'sandboxMode'],
    ['sandbox', 'sandboxMode'],
    ['timeout', 'timeoutMs'],
    ['workdirectory', undefined],
    ['modle', 'model'],
    ['env2', 'env'],
    ['cwd', undefined],
    ['a', undefined],
    ['', undefined],
    ['verbose', undefined],
    ['x'.repeat(10_000), undefined],
  ])('by %j is %j', (name, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });

  test('is found with any one character of it missing, doubled or swapped with its neighbour', () => {
    const mistakes: readonly ((name: string, at: number) => string)[] = [
      (name, at) => name.slice(0, at) + name.slice(at + 1),
      (name, at) => name.slice(0, at + 1) + name.slice(at),
      (name, at) => name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.constantFrom(...mistakes), fc.nat(30), (name, spoil, at) => {
        expect(nearestName(spoil(name, at % name.length), known)).toBe(name);
      }),
    );
  });
});
