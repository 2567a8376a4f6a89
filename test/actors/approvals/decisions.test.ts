import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../../src/actors/approvals/policies/approval-policy.ts';
import { allow, ask, deny } from '../../../src/actors/approvals/policies/plain-policies.ts';
import type { ApprovalDecision } from '../../../src/protocol/approvals/approval-decision.ts';
import type { ApprovalKind } from '../../../src/protocol/approvals/approval-request.ts';
import { command, functionCall, type ModelAction, patch, text } from '../../../src/testing/index.ts';
import { ApprovalRig } from './approval-rig.ts';

let rig: ApprovalRig;
beforeAll(async () => {
  rig = await ApprovalRig.start();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});
beforeEach(() => {
  rig.requested.length = 0;
  rig.settled.length = 0;
});
let cases = 0;

const decide =
  (decision: ApprovalDecision): ApprovalPolicy =>
  () =>
    decision;

/** Runs one turn in which the model wants something and then goes on; resolves with how the turn ended. */
async function turn(wants: ModelAction, approvals: ApprovalPolicy | undefined): Promise<string> {
  rig.model.script(({ step }) => (step === 0 ? [wants] : [text('went on')]));
  const ended = await rig
    .thread(approvals)
    .run('go')
    .then(
      ({ finalResponse }) => finalResponse,
      (error: { readonly code: string }) => error.code,
    );
  expect(await rig.queue.list()).toEqual([]);
  return ended;
}

function addFile(name: string): ModelAction {
  return patch(`*** Begin Patch\n*** Add File: ${name}\n+ran\n*** End Patch`);
}

const grantAll: ApprovalPolicy = (request) =>
  request.kind === 'permissions'
    ? { type: 'grant', ...request.permissions, scope: 'turn' }
    : { type: 'decline' };

/** What each decision makes of the action: how often it was done, how the turn ended, how the approval did. */
const table: readonly (readonly [
  kind: 'command' | 'file_change' | 'mcp_tool',
  decision: string,
  policy: ApprovalPolicy | undefined,
  done: 0 | 1,
  ended: 'went on' | 'turn_interrupted',
  status: string,
])[] = (['command', 'file_change', 'mcp_tool'] as const).flatMap((kind) => {
  const cancelled = kind === 'mcp_tool' ? 'went on' : 'turn_interrupted';
  const throwing: ApprovalPolicy = () => {
    throw new Error('no database');
  };
  return [
    [kind, 'accept', decide({ type: 'accept' }), 1, 'went on', 'accepted'],
    [kind, 'acceptForSession', decide({ type: 'acceptForSession' }), 1, 'went on', 'accepted'],
    [kind, 'decline', decide({ type: 'decline' }), 0, 'went on', 'declined'],
    [kind, 'cancel', decide({ type: 'cancel' }), 0, cancelled, 'cancelled'],
    [kind, 'a throw', throwing, 0, 'went on', 'declined'],
    [kind, 'a rejection', () => Promise.reject(new Error('no')), 0, 'went on', 'declined'],
    [kind, 'nonsense', decide({ type: 'answer', answers: {} }), 0, 'went on', 'declined'],
    [kind, 'no opinion', () => ({ type: 'pass' }), 0, 'went on', 'declined'],
    [kind, 'no policy', undefined, 0, 'went on', 'declined'],
    [kind, 'nobody in time', () => ({ type: 'ask', timeoutMs: 5 }), 0, 'went on', 'expired'],
  ] as const;
});

