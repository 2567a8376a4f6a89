import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../../src/actors/approvals/policies/approval-policy.ts';
import { ask } from '../../../src/actors/approvals/policies/plain-policies.ts';
import type { ApprovalDecision } from '../../../src/protocol/approvals/approval-decision.ts';
import { command, functionCall, type ModelAction, patch, text } from '../../../src/testing/index.ts';
import { ApprovalRig } from './approval-rig.ts';

let rig: ApprovalRig;
// One each: more than three deaths in five seconds are too many for one tree.
beforeEach(async () => {
  rig = await ApprovalRig.start();
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

const kinds = ['command', 'file_change', 'mcp_tool', 'permissions', 'user_input', 'elicitation'] as const;
type Kind = (typeof kinds)[number];
let cases = 0;

/** What the model wants, so that Codex asks a question of the kind; it adds a line to `file` when it is done. */
function wanted(kind: Kind, file: string): ModelAction {
  const options = [
    { label: 'Yes', description: 'do' },
    { label: 'No', description: 'do not' },
  ];
  switch (kind) {
    case 'command':
      return command(`echo ran >> ${file}`);
    case 'file_change':
      return patch(`*** Begin Patch\n*** Add File: ${file}\n+ran\n*** End Patch`);
    case 'mcp_tool':
      return functionCall('write', { text: 'ran' }, { namespace: 'mcp__lab' });
    case 'permissions':
      return functionCall('request_permissions', {
        reason: 'x',
        permissions: { network: { enabled: true } },
      });
    case 'user_input':
      return functionCall('request_user_input', {
        questions: [{ id: 'q', header: 'Q', question: 'Shall I?', options }],
      });
    case 'elicitation':
      return functionCall('ask', {}, { namespace: 'mcp__lab' });
  }
}

function yesTo(kind: Kind): ApprovalDecision {
  switch (kind) {
    case 'command':
    case 'file_change':
    case 'mcp_tool':
      return { type: 'accept' };
    case 'permissions':
      return { type: 'grant', network: true, entries: [], scope: 'turn' };
    case 'user_input':
      return { type: 'answer', answers: { q: ['Yes'] } };
    case 'elicitation':
      return { type: 'acceptWithContent', content: { name: 'Ada' } };
  }
}

/** Says yes to whatever else Codex asks on the way to a question of the kind. */
function untilThe(kind: Kind, policy: ApprovalPolicy): ApprovalPolicy {
  return (request, context) => (request.kind === kind ? policy(request, context) : { type: 'accept' });
}

const no: ApprovalDecision = { type: 'decline' };

/** Starts a turn that asks a question of the kind; `outcome` is how it ends. */
function start(kind: Kind, policy: ApprovalPolicy) {
  cases += 1;
  const file = kind === 'mcp_tool' ? 'calls.txt' : `${kind}-${cases}.txt`;
  const prompt = `go ${cases}`;
  rig.model.script(({ step, prompt: given }) =>
    step === 0 && given === prompt ? [wanted(kind, file)] : [text('went on')],
  );
  const thread = rig.thread(untilThe(kind, policy));
  const outcome = thread.run(prompt).then(
    ({ finalResponse }) => finalResponse,
    (error: { readonly code: string }) => error.code,
  );
  return { file, prompt, thread, outcome };
}

async function nothingIsLeft(prompt: string): Promise<void> {
  expect(await rig.queue.list()).toEqual([]);
  expect(rig.requested.map(({ id }) => id).sort()).toEqual(rig.settled.map(({ id }) => id).sort());
  expect(rig.model.submissionsOf(prompt)).toHaveLength(1);
}

describe.each(kinds)('when its Codex process is killed, an approval of %s', (kind) => {
  test.each([
    ['while the policy is at it', () => new Promise<never>(() => undefined), 'requested'],
    ['while a person is waited for', ask(), 'deciding'],
  ] as const)(
    '%s, is cancelled: nothing was done, and the turn is reported',
    async (_when, policy, state) => {
      const before = (await rig.lines('calls.txt')).length;
      const asked = state === 'deciding' ? rig.nextDeciding() : rig.nextRequested(kind);
      const { file, prompt, thread, outcome } = start(kind, policy);
      const { id } = await asked;
      await rig.killPort();
      expect(await outcome).toBe('turn_cut_off');
      expect(rig.settled.at(-1)).toMatchObject({
        id,
        outcome: { status: 'cancelled', decision: null, by: 'runtime' },
      });
      const done =
        kind === 'mcp_tool' ? (await rig.lines(file)).length - before : (await rig.lines(file)).length;
      expect(done).toBe(0);
      await nothingIsLeft(prompt);
      await expect(rig.queue.decide(id, yesTo(kind))).rejects.toMatchObject({ code: 'approval_not_pending' });
      expect((await thread.run('and now')).finalResponse).toBe('went on');
    },
  );

  test.each([
    ['yes', yesTo(kind), 1],
    ['no', no, 0],
  ] as const)(
    'right after %s was said: done at most as often as decided, and never again',
    async (_word, decision, most) => {
      const before = (await rig.lines('calls.txt')).length;
      const settled = rig.nextSettledOf(kind).then(() => rig.killPort());
      const { file, prompt, thread, outcome } = start(kind, () => decision);
      await settled;
      expect(['turn_cut_off', 'went on']).toContain(await outcome);
      expect((await thread.run('and now')).finalResponse).toBe('went on');
      const done =
        kind === 'mcp_tool' ? (await rig.lines(file)).length - before : (await rig.lines(file)).length;
      expect(done).toBeLessThanOrEqual(most);
      await nothingIsLeft(prompt);
    },
  );
});

describe('the end of a client', () => {
  test('declines what waits, and nothing hangs', async () => {
    rig.model.script(() => [command('echo ran >> closed.txt')]);
    const running = rig.thread(ask()).run('go');
    const ended = expect(running).rejects.toMatchObject({
      code: expect.stringMatching(/^(thread_closed|turn_interrupted)$/),
    });
    await rig.nextDeciding();
    const lines = () => rig.lines('closed.txt');
    await rig.transport.close({ timeoutMs: 10_000 });
    await ended;
    expect(await lines()).toEqual([]);
    expect(rig.settled).toHaveLength(1);
    expect(rig.settled[0]?.outcome.status).not.toBe('accepted');
    expect(await rig.queue.list()).toEqual([]);
  });
});

describe('the crash of a ThreadActor', () => {
  test('leaves what waits in the queue, under the same id, and Codex is told what a person decides', async () => {
    rig.model.script(({ step }) => (step === 0 ? [command('echo ran >> crashed.txt')] : [text('went on')]));
    const thread = rig.thread(ask());
    const outcome = thread.run('crash').catch((error: { readonly code: string }) => error.code);
    const asked = await rig.nextDeciding();
    await thread.crash();
    expect(await outcome).toBe('turn_cut_off');
    expect(await rig.queue.list()).toMatchObject([{ id: asked.id, state: 'deciding' }]);
    const { outcome: settled } = await rig.queue.decide(asked.id, { type: 'accept' });
    expect(settled).toMatchObject({ status: 'accepted', by: 'person' });
  });

  test('and Codex asking again as the thread is resumed, make no second entry', async () => {
    rig.model.script(({ step, prompt }) =>
      step === 0 && prompt === 'crash' ? [command('echo ran >> resumed.txt')] : [text('went on')],
    );
    const thread = rig.thread(ask());
    const outcome = thread.run('crash').catch((error: { readonly code: string }) => error.code);
    await rig.nextDeciding();
    await thread.crash();
    expect(await outcome).toBe('turn_cut_off');
    // The next turn resumes the thread, where Codex repeats its question, and interrupts the turn that asked it.
    expect((await thread.run('and now')).finalResponse).toBe('went on');
    expect(rig.requested).toHaveLength(1);
    expect(rig.settled).toMatchObject([{ outcome: { status: 'cancelled', by: 'codex' } }]);
    expect(await rig.queue.list()).toEqual([]);
    expect(await rig.lines('resumed.txt')).toEqual([]);
  });
});
