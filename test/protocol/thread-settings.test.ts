import { describe, expect, test } from 'vitest';
import type { ThreadOptions } from '../../src/protocol/thread-options.ts';
import { settingsLeft, type ThreadSettingsInForce } from '../../src/protocol/thread-settings.ts';

const inForce: ThreadSettingsInForce = {
  approvalPolicy: 'on-request',
  cwd: '/repo',
  model: 'gpt-5.5',
  reasoningEffort: 'high',
  sandbox: {
    type: 'workspaceWrite',
    writableRoots: ['/repo/more', '/else'],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  },
};

describe('nothing is left to be set', () => {
  test.each<ThreadOptions>([
    {},
    { model: '', workingDirectory: '' },
    {
      approvalPolicy: 'on-request',
      model: 'gpt-5.5',
      workingDirectory: '/repo',
      modelReasoningEffort: 'high',
    },
    { approvalPolicy: 'on-failure' },
    { sandboxMode: 'workspace-write' },
    {
      sandboxMode: 'workspace-write',
      networkAccessEnabled: false,
      additionalDirectories: ['/repo/more', '/else'],
    },
  ])('where all that is asked for is in force: %j', (options) => {
    expect(settingsLeft('t', options, inForce)).toBeUndefined();
  });

  test.each([
    ['read-only', { type: 'readOnly', networkAccess: false }],
    ['danger-full-access', { type: 'dangerFullAccess' }],
  ] as const)('where the sandbox %s is in force in its other spelling', (sandboxMode, sandbox) => {
    expect(settingsLeft('t', { sandboxMode }, { ...inForce, sandbox })).toBeUndefined();
  });
});

describe('what is not in force is left to be set, and nothing else', () => {
  test.each<readonly [ThreadOptions, object]>([
    [{ approvalPolicy: 'untrusted', model: 'gpt-5.5' }, { approvalPolicy: 'untrusted' }],
    [{ approvalPolicy: 'never' }, { approvalPolicy: 'never' }],
    [{ model: 'gpt-6-sol' }, { model: 'gpt-6-sol' }],
    [{ workingDirectory: '/other' }, { cwd: '/other' }],
    [{ modelReasoningEffort: 'low' }, { effort: 'low' }],
    [{ sandboxMode: 'read-only' }, { sandboxPolicy: { type: 'readOnly', networkAccess: false } }],
    [{ sandboxMode: 'danger-full-access' }, { sandboxPolicy: { type: 'dangerFullAccess' } }],
    [
      { sandboxMode: 'workspace-write', networkAccessEnabled: true },
      { sandboxPolicy: expect.objectContaining({ type: 'workspaceWrite', networkAccess: true }) },
    ],
    [
      { sandboxMode: 'workspace-write', additionalDirectories: ['/yet/another'] },
      { sandboxPolicy: expect.objectContaining({ writableRoots: ['/yet/another'] }) },
    ],
  ])('%j', (options, left) => {
    expect(settingsLeft('t', options, inForce)).toEqual({ threadId: 't', ...left });
  });
});