describe('on the real binary', () => {
  test.each(table)(
    '%s × %s: done as often as decided, and nothing hangs',
    async (kind, _word, policy, done, ended, status) => {
      cases += 1;
      const file = kind === 'mcp_tool' ? 'calls.txt' : `${kind}-${cases}.txt`;
      const before = (await rig.lines(file)).length;
      const wants = {
        command: command(`echo ran >> ${file}`),
        file_change: addFile(file),
        mcp_tool: functionCall('write', { text: 'ran' }, { namespace: 'mcp__lab' }),
      }[kind];
      expect(await turn(wants, policy)).toBe(ended);
      expect((await rig.lines(file)).length - before).toBe(done);
      expect(rig.settled).toHaveLength(1);
      expect(rig.settled[0]).toMatchObject({ request: { kind }, outcome: { status } });
    },
  );

  test('a file change is asked with its diff', async () => {
    await turn(addFile('diff.txt'), deny());
    expect(rig.requested[0]?.request).toMatchObject({
      kind: 'file_change',
      changes: [{ path: expect.stringMatching(/\/diff\.txt$/), change: 'add', diff: 'ran\n' }],
    });
  });

  test('what is accepted for the session is not asked again', async () => {
    rig.model.enqueue(
      [command('echo ran >> session.txt')],
      [command('echo ran >> session.txt')],
      [text('done')],
    );
    await rig.thread(allow({ for: 'session' })).run('twice');
    expect(await rig.lines('session.txt')).toEqual(['ran', 'ran']);
    expect(rig.requested).toHaveLength(1);
  });

  test('what is accepted once is asked again', async () => {
    rig.model.script(({ step }) => (step < 2 ? [command('echo ran >> once.txt')] : [text('done')]));
    await rig.thread(allow()).run('twice');
    expect(await rig.lines('once.txt')).toEqual(['ran', 'ran']);
    expect(rig.requested).toHaveLength(2);
  });

  test('a command prefix that is saved as a rule is not asked again', async () => {
    const rule: ApprovalPolicy = (request) =>
      request.kind === 'command' && request.proposedExecpolicyAmendment !== null
        ? { type: 'acceptWithExecpolicyAmendment', amendment: request.proposedExecpolicyAmendment }
        : { type: 'decline' };
    rig.model.script(({ step }) => (step < 2 ? [command('touch rule.txt')] : [text('done')]));
    await rig.thread(rule).run('twice');
    expect(rig.requested).toHaveLength(1);
    expect(rig.settled[0]?.outcome).toMatchObject({ status: 'accepted' });
  });

  test.each([
    ['granted', grantAll, 'accepted', true],
    ['declined', deny(), 'declined', false],
  ] as const)('permissions that are %s: the model is told so', async (_word, policy, status, told) => {
    const folder = `${rig.home.home}/../granted`;
    const permissions = { network: { enabled: true }, file_system: { write: [folder] } };
    expect(await turn(functionCall('request_permissions', { reason: 'to write', permissions }), policy)).toBe(
      'went on',
    );
    expect(rig.settled[0]).toMatchObject({ request: { kind: 'permissions' }, outcome: { status } });
    const [output] = rig.model.requests.at(-1)?.toolOutputs ?? [];
    expect(JSON.stringify(output).includes('granted')).toBe(told);
  });

  const questions = [
    {
      id: 'color',
      header: 'Color',
      question: 'Which?',
      options: [
        { label: 'Blue', description: 'as the sky' },
        { label: 'Red', description: 'as wine' },
      ],
    },
  ];
  test('the answer to a question reaches the model', async () => {
    const policy = decide({ type: 'answer', answers: { color: ['Blue'] } });
    expect(await turn(functionCall('request_user_input', { questions }), policy)).toBe('went on');
    expect(rig.settled[0]).toMatchObject({
      request: { kind: 'user_input' },
      outcome: { status: 'accepted' },
    });
    expect(JSON.stringify(rig.model.requests.at(-1)?.body)).toContain(String.raw`\"Blue\"`);
  });

  test('a question that nobody answers does not hold the turn up', async () => {
    expect(await turn(functionCall('request_user_input', { questions }), deny())).toBe('went on');
    expect(rig.settled[0]?.outcome).toMatchObject({ status: 'declined' });
  });

  test.each([
    ['ask', 'accepted', decide({ type: 'acceptWithContent', content: { name: 'Ada' } }), 'accept'],
    ['ask', 'declined', deny(), 'decline'],
    ['ask', 'cancelled', decide({ type: 'cancel' }), 'cancel'],
    ['visit', 'accepted', decide({ type: 'accept' }), 'accept'],
    ['visit', 'declined', deny(), 'decline'],
    ['visit', 'cancelled', decide({ type: 'cancel' }), 'cancel'],
  ] as const)(
    'a question of an MCP server, by %s, that is %s: the server is told so',
    async (tool, status, policy, told) => {
      const wants = functionCall(tool, {}, { namespace: 'mcp__lab' });
      const kinds: ApprovalKind[] = [];
      const noting: ApprovalPolicy = (request, context) => {
        kinds.push(request.kind);
        return request.kind === 'elicitation' ? policy(request, context) : { type: 'accept' };
      };
      expect(await turn(wants, noting)).toBe('went on');
      expect(kinds).toContain('elicitation');
      expect(rig.settled.at(-1)?.outcome).toMatchObject({ status });
      expect(rig.settled.at(-1)?.request).toMatchObject({ mode: tool === 'ask' ? 'form' : 'url' });
      const [output] = rig.model.requests.at(-1)?.toolOutputs ?? [];
      // What the server was told, as it told the model.
      const [, { text: answer }] = JSON.parse(output?.output ?? '');
      const content = tool === 'ask' && status === 'accepted' ? { content: { name: 'Ada' } } : {};
      expect(JSON.parse(answer)).toMatchObject({ action: told, ...content });
    },
  );

  test('the policy of a thread comes before that of all threads, and no policy is told of once', async () => {
    const { warnings } = rig;
    expect(await turn(command('echo 1'), undefined)).toBe('went on');
    expect(await turn(command('echo 2'), undefined)).toBe('went on');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('approvals');
  });

  test('a person decides from anywhere, by id', async () => {
    rig.model.script(({ step }) => (step === 0 ? [command('echo ran >> person.txt')] : [text('done')]));
    const running = rig.thread(ask()).run('go');
    const waiting = await rig.nextDeciding();
    expect(await rig.queue.list()).toMatchObject([
      { id: waiting.id, state: 'deciding', request: { kind: 'command' } },
    ]);
    const settled = await rig.queue.decide(waiting.id, { type: 'accept' }, { who: 'ada', why: 'fine' });
    expect(settled.outcome).toMatchObject({ status: 'accepted', by: 'person', who: 'ada', why: 'fine' });
    expect((await running).finalResponse).toBe('done');
    expect(await rig.lines('person.txt')).toEqual(['ran']);
    await expect(rig.queue.decide(waiting.id, { type: 'accept' })).rejects.toMatchObject({
      code: 'approval_not_pending',
    });
  });

  test('a person decides from another process, by messages of plain JSON', async () => {
    rig.model.script(({ step }) => (step === 0 ? [command('echo ran >> afar.txt')] : [text('done')]));
    const running = rig.thread(ask()).run('go');
    await rig.nextDeciding();
    const decider = fork(new URL('../../fixtures-processes/decider.js', import.meta.url));
    const gone = once(decider, 'exit');
    const answers: unknown[] = [];
    decider.on('message', async (message) => {
      const answer = await rig.queue.answer(message);
      answers.push(answer);
      decider.send(answer);
    });
    expect((await running).finalResponse).toBe('done');
    await gone;
    expect(answers).toMatchObject([
      { ok: true, approvals: [{ state: 'deciding', request: { kind: 'command' } }] },
      { ok: true, status: 'accepted' },
    ]);
    expect(rig.settled[0]?.outcome).toMatchObject({ by: 'person', who: 'ada', why: 'from afar' });
    expect(await rig.lines('afar.txt')).toEqual(['ran']);
  });

  test('an interrupt withdraws what waits', async () => {
    rig.model.script(() => [command('echo ran >> interrupted.txt')]);
    const abort = new AbortController();
    const running = rig.thread(ask()).run('go', { signal: abort.signal });
    await rig.nextDeciding();
    const settled = rig.nextSettled();
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect((await settled).outcome).toMatchObject({ status: 'cancelled', decision: null, by: 'codex' });
    expect(await rig.queue.list()).toEqual([]);
    expect(await rig.lines('interrupted.txt')).toEqual([]);
  });
});
