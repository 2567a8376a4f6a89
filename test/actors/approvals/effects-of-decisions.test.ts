import { appendFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../../src/actors/approvals/policies/approval-policy.ts';
import { allow, ask, deny } from '../../../src/actors/approvals/policies/plain-policies.ts';
import { command, functionCall, type ModelAction, patch, text } from '../../../src/testing/index.ts';
import { ApprovalRig, labServer } from './approval-rig.ts';

let rig: ApprovalRig;
afterEach(async () => {
  const pending = await rig.queue.list();
  expect(await rig.close()).toEqual([]);
  expect(pending).toEqual([]);
});

/** One turn in which the model wants these one after the other. */
async function turn(
  thread: ReturnType<ApprovalRig['thread']>,
  ...wants: readonly ModelAction[]
): Promise<void> {
  rig.model.enqueue(...wants.map((one) => [one]), [text('done')]);
  expect((await thread.run('go')).finalResponse).toBe('done');
}

describe('permissions beyond a sandbox that only reads', () => {
  let [granted, other] = ['', ''];
  beforeEach(async () => {
    rig = await ApprovalRig.start({ hasServer: false });
    granted = path.join(rig.home.workingDirectory, '../granted');
    other = path.join(rig.home.workingDirectory, '../other');
    await Promise.all([mkdir(granted), mkdir(other)]);
  });

  test.each([
    ['turn', ['first']],
    ['session', ['first', 'second']],
  ] as const)(
    'of which some are granted for the %s: those hold so long, and no others',
    async (scope, done) => {
      const policy: ApprovalPolicy = (request) => {
        if (request.kind !== 'permissions') return { type: 'decline' };
        const entries = request.permissions.entries.filter(
          (entry) => entry.path.type === 'path' && path.basename(entry.path.path) === 'granted',
        );
        return { type: 'grant', network: false, entries, scope };
      };
      const permissions = { network: { enabled: true }, file_system: { write: [granted, other] } };
      const write = (folder: string, name: string) => command(`echo ran > ${folder}/${name}`);
      const thread = rig.thread(policy, { approvalPolicy: 'on-request', sandboxMode: 'read-only' });
      const asks = functionCall('request_permissions', { reason: 'to write', permissions });
      await turn(thread, asks, write(granted, 'first'), write(other, 'first'));
      await turn(thread, write(granted, 'second'), write(other, 'second'));
      expect(await readdir(granted)).toEqual(done);
      expect(await readdir(other)).toEqual([]);
      expect(rig.settled).toMatchObject([{ outcome: { status: 'accepted' } }]);
    },
  );
});

test('a file that was accepted for the session is not asked about again, another one is', async () => {
  rig = await ApprovalRig.start({ hasServer: false });
  const add = (name: string) => patch(`*** Begin Patch\n*** Add File: ${name}\n+one\n*** End Patch`);
  const change = patch('*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch');
  await turn(rig.thread(allow({ for: 'session' })), add('a.txt'), change, add('b.txt'));
  expect(await rig.lines('a.txt')).toEqual(['two']);
  expect(rig.requested.map(({ request }) => request.kind === 'file_change' && request.changes)).toMatchObject(
    [[{ path: expect.stringMatching(/a\.txt$/) }], [{ path: expect.stringMatching(/b\.txt$/) }]],
  );
});

describe('a tool of an MCP server', () => {
  const write = functionCall('write', { text: 'ran' }, { namespace: 'mcp__lab' });

  test('that was accepted for the session is asked about again in another thread', async () => {
    rig = await ApprovalRig.start();
    await turn(
      rig.thread(() => ({ type: 'acceptForSession' })),
      write,
      write,
    );
    expect(rig.requested).toHaveLength(1);
    await turn(rig.thread(deny()), write);
    expect(rig.requested).toHaveLength(2);
    expect(await rig.lines('calls.txt')).toEqual(['ran', 'ran']);
  });

  test('that was accepted for ever is not, where Codex has the server in its configuration file', async () => {
    rig = await ApprovalRig.start({ hasServer: false });
    const { command: program, args } = labServer(rig.home);
    const table = `\n[mcp_servers.lab]\ncommand = ${JSON.stringify(program)}\nargs = ${JSON.stringify(args)}\n`;
    await appendFile(path.join(rig.home.home, 'config.toml'), table);
    await turn(
      rig.thread(() => ({ type: 'acceptAlways' })),
      write,
      write,
    );
    await turn(rig.thread(deny()), write);
    expect(rig.requested).toHaveLength(1);
    expect(await rig.lines('calls.txt')).toEqual(['ran', 'ran', 'ran']);
  });
});

test.each([
  ['allow', ['ran'], 'accepted'],
  ['deny', [], 'declined'],
] as const)(
  'a command that is answered with a rule to %s a host, and asks for none, is answered by that',
  async (action, lines, status) => {
    rig = await ApprovalRig.start({ hasServer: false });
    const amendment = { host: 'example.org', action };
    await turn(
      rig.thread(() => ({ type: 'applyNetworkPolicyAmendment', amendment })),
      command('echo ran >> a.txt'),
    );
    expect(await rig.lines('a.txt')).toEqual(lines);
    expect(rig.settled).toMatchObject([{ outcome: { status } }]);
  },
);

describe('a denial that ends the turn', () => {
  const wanted = {
    command: command('echo ran >> a.txt'),
    file_change: patch('*** Begin Patch\n*** Add File: a.txt\n+ran\n*** End Patch'),
  };

  test.each(['command', 'file_change'] as const)(
    'by a policy, on a %s, is the cause of its interruption',
    async (kind) => {
      rig = await ApprovalRig.start({ hasServer: false });
      rig.model.enqueue([wanted[kind]]);
      const thread = rig.thread(deny({ reason: 'frozen', cancelTurn: true }));
      await expect(thread.run('go')).rejects.toMatchObject({
        code: 'turn_interrupted',
        cause: { code: 'approval_denied', approvalKind: kind, itemId: expect.any(String), reason: 'frozen' },
      });
      expect(await rig.lines('a.txt')).toEqual([]);
    },
  );

  test('by a person is so too, with why; the next turn, interrupted by its caller, has no such cause', async () => {
    rig = await ApprovalRig.start({ hasServer: false });
    rig.model.enqueue([wanted.command], [wanted.command]);
    const thread = rig.thread(ask());
    const asked = rig.nextDeciding();
    const ended = expect(thread.run('go')).rejects.toMatchObject({
      code: 'turn_interrupted',
      cause: { code: 'approval_denied', reason: 'not at night' },
    });
    await rig.queue.decide((await asked).id, { type: 'cancel' }, { who: 'ada', why: 'not at night' });
    await ended;
    const askedAgain = rig.nextDeciding();
    const abort = new AbortController();
    const running = thread.run('go on', { signal: abort.signal });
    const aborted = expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await askedAgain;
    const settledAgain = rig.nextSettled();
    abort.abort('enough');
    await aborted;
    await settledAgain;
    await expect(running).rejects.not.toMatchObject({ cause: { code: 'approval_denied' } });
  });
});
