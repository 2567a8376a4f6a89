import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../../../src/actors/approvals/policies/command-policy.ts';
import { within } from '../../../../src/actors/approvals/policies/path-policy.ts';
import { allow, ask, deny } from '../../../../src/actors/approvals/policies/plain-policies.ts';
import { remember } from '../../../../src/actors/approvals/policies/remembering-policy.ts';
import { timeout } from '../../../../src/actors/approvals/policies/timed-policy.ts';
import type { ApprovalRequest } from '../../../../src/protocol/approvals/approval-request.ts';
import { InvalidOptionError } from '../../../../src/protocol/errors/call-errors.ts';
import { requestOf } from '../../../protocol/approvals/requests.ts';
import { PolicyBench, verdictOf } from './policy-bench.ts';

const accepted = { type: 'accept' };
const noOpinion = { type: 'pass' };

describe('command', () => {
  const running = (text: string, more: object = {}) => requestOf('command', { command: text, ...more });

  test('says yes to a command of its pattern, and has no opinion on any other', async () => {
    expect(await verdictOf(command('git status'), running("/bin/bash -lc 'git status'"))).toEqual(accepted);
    expect(await verdictOf(command('git status'), running('git push'))).toEqual(noOpinion);
  });

  test('says what it is told to say', async () => {
    expect(await verdictOf(command('rm *', deny()), running('rm -rf /'))).toEqual({ type: 'decline' });
  });

  test('never matches what a shell would make more than one command of', async () => {
    const tail = fc.constantFrom(
      '; rm x',
      ' && rm x',
      ' | sh',
      ' $(rm x)',
      ' `rm x`',
      ' > /etc/x',
      '\nrm x',
      ' & rm x',
    );
    await fc.assert(
      fc.asyncProperty(tail, fc.constantFrom('git *', '*', 'git status *'), async (more, pattern) => {
        const script = `git status${more}`;
        for (const text of [script, `bash -lc '${script}'`])
          expect(await verdictOf(command(pattern), running(text))).toEqual(noOpinion);
      }),
    );
  });

  test.each([
    ['wants more than the sandbox gives', { additionalPermissions: { network: { enabled: true } } }],
    ['is about a connection', { networkApprovalContext: { host: 'example.org', protocol: 'https' } }],
    ['is input for a running command', { kind: 'writeStdin' }],
  ])('has no opinion on what %s', async (_what, more) => {
    expect(await verdictOf(command('git *'), running('git status', more))).toEqual(noOpinion);
  });

  test('refuses a pattern without words', () => {
    expect(() => command('  ')).toThrow(InvalidOptionError);
  });
});

