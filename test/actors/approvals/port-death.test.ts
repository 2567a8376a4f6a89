import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../../src/actors/approvals/policies/approval-policy.ts';
import { ask } from '../../../src/actors/approvals/policies/plain-policies.ts';
import { type ApprovalDecision, isAcceptance } from '../../../src/protocol/approvals/approval-decision.ts';
import { command, functionCall, type ModelAction, patch, text } from '../../../src/testing/index.ts';
import { ApprovalRig } from './approval-rig.ts';

let rig: ApprovalRig;
// One each: more than three deaths in five seconds are too many for one tree.
async function startFor(kind?: Kind): Promise<void> {
  rig = await ApprovalRig.start({ hasServer: kind === 'mcp_tool' || kind === 'elicitation' });
}
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

const declines = { type: 'decline' } as const;
const cancels = { type: 'cancel' } as const;

/** What can be said to a question of each kind, a yes first. */
const decisions: Readonly<Record<Kind, readonly [ApprovalDecision, ...ApprovalDecision[]]>> = {
  command: [
    { type: 'accept' },
    { type: 'acceptForSession' },
    { type: 'acceptWithExecpolicyAmendment', amendment: ['echo'] },
    { type: 'applyNetworkPolicyAmendment', amendment: { host: 'example.org', action: 'allow' } },
    { type: 'applyNetworkPolicyAmendment', amendment: { host: 'example.org', action: 'deny' } },
    declines,
    cancels,
  ],
  file_change: [{ type: 'accept' }, { type: 'acceptForSession' }, declines, cancels],
  mcp_tool: [{ type: 'accept' }, { type: 'acceptForSession' }, { type: 'acceptAlways' }, declines, cancels],
  permissions: [
    { type: 'grant', network: true, entries: [], scope: 'turn' },
    { type: 'grant', network: true, entries: [], scope: 'session' },
    declines,
  ],
  user_input: [{ type: 'answer', answers: { q: ['Yes'] } }, declines],
  elicitation: [{ type: 'acceptWithContent', content: { name: 'Ada' } }, declines, cancels],
};

/** What an accepted question of the kind leaves behind: the permissions and the answers are not used here. */
const leaves: Readonly<Record<Kind, 0 | 1>> = {
  command: 1,
  file_change: 1,
  mcp_tool: 1,
  permissions: 0,
  user_input: 0,
  elicitation: 0,
};

/** Says yes to whatever else Codex asks on the way to a question of the kind. */
function untilThe(kind: Kind, policy: ApprovalPolicy): ApprovalPolicy {
  return (request, context) => (request.kind === kind ? policy(request, context) : { type: 'accept' });
}

/** Starts a turn that asks a question of the kind; `outcome` is how it ends. `then` is what the model does once it was answered. */
function start(kind: Kind, policy: ApprovalPolicy, ...then: readonly ModelAction[]) {
  cases += 1;
  const file = `${kind}-${cases}.txt`;
  const prompt = `go ${cases}`;
  rig.model.script(({ step, prompt: given }) => {
    if (given !== prompt) return [text('went on')];
    return step === 0 ? [wanted(kind, file)] : [...then, text('went on')];
  });
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

/** How often what was wanted has been done. */
async function timesDone(kind: Kind, file: string): Promise<number> {
  return (await rig.lines(kind === 'mcp_tool' ? 'calls.txt' : file)).length;
}

describe.each(kinds)('when its Codex process is killed, an approval of %s', (kind) => {
  beforeEach(() => startFor(kind));
  const [yes] = decisions[kind];

  test.each([
    ['while the policy is at it', () => new Promise<never>(() => undefined), 'requested'],
    ['while a person is waited for', ask(), 'deciding'],
  ] as const)(
    '%s, is cancelled: nothing was done, and the turn is reported',
    async (_when, policy, state) => {
      const asked = state === 'deciding' ? rig.nextDeciding() : rig.nextRequested(kind);
      const { file, prompt, thread, outcome } = start(kind, policy);
      const { id } = await asked;
      await rig.killPort();
      expect(await outcome).toBe('turn_cut_off');
      expect(rig.settled.at(-1)).toMatchObject({
        id,
        outcome: { status: 'cancelled', decision: null, by: 'runtime' },
      });
      expect(await timesDone(kind, file)).toBe(0);
      await nothingIsLeft(prompt);
      await expect(rig.queue.decide(id, yes)).rejects.toMatchObject({ code: 'approval_not_pending' });
      expect((await thread.run('and now')).finalResponse).toBe('went on');
    },
  );

  test.each(decisions[kind])(
    'right after it was settled by %j: done at most as often as decided, and never again',
    async (decision) => {
      const settled = rig.nextSettledOf(kind).then(() => rig.killPort());
      const { file, prompt, thread, outcome } = start(kind, () => decision);
      await settled;
      expect(['turn_cut_off', 'turn_interrupted', 'went on']).toContain(await outcome);
      expect((await thread.run('and now')).finalResponse).toBe('went on');
      expect(await timesDone(kind, file)).toBeLessThanOrEqual(isAcceptance(decision) ? leaves[kind] : 0);
      await nothingIsLeft(prompt);
    },
  );

  test('once the model has heard of its yes: what was wanted is done, and is not done again', async () => {
    const gate = rig.model.hold();
    const { file, prompt, thread, outcome } = start(kind, () => yes, gate.action);
    await gate.reached();
    await rig.killPort();
    expect(await outcome).toBe('turn_cut_off');
    expect((await thread.run('and now')).finalResponse).toBe('went on');
    expect(await timesDone(kind, file)).toBe(leaves[kind]);
    await nothingIsLeft(prompt);
  });
});

describe('the end of a client', () => {
  beforeEach(() => startFor());

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
  beforeEach(() => startFor());

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
    // The turn goes on at Codex: it tells the model what came of the command.
    await rig.model.waitForRequest(({ toolOutputs }) => toolOutputs.length > 0);
    expect(await rig.lines('crashed.txt')).toEqual(['ran']);
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
