import { describe, expect, test } from 'vitest';
import {
  acceptedByExec0169,
  acceptedValues0169,
  acceptedValuesIn,
} from '../../src/protocol/accepted-values.ts';
import {
  checkCodexOptions,
  checkThreadOptions,
  checkTurnOptions,
  outputSchemaOf,
} from '../../src/protocol/option-checks.ts';
import {
  type ApprovalMode,
  sandboxPolicy,
  threadResumeParams,
  threadStartParams,
  turnStartParams,
  turnSteerParams,
} from '../../src/protocol/thread-options.ts';

describe('thread options', () => {
  test('become the params of thread/start: by field where there is one, else as configuration', () => {
    expect(
      threadStartParams({
        model: 'gpt-5.5',
        threadSource: 'bot',
        sandboxMode: 'workspace-write',
        workingDirectory: '/work',
        skipGitRepoCheck: true,
        modelReasoningEffort: 'high',
        networkAccessEnabled: false,
        webSearchMode: 'cached',
        webSearchEnabled: true,
        approvalPolicy: 'never',
        additionalDirectories: ['/more'],
      }),
    ).toEqual({
      model: 'gpt-5.5',
      threadSource: 'bot',
      sandbox: 'workspace-write',
      cwd: '/work',
      approvalPolicy: 'never',
      config: {
        model_reasoning_effort: 'high',
        'sandbox_workspace_write.network_access': false,
        'sandbox_workspace_write.writable_roots': ['/more'],
        web_search: 'cached',
      },
    });
  });

  test('that say nothing send nothing, so that the user’s configuration stands', () => {
    expect(threadStartParams({ model: '', workingDirectory: '', additionalDirectories: [] })).toEqual({});
    expect(threadResumeParams('t', { threadSource: 'bot' })).toEqual({ threadId: 't' });
  });

  test.each([
    [true, 'live'],
    [false, 'disabled'],
  ])('webSearchEnabled: %s is the mode %s', (webSearchEnabled, web_search) => {
    expect(threadStartParams({ webSearchEnabled })).toEqual({ config: { web_search } });
  });

  test.each<ApprovalMode>(['never', 'on-request', 'untrusted'])(
    'the approval policy %s is sent as it is',
    (approvalPolicy) => {
      expect(threadStartParams({ approvalPolicy })).toEqual({ approvalPolicy });
    },
  );

  test('on-failure is sent as on-request: that is how Codex itself reads it', () => {
    expect(threadResumeParams('t', { approvalPolicy: 'on-failure' })).toEqual({
      threadId: 't',
      approvalPolicy: 'on-request',
    });
  });

  test.each([
    [{}, undefined],
    [{ sandboxMode: 'read-only' }, { type: 'readOnly', networkAccess: false }],
    [{ sandboxMode: 'danger-full-access' }, { type: 'dangerFullAccess' }],
    [
      { sandboxMode: 'workspace-write', networkAccessEnabled: true },
      {
        type: 'workspaceWrite',
        writableRoots: ['/more'],
        networkAccess: true,
        excludeTmpdirEnvVar: false,
        excludeSlashTmp: false,
      },
    ],
  ] as const)('the sandbox has a second spelling for turns: %j', (options, policy) => {
    expect(sandboxPolicy(options, ['/more'])).toEqual(policy);
  });
});

describe('a turn', () => {
  test('carries the client’s message id, and the programme in the protocol’s spelling', () => {
    expect(
      turnStartParams('t', {
        messageId: 'm',
        input: 'hi',
        outputSchema: { type: 'object', extra: undefined },
        cyberAccessProgram: 'daybreak_blue',
      }),
    ).toEqual({
      threadId: 't',
      clientUserMessageId: 'm',
      input: [{ type: 'text', text: 'hi', text_elements: [] }],
      outputSchema: { type: 'object' },
      cyberAccessProgram: 'daybreakBlue',
    });
  });

  test('is steered only where it is the one that is meant', () => {
    expect(turnSteerParams('t', 'turn', 'more')).toEqual({
      threadId: 't',
      expectedTurnId: 'turn',
      input: [{ type: 'text', text: 'more', text_elements: [] }],
    });
  });
});

