import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Codex } from '../../src/index.ts';
import { CodexRig } from './rig.ts';

const invalid = (field: string) => expect.objectContaining({ code: 'invalid_option', field });
const made = (options: unknown) => Reflect.construct(Codex, [options]);

describe('new Codex refuses, before anything starts,', () => {
  test.each<[field: string, option: object]>([
    ['codexPathOverride', { codexPathOverride: 7 }],
    ['codexPathOverride', { codexPathOverride: '/a\0b' }],
    ['baseUrl', { baseUrl: 'proxy.internal/v1' }],
    ['baseUrl', { baseUrl: 'ftp://proxy/v1' }],
    ['baseUrl', { baseUrl: 'https://' }],
    ['baseUrl', { baseUrl: new URL('http://proxy/v1') }],
    ['apiKey', { apiKey: 7 }],
    ['apiKey', { apiKey: 'sk-secret\0' }],
    ['config', { config: 'model=x' }],
    ['config.model', { config: { model: null } }],
    ['configOverrides', { configOverrides: 'model="x"' }],
    ['configOverrides[0]', { configOverrides: [7] }],
    ['env', { env: ['PATH=/bin'] }],
    ['env.SECRET', { env: { SECRET: 7 } }],
    ['transport', { transport: 'http' }],
    ['profile', { profile: 'quick' }],
    ['profile', { transport: 'exec', profile: 'quick' }],
    ['approvals', { approvals: 'always' }],
    ['approvalTimeoutMs', { approvalTimeoutMs: 0 }],
    ['approvalAuditFile', { approvalAuditFile: '' }],
    ['retries', { retries: true }],
    ['retries.maxAttempts', { retries: { maxAttempts: 0 } }],
    ['files', { files: '/var/lib/files' }],
    ['ttlMs', { files: { ttlMs: -1 } }],
    ['mcpServers', { mcpServers: [] }],
    ['inspect', { inspect: 'console' }],
    ['inspect', { inspect: { next: 'console' } }],
    ['onReport', { onReport: {} }],
  ])('%s as in %j', (field, option) => {
    expect(() => made(option)).toThrow(invalid(field));
    expect(() => made(option)).not.toThrow(/sk-secret|proxy/);
  });
});

test('a variable of env that is undefined is not set, and no mistake, as in the official SDK', () => {
  expect(() => made({ env: { PATH: '/bin', PROXY: undefined } })).not.toThrow();
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5'])(
  'close refuses a deadline of %s, and closes nothing',
  async (timeoutMs) => {
    await using codex = new Codex({ env: {} });
    await expect(Reflect.apply(codex.close, codex, [{ timeoutMs }])).rejects.toEqual(invalid('timeoutMs'));
    expect(codex.startThread().closed).toBe(false);
  },
);

describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  let rig: CodexRig;
  beforeAll(async () => {
    rig = await CodexRig.start({ transport, codexPathOverride: '', baseUrl: '', apiKey: '' });
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
  });

  test('an empty text is the same as none: the installed Codex runs, with the provider and the login of its configuration', async () => {
    const { finalResponse } = await rig.codex.startThread(rig.threadOptions).run('hello');
    expect(finalResponse).toBe('ok');
  });

  test('options that change after the call change nothing', async () => {
    const options = { ...rig.threadOptions };
    const thread = rig.codex.startThread(options);
    Object.assign(options, { sandboxMode: 'nonsense', model: 'another' });
    await thread.run('hello');
    expect(rig.model.requests.at(-1)?.body.model).toBe('gpt-5.5');
  });
});
