import type { DecisionType } from '../../../src/protocol/approvals/approval-decision.ts';
import type { ApprovalRequest } from '../../../src/protocol/approvals/approval-request.ts';
import { parseApprovalRequest } from '../../../src/protocol/approvals/parse-approval-request.ts';

const ids = { threadId: 'thread', turnId: 'turn', itemId: 'item', startedAtMs: 1 };

/** Questions as the binary asks them, by a name of ours. */
export const questions: Readonly<Record<string, { readonly method: string; readonly params: object }>> = {
  command: {
    method: 'item/commandExecution/requestApproval',
    params: {
      ...ids,
      kind: 'command',
      environmentId: 'local',
      command: "/bin/bash -lc 'touch t1.txt && echo done'",
      cwd: '/srv/app',
      commandActions: [{ type: 'unknown', command: 'touch t1.txt' }],
      proposedExecpolicyAmendment: ['touch', 't1.txt'],
      availableDecisions: ['accept', 'cancel'],
    },
  },
  fileChange: {
    method: 'item/fileChange/requestApproval',
    params: { ...ids, reason: null, grantRoot: null },
  },
  permissions: {
    method: 'item/permissions/requestApproval',
    params: {
      ...ids,
      environmentId: 'local',
      cwd: '/srv/app',
      reason: 'to write the report',
      permissions: {
        network: { enabled: true },
        fileSystem: {
          read: null,
          write: ['/srv/reports'],
          entries: [{ path: { type: 'path', path: '/srv/reports' }, access: 'write' }],
        },
      },
    },
  },
  userInput: {
    method: 'item/tool/requestUserInput',
    params: {
      ...ids,
      questions: [
        {
          id: 'color',
          header: 'Color',
          question: 'Which?',
          isOther: false,
          isSecret: false,
          options: [
            { label: 'Blue', description: 'as the sky' },
            { label: 'Red', description: 'as wine' },
          ],
        },
        { id: 'pin', header: 'PIN', question: 'And?', isOther: true, isSecret: true, options: null },
      ],
      isBlocking: true,
      autoResolutionMs: null,
    },
  },
  elicitationForm: {
    method: 'mcpServer/elicitation/request',
    params: {
      threadId: 'thread',
      turnId: null,
      serverName: 'lab',
      mode: 'form',
      _meta: null,
      message: 'Who are you?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
    },
  },
  elicitationUrl: {
    method: 'mcpServer/elicitation/request',
    params: {
      threadId: 'thread',
      turnId: 'turn',
      serverName: 'lab',
      mode: 'url',
      _meta: null,
      message: 'Log in',
      url: 'https://example.org/login',
      elicitationId: 'e1',
    },
  },
  mcpTool: {
    method: 'mcpServer/elicitation/request',
    params: {
      threadId: 'thread',
      turnId: 'turn',
      serverName: 'lab',
      mode: 'form',
      _meta: {
        codex_approval_kind: 'mcp_tool_call',
        persist: ['session', 'always'],
        tool_name: 'write',
        tool_description: 'Writes',
        tool_params: { text: 'x' },
      },
      message: 'Allow the lab MCP server to run tool "write"?',
      requestedSchema: { type: 'object', properties: {} },
    },
  },
  legacyCommand: {
    method: 'execCommandApproval',
    params: {
      conversationId: 'thread',
      callId: 'item',
      approvalId: null,
      command: ['git', 'commit', '-m', "it's done"],
      cwd: '/srv/app',
      reason: null,
      parsedCmd: [],
    },
  },
  legacyPatch: {
    method: 'applyPatchApproval',
    params: {
      conversationId: 'thread',
      callId: 'item',
      fileChanges: {
        '/srv/app/new.ts': { type: 'add', content: 'x' },
        '/srv/app/old.ts': { type: 'update', unified_diff: '@@', move_path: '/srv/app/moved.ts' },
      },
      reason: null,
      grantRoot: null,
    },
  },
};

export const knownChanges = [
  { path: '/srv/app/a.ts', change: 'update', movePath: null, diff: '@@ -1 +1 @@' },
] as const;

/** The request that a question parses to. */
export function requestOf(name: string, overrides: object = {}): ApprovalRequest {
  const question = questions[name];
  const params = { ...question?.params, ...overrides };
  const request = parseApprovalRequest(question?.method ?? name, params, () => knownChanges);
  if (request === undefined) throw new TypeError(`${name} is no approval`);
  return request;
}

export const askedEntry = { path: { type: 'path', path: '/srv/reports' }, access: 'write' } as const;
export const askedGrant = { type: 'grant', network: false, entries: [askedEntry], scope: 'session' } as const;
const amendment = ['touch', 't1.txt'];
export const askedHost = { host: 'example.org', action: 'allow' } as const;

