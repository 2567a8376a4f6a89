import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AutoRunOptions } from '../../src/auto-run.ts';
import { CodexRig } from './rig.ts';

let rig: CodexRig;
beforeAll(async () => {
  rig = await CodexRig.start();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});
let prompt: string;
let prompts = 0;
beforeEach(() => {
  prompts += 1;
  prompt = `the task number ${prompts}.`;
});
const newThread = () => rig.codex.startThread(rig.threadOptions);

describe('what an auto-run is given', () => {
  const thrown = new Error('mine');
  const fail = (): never => {
    throw thrown;
  };
  test.each<[string, AutoRunOptions]>([
    ['until', { until: fail }],
    ['until', { until: () => Promise.reject(thrown) }],
    ['continueWith', { until: () => false, continueWith: fail }],
    ['onEvent', { onEvent: fail }],
    ['onEvent', { onEvent: () => Promise.reject(thrown) as never }],
  ])('ends it as failed when %s throws, and it says so', async (callback, options) => {
    const thread = newThread();
    const run = await thread.runAuto(prompt, options);
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'auto_run_callback_failed', callback, cause: thrown },
    });
    expect((await thread.run('after the failure')).finalResponse).toBe('ok');
  });

  test.each<[string, AutoRunOptions]>([
    ['until', { until: () => 'yes' as never }],
    ['continueWith', { until: () => false, continueWith: () => 5 as never }],
  ])('ends it as failed when %s answers nonsense', async (callback, options) => {
    const run = await newThread().runAuto(prompt, options);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'auto_run_callback_failed', callback } });
  });

  test.each([
    ['maxTurns', { maxTurns: 0 }],
    ['maxTurns', { maxTurns: 1_001 }],
    ['maxAttempts', { maxAttempts: 1.5 }],
    ['tokenBudget', { tokenBudget: -1 }],
    ['deadlineMs', { deadlineMs: Number.NaN }],
    ['deadlineMs', { deadlineMs: 604_800_001 }],
    ['backoff', { backoff: 5 as never }],
    ['backoff.maxAttempts', { backoff: { maxAttempts: 5 } as never }],
    ['backoff.factor', { backoff: { factor: 0 } }],
    ['until', { until: true as never }],
    ['onEvent', { onEvent: 'log' as never }],
    ['input', { continueWith: 5 as never }],
    ['signal', { signal: {} as never }],
    ['output', { output: {} } as never],
    ['outputSchema', { outputSchema: 5 }],
    ['options', 5 as never],
  ])('is refused with a %s that cannot be, before anything is sent', async (field, options) => {
    const refused = newThread().runAuto(prompt, options);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_option', field });
    expect(rig.model.submissionsOf(prompt)).toEqual([]);
  });

  test('an unknown field of its backoff is told those that there are', async () => {
    const backoff = { x: 1 } as never;
    await expect(newThread().runAuto(prompt, { backoff })).rejects.toMatchObject({
      field: 'backoff.x',
      accepted:
        'left out: backoff has no such option (its options are initialDelayMs, maxDelayMs, factor, retryAfterMaxMs)',
    });
  });

  test('is refused with an input that cannot be, before anything is sent', async () => {
    await expect(newThread().runAuto(5 as never)).rejects.toMatchObject({ code: 'invalid_option' });
    await expect(newThread().runAuto('x'.repeat(1_048_577))).rejects.toMatchObject({
      code: 'input_too_large',
    });
  });

  test('is refused on the exec transport', async () => {
    await using exec = await CodexRig.start({ transport: 'exec' });
    const refused = exec.codex.startThread(exec.threadOptions).runAuto(prompt);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_option', field: 'transport' });
  });
});
