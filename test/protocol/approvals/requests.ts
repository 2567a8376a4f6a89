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
