import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Two cores, and every end-to-end test owns real processes: more workers only make them wait for each other.
    maxWorkers: 2,
    // A test that passes on the second try has not passed.
    retry: 0,
  },
});
