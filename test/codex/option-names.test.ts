import type {
  CodexOptions as OfficialCodexOptions,
  ThreadOptions as OfficialThreadOptions,
  TurnOptions as OfficialTurnOptions,
} from '@openai/codex-sdk';
import { afterAll, describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { allow, ask, deny, remember } from '../../src/actors/approvals/index.ts';
import { ThreadActor } from '../../src/actors/index.ts';
import { codexOptionNames, codexThreadOptionNames } from '../../src/codex-options.ts';
import * as files from '../../src/files/index.ts';
import { Codex, defineTool, InvalidOptionError } from '../../src/index.ts';
import { runOptionNames } from '../../src/turn-options.ts';
import { call, errorOf } from './untyped-call.ts';

const codex = new Codex({ env: {} });
const thread = codex.startThread();
const [here] = files.memoryTransports();
afterAll(() => codex.close());

const definition = {
  name: 'x',
  description: 'x',
  input: { type: 'object', properties: {}, additionalProperties: false },
  execute: () => null,
};
const tool = defineTool(definition);
const { LocalFileStreams, FileStore } = files;
const streams = new LocalFileStreams();

type Row = readonly [wrong: string, right: string, call: string, act: (wrong: object) => unknown];

/** An actor that cannot be made tells why in its snapshot. */
const madeActor = (input: object) => {
  const actor = createActor(ThreadActor, { input: Object.assign({ codex }, input) });
  const { error } = actor.getSnapshot();
  if (error !== undefined) throw error;
};

const nextOf = (generator: unknown) => call(Object(generator), 'next');
const end = { files: streams, path: '/nowhere' };
const rows: readonly Row[] = [
  ['proflie', 'profile', 'new Codex', (wrong) => Reflect.construct(Codex, [wrong])],
  ['baseURL', 'baseUrl', 'new Codex', (wrong) => Reflect.construct(Codex, [wrong])],
  ['files.directry', 'directory', 'files', () => Reflect.construct(Codex, [{ files: { directry: '/x' } }])],
  [
    'retries.maxAttemps',
    'maxAttempts',
    'retries',
    () => Reflect.construct(Codex, [{ retries: { maxAttemps: 1 } }]),
  ],
  [
    'mcpServers.a.enabledTool',
    'enabledTools',
    'mcpServers.a',
    () => Reflect.construct(Codex, [{ mcpServers: { a: { command: 'a', enabledTool: [] } } }]),
  ],
  ['sandboxmode', 'sandboxMode', 'startThread', (wrong) => call(codex, 'startThread', wrong)],
  ['sandbox_mode', 'sandboxMode', 'startThread', (wrong) => call(codex, 'startThread', wrong)],
  [
    'approvalPolciy',
    'approvalPolicy',
    'resumeThread',
    (wrong) => call(codex, 'resumeThread', crypto.randomUUID(), wrong),
  ],
  ['input.threadID', 'threadId', 'ThreadActor', () => madeActor({ threadID: 'x' })],
  ['outputschema', 'outputSchema', 'run', (wrong) => call(thread, 'run', 'x', wrong)],
  ['includeDelta', 'includeDeltas', 'runStreamed', (wrong) => call(thread, 'runStreamed', 'x', wrong)],
  ['maxTurn', 'maxTurns', 'runAuto', (wrong) => call(thread, 'runAuto', 'x', wrong)],
  [
    'backoff.maxDelay',
    'maxDelayMs',
    'backoff',
    () => call(thread, 'runAuto', 'x', { backoff: { maxDelay: 1 } }),
  ],
  [
    'deadline',
    'deadlineMs',
    'runGoal',
    (wrong) => call(thread, 'runGoal', 'x', { tokenBudget: 1, ...wrong }),
  ],
  ['attachment', 'attachments', 'queue.add', (wrong) => call(thread.queue, 'add', 'x', wrong)],
  ['signals', 'signal', 'compact', (wrong) => call(thread, 'compact', wrong)],
  ['signals', 'signal', 'review', (wrong) => call(thread, 'review', { type: 'uncommittedChanges' }, wrong)],
  [
    'includedeltas',
    'includeDeltas',
    'reviewStreamed',
    (wrong) => call(thread, 'reviewStreamed', { type: 'uncommittedChanges' }, wrong),
  ],
  ['beforeTurnid', 'beforeTurnId', 'fork', (wrong) => call(thread, 'fork', wrong)],
  ['archive', 'archived', 'threads.list', (wrong) => call(codex.threads, 'list', wrong)],
  ['cursors', 'cursor', 'threads.page', (wrong) => call(codex.threads, 'page', wrong)],
  [
    'pagesize',
    'pageSize',
    'threads.turns',
    (wrong) => call(codex.threads, 'turns', crypto.randomUUID(), wrong),
  ],
  ['pagesize', 'pageSize', 'labels.find', (wrong) => call(codex.threads.labels, 'find', 'x', wrong)],
  ['whoo', 'who', 'approvals.decide', (wrong) => call(codex.approvals, 'decide', 'x', {}, wrong)],
  ['fro', 'for', 'allow', (wrong) => call({ allow }, 'allow', wrong)],
  ['cancel', 'cancelTurn', 'deny', (wrong) => call({ deny }, 'deny', wrong)],
  ['acrossThread', 'acrossThreads', 'remember', (wrong) => call({ remember }, 'remember', ask(), wrong)],
  ['enable', 'enabled', 'tools.register', (wrong) => call(codex.tools, 'register', tool, wrong)],
  [
    'timeoutms',
    'timeoutMs',
    'defineTool',
    (wrong) => call({ defineTool }, 'defineTool', { ...definition, ...wrong }),
  ],
  [
    'listTimeout',
    'listTimeoutMs',
    'mcp.connect',
    (wrong) => call(codex.mcp, 'connect', 'a', { command: 'a', ...wrong }),
  ],
  [
    'headrs',
    'headers',
    'mcp.connect',
    (wrong) => call(codex.mcp, 'connect', 'a', { url: 'http://a', ...wrong }),
  ],
  ['ttl', 'ttlMs', 'files.stage', (wrong) => call(codex.files, 'stage', Buffer.of(1), wrong)],
  ['maxbytes', 'maxBytes', 'files.temporary', (wrong) => call(codex.files, 'temporary', Buffer.of(1), wrong)],
  ['timeout', 'timeoutMs', 'files.close', (wrong) => call(codex.files, 'close', wrong)],
  ['storeBytes', 'storeBytesMax', 'FileStore.open', (wrong) => call(FileStore, 'open', wrong)],
  ['pipelines', 'pipeline', 'copy', (wrong) => call(files, 'copy', end, end, wrong)],
  [
    'readonly',
    'readOnly',
    'serveFiles',
    (wrong) => call(files, 'serveFiles', here, { roots: ['/'], ...wrong }),
  ],
  ['requestTimeout', 'requestTimeoutMs', 'connectFiles', (wrong) => call(files, 'connectFiles', here, wrong)],
  ['clientname', 'clientName', 'connectExecServer', (wrong) => call(files, 'connectExecServer', here, wrong)],
  ['tokn', 'token', 'listenWebSocket', (wrong) => call(files, 'listenWebSocket', wrong, () => null)],
  [
    'tokn',
    'token',
    'connectWebSocket',
    (wrong) => call(files, 'connectWebSocket', 'ws://127.0.0.1:9', wrong),
  ],
  [
    'lineBytes',
    'lineBytesMax',
    'lineTransport',
    (wrong) => call(files, 'lineTransport', process.stdin, process.stdout, wrong),
  ],
  [
    'chunkbytes',
    'chunkBytes',
    'fileBytes',
    (wrong) => nextOf(call(files, 'fileBytes', streams, '/x', wrong)),
  ],
  ['offsett', 'offset', 'fileReadable', (wrong) => call(files, 'fileReadable', streams, '/x', wrong)],
  [
    'offsett',
    'offset',
    'fileReadableStream',
    (wrong) => call(files, 'fileReadableStream', streams, '/x', wrong),
  ],
  ['ofset', 'offset', 'fileWritable', (wrong) => call(files, 'fileWritable', streams, '/x', wrong)],
];

describe('an option of a name that there is not', () => {
  test.each(rows)('%s, for %s of %s, is refused, and the name that was meant is told', async (...row) => {
    const [field, meant, callName, act] = row;
    const error = await errorOf(() => act({ [field]: 'sk-a-secret' }));
    expect(InvalidOptionError.isInstance(error) && error).toMatchObject({
      field,
      accepted: `left out: ${callName} has no such option (did you mean ${meant}?)`,
    });
    // It may be a misspelt key.
    expect(String(error)).not.toContain('secret');
  });

  test('that is like no other is told all that there are', async () => {
    const error = await errorOf(() => call(thread, 'compact', { verbose: 1 }));
    expect(String(error)).toBe(
      'InvalidOptionError: verbose is a number; it must be left out: compact has no such option (its options are signal).',
    );
  });

  test('is as good as left out where its value is undefined', async () => {
    const nothing = { sandboxmode: undefined };
    expect(await errorOf(() => call(codex, 'startThread', nothing))).toBeNull();
    expect(await errorOf(() => Reflect.construct(Codex, [{ ...nothing, env: {} }]))).toBeNull();
  });

  test.each([null, 'fast', 7, []])('options that are %j are refused', async (wrong) => {
    const invalid = { code: 'invalid_option', field: 'options' };
    expect(await errorOf(() => Reflect.construct(Codex, [wrong]))).toMatchObject(invalid);
    expect(await errorOf(() => call(codex, 'startThread', wrong))).toMatchObject(invalid);
    expect(await errorOf(() => call(thread, 'run', 'x', wrong))).toMatchObject(invalid);
    expect(await errorOf(() => call(thread, 'runStreamed', 'x', wrong))).toMatchObject(invalid);
    expect(await errorOf(() => call(thread, 'runAuto', 'x', wrong))).toMatchObject(invalid);
    expect(await errorOf(() => call(thread, 'runGoal', 'x', wrong))).toMatchObject(invalid);
  });
});

// That each of them is there at all is for the compiler to see.
const officialNames = {
  codex: codexOptionNames satisfies Readonly<Record<keyof OfficialCodexOptions, 'official'>>,
  thread: codexThreadOptionNames satisfies Readonly<Record<keyof OfficialThreadOptions, 'official'>>,
  turn: runOptionNames satisfies Readonly<Record<keyof OfficialTurnOptions, 'official'>>,
};

test('every option of the official SDK is known: its code runs after a change of its import alone', () => {
  const official = (names: Readonly<Record<string, string>>) =>
    Object.keys(names).filter((name) => names[name] === 'official');
  expect(official(officialNames.codex)).toHaveLength(6);
  expect(official(officialNames.thread)).toHaveLength(11);
  expect(official(officialNames.turn)).toHaveLength(3);
});
