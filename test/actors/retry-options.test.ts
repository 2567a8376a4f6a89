import { describe, expect, test } from 'vitest';
import { type CodexRetryOptions, retryRulesOf } from '../../src/actors/retry-options.ts';
import { Codex, CodexError } from '../../src/index.ts';
import { threadRetryBudget, turnRetryBudget } from '../../src/machines/retry-budget.ts';
import { defaultRetryPolicy } from '../../src/machines/retry-policy.ts';

const defaults = {
  policy: defaultRetryPolicy,
  turnBudget: turnRetryBudget,
  threadBudget: threadRetryBudget,
};

describe('whether failed turns are tried again', () => {
  test('is off in the compatible profile unless the option is given, on in lean unless it is false', () => {
    expect(retryRulesOf({}, undefined)).toBeNull();
    expect(retryRulesOf({}, 'compatible')).toBeNull();
    expect(retryRulesOf({ retries: {} }, 'compatible')).toEqual(defaults);
    expect(retryRulesOf({}, 'lean')).toEqual(defaults);
    expect(retryRulesOf({ retries: false }, 'lean')).toBeNull();
  });

  test('what is absent has its default, in the budgets too', () => {
    const rules = retryRulesOf({ retries: { maxAttempts: 2, turnBudget: { retriesMax: 3 } } }, 'lean');
    expect(rules).toEqual({
      ...defaults,
      policy: { ...defaultRetryPolicy, maxAttempts: 2 },
      turnBudget: { ...turnRetryBudget, retriesMax: 3 },
    });
  });
});

describe('bad options are refused at the call', () => {
  test.each([
    ['retries', '"often"'],
    ['retries', 'true'],
    ['retries', 'null'],
    ['retries.maxAttempts', '{"maxAttempts":0}'],
    ['retries.tries', '{"tries":1}'],
    ['retries.turnBudget', '{"turnBudget":7}'],
    ['retries.turnBudget.retriesMax', '{"turnBudget":{"retriesMax":-1}}'],
    ['retries.turnBudget.retriesMax', '{"turnBudget":{"retriesMax":1.5}}'],
    ['retries.threadBudget.waitMsMax', '{"threadBudget":{"waitMsMax":"1 h"}}'],
    ['retries.threadBudget.windowMs', '{"threadBudget":{"windowMs":1e12}}'],
    ['retries.turnBudget.windowMs', '{"turnBudget":{"windowMs":0}}'],
    ['retries.threadBudget.windowMs', '{"threadBudget":{"windowMs":0}}'],
    ['retries.threadBudget.hours', '{"threadBudget":{"hours":1}}'],
  ])('%s: %s', (field, json) => {
    const retries: CodexRetryOptions['retries'] = JSON.parse(json);
    expect(errorOf(() => new Codex({ retries }))).toMatchObject({ code: 'invalid_option', field });
  });

  test('a budget of nothing allows no retry, and the shortest window is told', () => {
    const nothing = { retriesMax: 0, waitMsMax: 0, windowMs: 1 };
    expect(retryRulesOf({ retries: { turnBudget: nothing } }, 'lean')?.turnBudget).toEqual(nothing);
    expect(errorOf(() => new Codex({ retries: { turnBudget: { windowMs: 0 } } }))).toMatchObject({
      accepted: 'a number from 1 to 604800000',
    });
  });

  test('an unknown field is told all that there are, the budgets too', () => {
    const retries: CodexRetryOptions['retries'] = JSON.parse('{"foo":1}');
    expect(errorOf(() => new Codex({ retries }))).toMatchObject({
      field: 'retries.foo',
      accepted:
        'left out: retries has no such option (its options are maxAttempts, initialDelayMs, maxDelayMs, factor, retryAfterMaxMs, turnBudget, threadBudget)',
    });
  });

  test('with the exec transport, where nothing can be tried again', () => {
    expect(errorOf(() => new Codex({ transport: 'exec', retries: {} }))).toMatchObject({ field: 'retries' });
    expect(errorOf(() => new Codex({ transport: 'exec', retries: false }))).toBeUndefined();
  });
});

function errorOf(act: () => unknown): CodexError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (CodexError.isInstance(error)) return error;
    throw error;
  }
}
