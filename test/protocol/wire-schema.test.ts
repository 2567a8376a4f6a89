import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { acceptedValues0169, acceptedValuesIn } from '../../src/protocol/accepted-values.ts';
import type { ClientMethod, NotificationMethod, ServerMethod } from '../../src/protocol/app-server.ts';
import { turnErrorCodes } from '../../src/protocol/errors/index.ts';
import { isRecord } from '../../src/protocol/unread.ts';
import { installedCodex } from '../../src/testing/codex-executable.ts';

let schema: Record<string, unknown> = {};

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-test-'));
  try {
    const { executable } = installedCodex();
    await promisify(execFile)(executable, [
      'app-server',
      'generate-json-schema',
      '--experimental',
      '--out',
      folder,
    ]);
    schema = JSON.parse(await readFile(path.join(folder, 'codex_app_server_protocol.schemas.json'), 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function resolve(reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((node, part) => (isRecord(node) ? node[part] : undefined), schema);
}

/** All schemas that a value may be of: the node itself, and what it refers to or is composed of. */
function alternatives(node: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!isRecord(node)) return [];
  const inner = [node.oneOf, node.anyOf, node.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const referred = typeof node.$ref === 'string' ? [resolve(node.$ref)] : [];
  return [node, ...[...inner, ...referred].flatMap(alternatives)];
}

function property(node: unknown, name: string): unknown {
  for (const one of alternatives(node)) {
    if (isRecord(one.properties) && name in one.properties) return one.properties[name];
  }
  return undefined;
}

/** The variant of a union whose `tag` has that value. */
function variant(union: unknown, tag: string, value: string): unknown {
  return alternatives(union).find((one) => {
    const tagged = isRecord(one.properties) ? one.properties[tag] : undefined;
    return isRecord(tagged) && Array.isArray(tagged.enum) && tagged.enum.includes(value);
  });
}

/** `params.turn.status` of a variant; undefined when a step is missing. */
function at(node: unknown, dotted: string): unknown {
  return dotted.split('.').reduce(property, node);
}

const requests: Partial<Record<ClientMethod, readonly string[]>> = {
  initialize: ['params.clientInfo.name', 'params.clientInfo.version', 'params.capabilities.experimentalApi'],
  'thread/start': [
    'model',
    'cwd',
    'approvalPolicy',
    'sandbox',
    'config',
    'threadSource',
    'dynamicTools',
    'ephemeral',
  ].map(inParams),
  'thread/resume': [
    'threadId',
    'model',
    'cwd',
    'approvalPolicy',
    'sandbox',
    'config',
    'excludeTurns',
    'initialTurnsPage',
  ].map(inParams),
  'turn/start': [
    'threadId',
    'clientUserMessageId',
    'input',
    'outputSchema',
    'cyberAccessProgram',
    'sandboxPolicy',
    'effort',
  ].map(inParams),
  'turn/steer': ['threadId', 'expectedTurnId', 'input'].map(inParams),
  'turn/interrupt': ['threadId', 'turnId'].map(inParams),
  'thread/turns/list': ['threadId', 'limit', 'cursor', 'itemsView', 'sortDirection'].map(inParams),
  'thread/read': ['threadId', 'includeTurns'].map(inParams),
  'thread/unsubscribe': ['params.threadId'],
  'thread/list': ['limit', 'cursor', 'archived', 'sortKey', 'sortDirection', 'searchTerm', 'cwd'].map(
    inParams,
  ),
  'thread/name/set': ['threadId', 'name'].map(inParams),
  'thread/archive': ['params.threadId'],
  'thread/unarchive': ['params.threadId'],
  'thread/delete': ['params.threadId'],
  'thread/attachment/add': ['threadId', 'attachmentType', 'identityKey', 'payload'].map(inParams),
  'thread/attachment/remove': ['threadId', 'attachmentType', 'identityKey'].map(inParams),
  'thread/attachment/list': ['threadId', 'limit', 'cursor'].map(inParams),
  'thread/attachmentOwner/list': ['attachmentType', 'identityKey', 'limit', 'cursor'].map(inParams),
  'thread/compact/start': ['params.threadId'],
  'review/start': ['threadId', 'target', 'delivery'].map(inParams),
  'thread/fork': ['threadId', 'lastTurnId', 'beforeTurnId', 'excludeTurns'].map(inParams),
  'thread/revert': ['threadId', 'beforeTurnId'].map(inParams),
  'thread/settings/update': ['threadId', 'approvalPolicy', 'cwd', 'model', 'effort', 'sandboxPolicy'].map(
    inParams,
  ),
  'server/diagnostics': [],
  'account/read': [],
  'account/login/start': [],
};

const notifications: Partial<Record<NotificationMethod, readonly string[]>> = {
  'turn/started': ['turn.id', 'threadId'].map(inParams),
  'turn/completed': [
    'turn.id',
    'turn.status',
    'turn.error.message',
    'turn.error.codexErrorInfo',
    'turn.error.additionalDetails',
    'turn.items',
  ].map(inParams),
  'item/started': ['item', 'threadId', 'turnId'].map(inParams),
  'item/completed': ['item', 'threadId', 'turnId'].map(inParams),
  'item/agentMessage/delta': ['turnId', 'itemId', 'delta'].map(inParams),
  'item/commandExecution/outputDelta': ['turnId', 'itemId', 'delta'].map(inParams),
  'item/fileChange/outputDelta': ['turnId', 'itemId', 'delta'].map(inParams),
  'item/plan/delta': ['turnId', 'itemId', 'delta'].map(inParams),
  'item/reasoning/summaryTextDelta': ['turnId', 'itemId', 'delta', 'summaryIndex'].map(inParams),
  'item/reasoning/textDelta': ['turnId', 'itemId', 'delta', 'contentIndex'].map(inParams),
  'turn/plan/updated': ['params.turnId', 'params.plan'],
  'thread/tokenUsage/updated': [
    'turnId',
    'tokenUsage.total.inputTokens',
    'tokenUsage.total.cachedInputTokens',
    'tokenUsage.total.cacheWriteInputTokens',
    'tokenUsage.total.outputTokens',
    'tokenUsage.total.reasoningOutputTokens',
    'tokenUsage.last',
  ].map(inParams),
  error: ['error.message', 'error.codexErrorInfo', 'willRetry', 'threadId', 'turnId'].map(inParams),
  warning: ['params.message', 'params.threadId'],
  configWarning: ['params.summary', 'params.details'],
  deprecationNotice: ['params.summary', 'params.details'],
  'model/rerouted': ['turnId', 'fromModel', 'toModel', 'reason'].map(inParams),
  'thread/status/changed': ['params.threadId', 'params.status'],
  'thread/closed': ['params.threadId'],
  'serverRequest/resolved': ['params.threadId', 'params.requestId'],
};

const itemIds = ['threadId', 'turnId', 'itemId'];

const serverRequests: Partial<Record<ServerMethod, readonly string[]>> = {
  'item/commandExecution/requestApproval': [
    ...itemIds,
    'kind',
    'command',
    'cwd',
    'reason',
    'approvalId',
    'networkApprovalContext',
    'additionalPermissions',
    'proposedExecpolicyAmendment',
    'proposedNetworkPolicyAmendments',
  ].map(inParams),
  'item/fileChange/requestApproval': [...itemIds, 'reason', 'grantRoot'].map(inParams),
  'item/permissions/requestApproval': [...itemIds, 'cwd', 'reason', 'permissions'].map(inParams),
  'item/tool/requestUserInput': [...itemIds, 'questions', 'isBlocking'].map(inParams),
  'item/tool/call': ['threadId', 'turnId', 'callId', 'tool', 'arguments'].map(inParams),
  'mcpServer/elicitation/request': [
    'threadId',
    'turnId',
    'serverName',
    'mode',
    'message',
    'requestedSchema',
    'url',
    '_meta',
  ].map(inParams),
  applyPatchApproval: ['conversationId', 'callId', 'fileChanges', 'reason', 'grantRoot'].map(inParams),
  execCommandApproval: ['conversationId', 'callId', 'approvalId', 'command', 'cwd', 'reason'].map(inParams),
};

const items: Readonly<Record<string, readonly string[]>> = {
  agentMessage: ['id', 'text'],
  reasoning: ['id', 'summary', 'content'],
  commandExecution: ['id', 'command', 'aggregatedOutput', 'exitCode', 'status'],
  fileChange: ['id', 'changes', 'status'],
  mcpToolCall: ['id', 'server', 'tool', 'arguments', 'result', 'error', 'status'],
  dynamicToolCall: ['id', 'namespace', 'tool', 'arguments', 'status', 'contentItems', 'success'],
  collabAgentToolCall: [
    'id',
    'tool',
    'status',
    'senderThreadId',
    'receiverThreadIds',
    'prompt',
    'agentsStates',
  ],
  webSearch: ['id', 'query', 'action'],
  plan: ['id', 'text'],
  userMessage: ['id', 'clientId'],
};

function inParams(name: string): string {
  return `params.${name}`;
}

describe.each([
  ['ClientRequest', requests],
  ['ServerNotification', notifications],
  ['ServerRequest', serverRequests],
])('the connected binary knows of its %s', (definition, methods) => {
  test.each(Object.entries(methods))('%s, with every field that is used', (method, fields) => {
    const found = variant(resolve(`#/definitions/${definition}`), 'method', method);
    expect(found).toBeDefined();
    expect(fields.filter((field) => at(found, field) === undefined)).toEqual([]);
  });
});

test.each(Object.entries(items))('an item %s has every field that is translated', (type, fields) => {
  const found = variant(resolve('#/definitions/v2/ThreadItem'), 'type', type);
  expect(found).toBeDefined();
  expect(fields.filter((field) => property(found, field) === undefined)).toEqual([]);
});

test('every kind of failure that the binary names has its code', () => {
  const info = alternatives(resolve('#/definitions/v2/CodexErrorInfo'));
  const words = info.flatMap((one) => (Array.isArray(one.enum) ? one.enum : []));
  const keys = info.flatMap((one) =>
    isRecord(one.properties) && Array.isArray(one.required) ? one.required : [],
  );
  const known = [...words, ...keys].filter(
    (name) => !['other', 'httpStatusCode', 'turnKind', ...keysBelow(info)].includes(name),
  );
  expect(known.length).toBeGreaterThan(15);
  expect(known.filter((name) => !Object.hasOwn(turnErrorCodes, name))).toEqual([]);
});

/** Words that stand inside the variants, not for them: kinds of turns. */
function keysBelow(info: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  const kinds = resolve('#/definitions/v2/NonSteerableTurnKind');
  return info.length === 0
    ? []
    : alternatives(kinds).flatMap((one) => (Array.isArray(one.enum) ? one.enum : []));
}

test('the binary takes the words that are accepted for it', () => {
  const accepted = acceptedValuesIn(schema);
  for (const field of ['approvalPolicy', 'sandboxMode', 'webSearchMode'] as const)
    expect([...accepted[field]].sort()).toEqual([...acceptedValues0169[field]].sort());
});