describe('a bad option is refused at the call, with its field and what it may be', () => {
  test.each([
    [
      'approvalPolicy',
      { approvalPolicy: 'sometimes' },
      "one of 'never', 'on-request', 'on-failure', 'untrusted'",
    ],
    [
      'sandboxMode',
      { sandboxMode: 'workspaceWrite' },
      "one of 'read-only', 'workspace-write', 'danger-full-access'",
    ],
    ['modelReasoningEffort', { modelReasoningEffort: 11 }, /^one of 'none', 'minimal'/],
    ['webSearchMode', { webSearchMode: true }, "one of 'disabled', 'cached', 'indexed', 'live'"],
    ['historyMode', { historyMode: 'paged' }, "one of 'paginated', 'legacy'"],
    ['model', { model: 5 }, 'a string without NUL'],
    ['networkAccessEnabled', { networkAccessEnabled: 'yes' }, 'true or false'],
    ['additionalDirectories', { additionalDirectories: '/x' }, 'an array of at most 1000 strings'],
    ['additionalDirectories[1]', { additionalDirectories: ['/x', 1] }, 'a string without NUL'],
  ])('%s of a thread', (field, options, accepted) => {
    const check = () => checkThreadOptions(JSON.parse(JSON.stringify(options)));
    const expected = typeof accepted === 'string' ? accepted : expect.stringMatching(accepted);
    expect(check).toThrow(expect.objectContaining({ code: 'invalid_option', field, accepted: expected }));
  });

  test('untrusted where nobody can be asked: exec would end at once', () => {
    expect(() => checkThreadOptions({ approvalPolicy: 'untrusted' })).not.toThrow();
    expect(() => checkThreadOptions({ approvalPolicy: 'untrusted' }, acceptedByExec0169)).toThrow(
      "approvalPolicy is \"untrusted\"; it must be one of 'never', 'on-request', 'on-failure'.",
    );
  });

  test.each([
    ['baseUrl', { baseUrl: 1 }],
    ['configOverrides[0]', { configOverrides: [{}] }],
    ['config.a', { config: { a: null } }],
    ['env.TOKEN', { env: { TOKEN: 12345678 } }],
  ])('%s of a client', (field, options) => {
    const check = () => checkCodexOptions(JSON.parse(JSON.stringify(options)));
    expect(check).toThrow(expect.objectContaining({ code: 'invalid_option', field }));
    expect(check).not.toThrow(/12345678/);
  });

  test.each([null, 'x', [], 1])('an output schema that is %j', (outputSchema) => {
    expect(() => checkTurnOptions({ outputSchema })).toThrow(
      expect.objectContaining({ field: 'outputSchema' }),
    );
  });

  test('an output schema that JSON cannot carry', () => {
    expect(() => outputSchemaOf({ outputSchema: { big: 1n } })).toThrow(
      expect.objectContaining({ field: 'outputSchema' }),
    );
  });

  test.each<ApprovalMode>(['never', 'on-request', 'on-failure', 'untrusted'])(
    'and a good one, such as %s, is not',
    (approvalPolicy) => {
      checkThreadOptions({ approvalPolicy, model: '', sandboxMode: 'read-only' });
      checkTurnOptions({ signal: new AbortController().signal, outputSchema: {} });
      checkCodexOptions({ apiKey: 'x', env: { A: 'b' }, config: { a: 1 } });
    },
  );
});

describe('what the connected binary takes', () => {
  test('is read from its schema, wherever the definitions stand', () => {
    const schema = {
      definitions: {
        v2: {
          SandboxMode: { enum: ['read-only', 'moon'] },
          AskForApproval: { oneOf: [{ enum: ['on-request'] }, { type: 'object' }] },
        },
        WebSearchMode: { anyOf: [{ enum: ['live'] }] },
        ReasoningEffort: { type: 'string' },
      },
    };
    expect(acceptedValuesIn(schema)).toEqual({
      ...acceptedValues0169,
      sandboxMode: ['read-only', 'moon'],
      approvalPolicy: ['on-request', 'on-failure'],
      webSearchMode: ['live'],
    });
  });

  test.each([undefined, {}, { definitions: [] }])('is that of 0.169 where the schema is %j', (schema) => {
    expect(acceptedValuesIn(schema)).toEqual(acceptedValues0169);
  });
});