describe('within', () => {
  let root = '';
  const change = (...paths: readonly string[]): ApprovalRequest => ({
    ...requestOf('fileChange'),
    kind: 'file_change',
    reason: null,
    grantRoot: null,
    changes: paths.map((one) => ({ path: one, change: 'update', movePath: null, diff: '' })),
  });

  beforeAll(async () => {
    root = await realpath(await mkdtemp(path.join(tmpdir(), 'codex-actors-test-')));
    await mkdir(path.join(root, 'app/src'), { recursive: true });
    await mkdir(path.join(root, 'other'));
    await writeFile(path.join(root, 'app/src/a.ts'), '');
    await symlink(path.join(root, 'other'), path.join(root, 'app/way-out'));
    await symlink(path.join(root, 'other/new-folder'), path.join(root, 'app/dangling-folder'));
    await symlink(path.join(root, 'other/new.ts'), path.join(root, 'app/dangling.ts'));
    await symlink(path.join(root, 'app'), path.join(root, 'way-in'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test.each([
    ['a file', ['app/src/a.ts'], true],
    ['a file that does not exist yet, in a folder that does not', ['app/new/deep/b.ts'], true],
    ['the folder by another way', ['way-in/src/a.ts'], true],
    ['a neighbour whose name begins alike', ['application/a.ts'], false],
    ['a way up', ['app/../other/a.ts'], false],
    ['a way up behind a link, where text and file system differ', ['app/way-out/../src/a.ts'], false],
    ['a link that leads out', ['app/way-out/a.ts'], false],
    [
      'a link that leads nowhere, so that writing to it would create a file outside',
      ['app/dangling.ts'],
      false,
    ],
    ['a file in a folder that such a link stands for', ['app/dangling-folder/a.ts'], false],
    ['the folder itself', ['app'], true],
    ['a path with a zero byte', ['app/src/a\0.ts'], false],
    ['a file below a file', ['app/src/a.ts/b.ts'], false],
    ['one file inside and one outside', ['app/src/a.ts', 'other/a.ts'], false],
    ['no file', [], false],
  ])('of %s', async (_what, names, inside) => {
    const asked = change(...names.map((name) => `${root}/${name}`));
    const verdict = await verdictOf(within(path.join(root, 'app')), asked);
    expect(verdict).toEqual(inside ? accepted : noOpinion);
  });

  test('looks at where a file moves to, and at the root that is asked for', async () => {
    const app = path.join(root, 'app');
    const base = change(path.join(app, 'src/a.ts'));
    if (base.kind !== 'file_change') throw new TypeError('not a file change');
    const moved = base.changes?.map((one) => ({ ...one, movePath: path.join(root, 'other/a.ts') })) ?? [];
    expect(await verdictOf(within(app), { ...base, changes: moved })).toEqual(noOpinion);
    expect(await verdictOf(within(app), { ...base, grantRoot: root })).toEqual(noOpinion);
    expect(await verdictOf(within(app), { ...base, grantRoot: app })).toEqual(accepted);
  });

  test('has no opinion on a path that is not absolute', async () => {
    const asked = change();
    if (asked.kind !== 'file_change') throw new TypeError('not a file change');
    const changes = [{ path: 'src/a.ts', change: 'update', movePath: null, diff: '' }] as const;
    expect(await verdictOf(within('/'), { ...asked, changes })).toEqual(noOpinion);
  });

  test('has no opinion on commands, on changes that are not known, and on the network', async () => {
    for (const asked of [requestOf('command', { cwd: root }), requestOf('permissions')])
      expect(await verdictOf(within(root), asked)).toEqual(noOpinion);
    const unknown = { ...change(), changes: null } as ApprovalRequest;
    expect(await verdictOf(within(root), unknown)).toEqual(noOpinion);
  });

  test('grants permissions all of whose paths are inside', async () => {
    const write = [path.join(root, 'app/out')];
    const asked = requestOf('permissions', {
      permissions: { network: null, fileSystem: { read: null, write } },
    });
    expect(await verdictOf(within(path.join(root, 'app')), asked)).toMatchObject({
      type: 'grant',
      scope: 'turn',
    });
    expect(await verdictOf(within(path.join(root, 'other')), asked)).toEqual(noOpinion);
  });

  test('has no opinion on the network, also beside paths that are inside', async () => {
    const write = [path.join(root, 'app/out')];
    const permissions = { network: { enabled: true }, fileSystem: { read: null, write } };
    const asked = requestOf('permissions', { permissions });
    expect(await verdictOf(within(path.join(root, 'app')), asked)).toEqual(noOpinion);
  });

  test('has no opinion where it cannot look', async () => {
    const blind = within(root, allow(), () => Promise.reject(new Error('EACCES')));
    expect(await verdictOf(blind, change(path.join(root, 'app/src/a.ts')))).toEqual(noOpinion);
  });

  test('refuses a folder that is not absolute', () => {
    expect(() => within('app')).toThrow(InvalidOptionError);
  });
});

describe('remember', () => {
  test('gives a person’s decision again without asking', async () => {
    const policy = remember(ask());
    const bench = new PolicyBench();
    expect(await bench.judge(policy, requestOf('command'))).toEqual({ type: 'ask' });
    bench.decided({ type: 'accept' });
    expect(await verdictOf(policy, requestOf('command', { itemId: 'another' }))).toEqual(accepted);
  });

  test.each([
    ['another command', { command: 'ls' }],
    ['another folder', { cwd: '/srv' }],
    ['another thread', { threadId: 'another' }],
    ['more permissions', { additionalPermissions: { network: { enabled: true } } }],
  ])('takes %s for another request', async (_what, other) => {
    const policy = remember(ask());
    const bench = new PolicyBench();
    await bench.judge(policy, requestOf('command'));
    bench.decided({ type: 'accept' });
    expect(await verdictOf(policy, requestOf('command', other))).toEqual({ type: 'ask' });
  });

  test('counts across threads when it is told to', async () => {
    const policy = remember(ask(), { acrossThreads: true });
    const bench = new PolicyBench();
    await bench.judge(policy, requestOf('command'));
    bench.decided({ type: 'decline' });
    expect(await verdictOf(policy, requestOf('command', { threadId: 'another' }))).toEqual({
      type: 'decline',
    });
  });

  test('keeps no decision that ends a turn, and no answer to a question', async () => {
    const policy = remember(ask());
    for (const [name, decision] of [
      ['command', { type: 'cancel' }],
      ['userInput', { type: 'answer', answers: { color: ['Blue'] } }],
    ] as const) {
      const bench = new PolicyBench();
      await bench.judge(policy, requestOf(name));
      bench.decided(decision);
      expect(await verdictOf(policy, requestOf(name))).toEqual({ type: 'ask' });
    }
  });

  test('forgets the decision that was not used for longest', async () => {
    const policy = remember(ask(), { decisionsMax: 2 });
    const decide = async (text: string) => {
      const bench = new PolicyBench();
      await bench.judge(policy, requestOf('command', { command: text }));
      bench.decided({ type: 'accept' });
    };
    await decide('a');
    await decide('b');
    await verdictOf(policy, requestOf('command', { command: 'a' }));
    await decide('c');
    const said = async (text: string) =>
      (await verdictOf(policy, requestOf('command', { command: text }))).type;
    expect([await said('a'), await said('b'), await said('c')]).toEqual(['accept', 'ask', 'accept']);
  });

  test('refuses to remember nothing', () => {
    expect(() => remember(ask(), { decisionsMax: 0 })).toThrow(InvalidOptionError);
  });
});

describe('timeout', () => {
  const never = () => new Promise<never>(() => undefined);

  test('lets the other policy decide once the time is over', async () => {
    const bench = new PolicyBench();
    const judged = bench.judge(timeout(never, 1_000, allow()), requestOf('command'));
    await bench.clock.advance(1_000);
    expect(await judged).toEqual(accepted);
  });

  test('says no by itself', async () => {
    const bench = new PolicyBench();
    const judged = bench.judge(timeout(never, 1_000), requestOf('command'));
    await bench.clock.advance(1_000);
    expect(await judged).toMatchObject({ type: 'decline' });
  });

  test('keeps what the policy says in time, and leaves no timer', async () => {
    const bench = new PolicyBench();
    expect(await bench.judge(timeout(allow(), 1_000), requestOf('command'))).toEqual(accepted);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('gives a person what is left of the time', async () => {
    const bench = new PolicyBench();
    const slow = async () => {
      await new Promise<void>((resolve) => void bench.clock.setTimer(400, resolve));
      return { type: 'ask' } as const;
    };
    const judged = bench.judge(timeout(slow, 1_000), requestOf('command'));
    await bench.clock.advance(400);
    expect(await judged).toEqual({ type: 'ask', timeoutMs: 600 });
  });

  test.each([
    [100, 100],
    [1_000, 1_000],
    [5_000, 1_000],
  ])('gives a person %s ms of the policy, but no more than is left: %s ms', async (given, left) => {
    const policy = timeout(() => ({ type: 'ask', timeoutMs: given }), 1_000);
    expect(await verdictOf(policy, requestOf('command'))).toEqual({ type: 'ask', timeoutMs: left });
  });

  test('leaves no timer once the approval is settled by others', async () => {
    const bench = new PolicyBench();
    const judged = bench.judge(timeout(never, 1_000, allow()), requestOf('command'));
    bench.ended.abort();
    expect(await judged).toEqual(noOpinion);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('refuses a time that is none', () => {
    expect(() => timeout(ask(), -1)).toThrow(InvalidOptionError);
  });
});
