import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseApprovalRequest } from '../../../src/protocol/approvals/parse-approval-request.ts';
import { knownChanges, questions, requestOf } from './requests.ts';

const facts = { threadId: 'thread', turnId: 'turn', itemId: 'item' };

describe('a question of the app-server', () => {
  test('about a command carries command, folder, and the rule that Codex offers to save', () => {
    expect(requestOf('command')).toEqual({
      ...facts,
      method: 'item/commandExecution/requestApproval',
      kind: 'command',
      commandKind: 'command',
      command: "/bin/bash -lc 'touch t1.txt && echo done'",
      cwd: '/srv/app',
      reason: null,
      approvalId: null,
      network: null,
      additionalPermissions: null,
      proposedExecpolicyAmendment: ['touch', 't1.txt'],
      proposedNetworkPolicyAmendments: [],
    });
  });

  test('about a connection carries the host, and the amendments that Codex offers', () => {
    const host = { host: 'example.org', action: 'allow' };
    const request = requestOf('command', {
      command: null,
      networkApprovalContext: { host: 'example.org', protocol: 'https' },
      proposedNetworkPolicyAmendments: [host, { host: 'x', action: 'maybe' }],
    });
    expect(request).toMatchObject({
      command: null,
      network: { host: 'example.org', protocol: 'https' },
      proposedNetworkPolicyAmendments: [host],
    });
  });

  test('about a file change is joined with the changes of its item', () => {
    expect(requestOf('fileChange')).toMatchObject({ ...facts, kind: 'file_change', changes: knownChanges });
  });

  test('about a file change whose item is not known says that the changes are not known', () => {
    const { method = '', params } = questions.fileChange ?? {};
    expect(parseApprovalRequest(method, params, () => null)).toMatchObject({ changes: null });
  });

  test('about permissions names each path once, although Codex names it twice', () => {
    expect(requestOf('permissions')).toMatchObject({
      kind: 'permissions',
      reason: 'to write the report',
      permissions: {
        network: true,
        entries: [{ path: { type: 'path', path: '/srv/reports' }, access: 'write' }],
      },
    });
  });

  test('to the user carries its options and which answers are secret', () => {
    expect(requestOf('userInput')).toMatchObject({
      kind: 'user_input',
      isBlocking: true,
      questions: [
        { id: 'color', isSecret: false, options: [{ label: 'Blue' }, { label: 'Red' }] },
        { id: 'pin', isSecret: true, options: [] },
      ],
    });
  });

  test('of an MCP server is an elicitation, and an approval of its tool is told apart from it', () => {
    expect(requestOf('elicitationForm')).toMatchObject({ kind: 'elicitation', mode: 'form', url: null });
    expect(requestOf('elicitationUrl')).toMatchObject({ mode: 'url', url: 'https://example.org/login' });
    expect(requestOf('mcpTool')).toMatchObject({
      kind: 'mcp_tool',
      serverName: 'lab',
      toolName: 'write',
      toolParams: { text: 'x' },
      persist: ['session', 'always'],
    });
  });

  test('of the old protocol reads like one of the new', () => {
    const legacy = { threadId: 'thread', turnId: null, itemId: 'item' };
    expect(requestOf('legacyCommand')).toMatchObject({
      ...legacy,
      kind: 'command',
      command: String.raw`git commit -m 'it'\''s done'`,
    });
    expect(requestOf('legacyPatch')).toMatchObject({
      ...legacy,
      kind: 'file_change',
      changes: [
        { path: '/srv/app/new.ts', change: 'add', movePath: null, diff: 'x' },
        { path: '/srv/app/old.ts', change: 'update', movePath: '/srv/app/moved.ts', diff: '@@' },
      ],
    });
  });

  test.each([
    ['an unknown method', 'item/teleport/requestApproval', { ...facts }],
    ['a kind of command that we do not know', questions.command?.method, { ...facts, kind: 'telepathy' }],
    ['no thread', questions.command?.method, { turnId: 'turn', itemId: 'item', kind: 'command' }],
    [
      'permissions that nobody can read',
      questions.permissions?.method,
      { ...questions.permissions?.params, permissions: { fileSystem: { entries: [{ access: 'fly' }] } } },
    ],
    [
      'a command with permissions that nobody can read',
      questions.command?.method,
      { ...questions.command?.params, additionalPermissions: { fileSystem: { write: [7] } } },
    ],
    [
      'a command with permissions that are no object',
      questions.command?.method,
      { ...questions.command?.params, additionalPermissions: ['all'] },
    ],
    [
      'a file change of a root that is no path',
      questions.fileChange?.method,
      { ...questions.fileChange?.params, grantRoot: ['/'] },
    ],
    [
      'an old file change of a root that is no path',
      questions.legacyPatch?.method,
      { ...questions.legacyPatch?.params, grantRoot: 7 },
    ],
    ['no questions', questions.userInput?.method, { ...facts, questions: [] }],
    [
      'a proof of identity',
      questions.elicitationForm?.method,
      { ...questions.elicitationForm?.params, mode: 'openai/userVerification' },
    ],
    [
      'an approval of a new kind in an elicitation',
      questions.mcpTool?.method,
      { ...questions.mcpTool?.params, _meta: { codex_approval_kind: 'mcp_server_install' } },
    ],
  ])('with %s is not understood, so that it is refused and not guessed at', (_what, method, params) => {
    expect(parseApprovalRequest(method ?? '', params, () => null)).toBeUndefined();
  });

  test('about a file that moves to what is no path is asked without its changes', () => {
    const { method = '', params } = questions.legacyPatch ?? {};
    const fileChanges = { '/srv/app/a.ts': { type: 'update', unified_diff: '@@', move_path: ['/etc'] } };
    expect(parseApprovalRequest(method, { ...params, fileChanges }, () => null)).toMatchObject({
      changes: null,
    });
  });

  test('of any content never makes the parser throw', () => {
    const methods = [...new Set(Object.values(questions).map(({ method }) => method))];
    const field = fc.constantFrom(
      'threadId',
      'kind',
      'permissions',
      '_meta',
      'questions',
      'fileChanges',
      'mode',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...methods),
        fc.dictionary(field, fc.jsonValue()),
        fc.constantFrom(...Object.values(questions)),
        (method, overrides, { params }) => {
          parseApprovalRequest(method, { ...params, ...overrides }, () => null);
          parseApprovalRequest(method, overrides, () => null);
        },
      ),
    );
  });
});
