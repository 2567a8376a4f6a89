import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allow, ask, deny } from '../../src/actors/approvals/policies/plain-policies.ts';
import { Codex, type CodexOptions } from '../../src/index.ts';
import { command, text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

describe('a Codex with an approval policy', () => {
  let rig: CodexRig;
  let folder = '';
  let auditFile = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-test-'));
    auditFile = path.join(folder, 'audit.jsonl');
    rig = await CodexRig.start({ approvals: deny(), approvalAuditFile: auditFile });
    rig.model.script(({ step, prompt }) => (step === 0 ? [command(`echo ${prompt}`)] : [text('done')]));
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
    await rm(folder, { recursive: true, force: true });
  });

  const asking = () => ({ ...rig.threadOptions, approvalPolicy: 'untrusted' }) as const;

  test('decides by it in every thread, but by a thread’s own in that thread', async () => {
    const declined = await rig.codex.startThread(asking()).run('one');
    const accepted = await rig.codex.startThread({ ...asking(), approvals: allow() }).run('two');
    expect([declined, accepted].map(({ items }) => items.find(isCommand))).toMatchObject([
      { status: 'declined' },
      { status: 'completed', aggregated_output: 'two\n' },
    ]);
  });

  test('writes the audit down by the time it is closed', async () => {
    await rig.codex.close();
    const lines = (await readFile(auditFile, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).event)).toEqual([
      'requested',
      'settled',
      'requested',
      'settled',
    ]);
  });
});

test('an approval that a person decides is shown to an inspector, with the states of its chart', async () => {
  const states: string[] = [];
  await using own = await CodexRig.start({
    approvals: ask(),
    inspect: (event) => {
      if (
        event.type !== '@xstate.snapshot' ||
        !/^codex\/approvals\/pending\/[^/]+$/.test(event.actorRef.sessionId)
      )
        return;
      const state = JSON.stringify(Object(event.snapshot).value);
      if (states.at(-1) !== state) states.push(state);
    },
  });
  const { approvals } = own.codex;
  approvals.subscribe((news) => {
    if (news.type === 'deciding') void approvals.decide(news.approval.id, { type: 'accept' });
  });
  own.model.script(({ step }) => (step === 0 ? [command('echo 1')] : [text('done')]));
  await own.codex.startThread({ ...own.threadOptions, approvalPolicy: 'untrusted' }).run('go');
  expect(states).toEqual(['{"open":"requested"}', '{"open":"deciding"}', '"accepted"']);
});

function isCommand({ type }: { readonly type: string }): boolean {
  return type === 'command_execution';
}

describe('approval options', () => {
  const make = (options: object) => () => Reflect.construct(Codex, [options]);

  test.each([
    ['approvals', 'always'],
    ['approvals', {}],
    ['approvalTimeoutMs', 0],
    ['approvalTimeoutMs', Number.NaN],
    ['approvalTimeoutMs', 2 ** 31],
    ['approvalTimeoutMs', '5 minutes'],
    ['approvalAuditFile', ''],
    ['approvalAuditFile', 7],
  ])('%s: %j is refused at the call, by name', (field, value) => {
    expect(make({ [field]: value })).toThrow(expect.objectContaining({ code: 'invalid_option', field }));
  });

  test('are refused where nobody can ask', () => {
    const options: CodexOptions = { transport: 'exec', approvals: allow() };
    expect(() => new Codex(options)).toThrow(
      expect.objectContaining({ code: 'invalid_option', field: 'approvals' }),
    );
    const codex = new Codex({ transport: 'exec' });
    expect(() => codex.startThread({ approvals: allow() })).toThrow(
      expect.objectContaining({ field: 'approvals' }),
    );
  });

  test('of a thread are checked too', () => {
    expect(() => Reflect.apply(Codex.prototype.startThread, new Codex(), [{ approvals: 'yes' }])).toThrow(
      expect.objectContaining({ code: 'invalid_option', field: 'approvals' }),
    );
  });

  test('or none: the queue of a Codex that never ran is empty, and starts nothing', async () => {
    for (const codex of [new Codex(), new Codex({ transport: 'exec' })]) {
      expect(await codex.approvals.list()).toEqual([]);
      await expect(codex.approvals.decide('x', { type: 'accept' })).rejects.toMatchObject({
        code: 'approval_not_pending',
      });
      await codex.close();
    }
  });
});
