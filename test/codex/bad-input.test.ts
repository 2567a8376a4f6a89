import { afterAll, beforeAll, expect, test } from 'vitest';
import { Codex, type Thread } from '../../src/index.ts';
import { homeMarkVariable, processesWithEnvironment } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';
import { call, errorOf } from './untyped-call.ts';

let rig: CodexRig;
beforeAll(async () => {
  rig = await CodexRig.start();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});

const twoMebibytes = 'x'.repeat(2 * 1_048_576);

const invalid = (field: string) => ({ code: 'invalid_option', field });
const tooLarge = { code: 'input_too_large' };

const table: readonly (readonly [string, (thread: Thread) => unknown, object])[] = [
  [
    'an unknown approval policy of a thread',
    () => call(rig.codex, 'startThread', { approvalPolicy: 'sometimes' }),
    invalid('approvalPolicy'),
  ],
  [
    'an unknown sandbox',
    () => call(rig.codex, 'startThread', { sandboxMode: 'workspaceWrite' }),
    invalid('sandboxMode'),
  ],
  [
    'a policy of approvals that is none',
    () => Reflect.construct(Codex, [{ approvals: 'always' }]),
    invalid('approvals'),
  ],
  ['a turn of 2 MiB', (thread) => thread.run(twoMebibytes), tooLarge],
  ['a streamed turn of 2 MiB', (thread) => thread.runStreamed(twoMebibytes), tooLarge],
  ['an auto-run of 2 MiB', (thread) => thread.runAuto(twoMebibytes), tooLarge],
  [
    'an auto-run that goes on with 2 MiB',
    (thread) => thread.runAuto('go', { continueWith: twoMebibytes }),
    tooLarge,
  ],
  ['a goal of 2 MiB', (thread) => thread.runGoal(twoMebibytes, { tokenBudget: 1 }), invalid('objective')],
  ['a steering of 2 MiB', (thread) => thread.steer(twoMebibytes), tooLarge],
  [
    'a negative budget of an auto-run',
    (thread) => thread.runAuto('go', { tokenBudget: -1 }),
    invalid('tokenBudget'),
  ],
  ['a budget of nothing', (thread) => thread.runAuto('go', { tokenBudget: 0 }), invalid('tokenBudget')],
  ['a negative number of turns', (thread) => thread.runAuto('go', { maxTurns: -3 }), invalid('maxTurns')],
  [
    'a negative number of attempts',
    (thread) => thread.runAuto('go', { maxAttempts: -1 }),
    invalid('maxAttempts'),
  ],
  [
    'a deadline before the beginning',
    (thread) => thread.runAuto('go', { deadlineMs: -1 }),
    invalid('deadlineMs'),
  ],
  [
    'a negative budget of a goal',
    (thread) => thread.runGoal('go', { tokenBudget: -1 }),
    invalid('tokenBudget'),
  ],
  ...[5, 'fast', null, true].flatMap((options): typeof table => [
    [
      `a turn whose options are ${options}`,
      (thread) => call(thread, 'run', 'x', options),
      invalid('options'),
    ],
    [
      `a streamed turn whose options are ${options}`,
      (thread) => call(thread, 'runStreamed', 'x', options),
      invalid('options'),
    ],
  ]),
  [
    'a subscriber to telemetry that is none',
    () => call(rig.codex.telemetry, 'subscribe', 'turn.stop'),
    invalid('handler'),
  ],
  ['a listener to MCP servers that is none', () => call(rig.codex.mcp, 'subscribe'), invalid('listener')],
  ['a listener to tools that is none', () => call(rig.codex.tools, 'subscribe', {}), invalid('changed')],
  ['a goal without a budget', (thread) => call(thread, 'runGoal', 'go', {}), invalid('tokenBudget')],
];

test.each(table)(
  '%s is refused at the call with a typed error, and nothing is sent',
  async (_what, act, expected) => {
    const thread = rig.codex.startThread(rig.threadOptions);
    expect(await errorOf(() => act(thread))).toMatchObject(expected);
    expect(rig.model.requests).toEqual([]);
    // Not even a process was started for it.
    expect(await processesWithEnvironment(homeMarkVariable, rig.home.mark)).toEqual([]);
  },
);