/** Each decision that each request takes, and the answer that the binary expects for it. */
export const wireForms: readonly (readonly [
  request: string,
  decision: { readonly type: DecisionType },
  answer: unknown,
])[] = [
  ['command', { type: 'accept' }, { decision: 'accept' }],
  ['command', { type: 'acceptForSession' }, { decision: 'acceptForSession' }],
  [
    'command',
    { type: 'acceptWithExecpolicyAmendment', ...{ amendment } },
    { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: amendment } } },
  ],
  [
    'command',
    { type: 'applyNetworkPolicyAmendment', ...{ amendment: askedHost } },
    { decision: { applyNetworkPolicyAmendment: { network_policy_amendment: askedHost } } },
  ],
  ['command', { type: 'decline', ...{ reason: 'no' } }, { decision: 'decline' }],
  ['command', { type: 'cancel' }, { decision: 'cancel' }],
  ['fileChange', { type: 'accept' }, { decision: 'accept' }],
  ['fileChange', { type: 'acceptForSession' }, { decision: 'acceptForSession' }],
  ['fileChange', { type: 'decline' }, { decision: 'decline' }],
  ['fileChange', { type: 'cancel' }, { decision: 'cancel' }],
  [
    'permissions',
    askedGrant,
    {
      permissions: { fileSystem: { read: [], write: ['/srv/reports'], entries: [askedEntry] } },
      scope: 'session',
    },
  ],
  [
    'permissions',
    { type: 'grant', ...{ network: true } },
    { permissions: { network: { enabled: true } }, scope: 'turn' },
  ],
  ['permissions', { type: 'decline' }, { permissions: {}, scope: 'turn' }],
  [
    'userInput',
    { type: 'answer', ...{ answers: { color: ['Blue'], pin: ['1234'] } } },
    { answers: { color: { answers: ['Blue'] }, pin: { answers: ['1234'] } } },
  ],
  ['userInput', { type: 'decline' }, { answers: {} }],
  [
    'elicitationForm',
    { type: 'acceptWithContent', ...{ content: { name: 'Ada' } } },
    { action: 'accept', content: { name: 'Ada' }, _meta: null },
  ],
  ['elicitationForm', { type: 'decline' }, { action: 'decline', content: null, _meta: null }],
  ['elicitationForm', { type: 'cancel' }, { action: 'cancel', content: null, _meta: null }],
  ['elicitationUrl', { type: 'accept' }, { action: 'accept', content: null, _meta: null }],
  ['elicitationUrl', { type: 'decline' }, { action: 'decline', content: null, _meta: null }],
  ['elicitationUrl', { type: 'cancel' }, { action: 'cancel', content: null, _meta: null }],
  ['mcpTool', { type: 'accept' }, { action: 'accept', content: {}, _meta: null }],
  ['mcpTool', { type: 'acceptForSession' }, { action: 'accept', content: {}, _meta: { persist: 'session' } }],
  ['mcpTool', { type: 'acceptAlways' }, { action: 'accept', content: {}, _meta: { persist: 'always' } }],
  ['mcpTool', { type: 'decline' }, { action: 'decline', content: null, _meta: null }],
  ['mcpTool', { type: 'cancel' }, { action: 'cancel', content: null, _meta: null }],
  ['legacyCommand', { type: 'accept' }, { decision: 'approved' }],
  ['legacyCommand', { type: 'acceptForSession' }, { decision: 'approved_for_session' }],
  [
    'legacyCommand',
    { type: 'acceptWithExecpolicyAmendment', ...{ amendment } },
    { decision: { approved_execpolicy_amendment: { proposed_execpolicy_amendment: amendment } } },
  ],
  [
    'legacyCommand',
    { type: 'applyNetworkPolicyAmendment', ...{ amendment: askedHost } },
    { decision: { network_policy_amendment: { network_policy_amendment: askedHost } } },
  ],
  ['legacyCommand', { type: 'decline', ...{ reason: 'no' } }, { decision: { denied: { rejection: 'no' } } }],
  ['legacyCommand', { type: 'cancel' }, { decision: 'abort' }],
  ['legacyPatch', { type: 'accept' }, { decision: 'approved' }],
  ['legacyPatch', { type: 'acceptForSession' }, { decision: 'approved_for_session' }],
  ['legacyPatch', { type: 'decline' }, { decision: { denied: { rejection: 'rejected by user' } } }],
  ['legacyPatch', { type: 'cancel' }, { decision: 'abort' }],
];
