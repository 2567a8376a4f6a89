import { defineConfig } from 'vitest/config';

/** The tests that stand for src/supervisor alone: they need no Codex, and a mutant gets an answer within milliseconds. */
export default defineConfig({
  test: {
    include: ['test/supervisor/**/*.test.ts', 'test/testing/simulated-clock.test.ts'],
    // They cost seconds for every mutant, and say nothing that a smaller test does not.
    exclude: ['test/supervisor/scale.test.ts'],
    testTimeout: 5_000,
    retry: 0,
    isolate: false,
  },
});
