import { describe, expect, test } from 'vitest';
import { KnownSecrets, knownSecretsMax } from '../../src/protocol/errors/redaction.ts';
import { mcpServerSettings, mcpServersMax, secretsOfServers } from '../../src/protocol/mcp-server-config.ts';
import { threadResumeParams, threadStartParams } from '../../src/protocol/thread-options.ts';

describe('MCP servers of a thread', () => {
  test('become settings in the words of Codex, times in seconds', () => {
    expect(
      mcpServerSettings({
        files: {
          command: 'files-mcp',
          args: ['--all'],
          env: { A: '1' },
          envVars: ['B'],
          cwd: '/srv',
          required: true,
        },
        web: {
          url: 'https://example.com/mcp',
          headers: { 'x-key': 'k' },
          envHeaders: { 'x-env': 'KEY' },
          bearerTokenEnvVar: 'TOKEN',
          enabled: false,
          startupTimeoutMs: 1_500,
          toolTimeoutMs: 2_000,
          enabledTools: ['a'],
          disabledTools: [],
        },
      }),
    ).toEqual({
      'mcp_servers.files': {
        command: 'files-mcp',
        args: ['--all'],
        env: { A: '1' },
        env_vars: ['B'],
        cwd: '/srv',
        required: true,
      },
      'mcp_servers.web': {
        url: 'https://example.com/mcp',
        http_headers: { 'x-key': 'k' },
        env_http_headers: { 'x-env': 'KEY' },
        bearer_token_env_var: 'TOKEN',
        enabled: false,
        startup_timeout_sec: 1.5,
        tool_timeout_sec: 2,
        enabled_tools: ['a'],
        disabled_tools: [],
      },
    });
  });

  test('travel when the thread is started, and again when it is resumed', () => {
    const options = { mcpServers: { lab: { command: 'lab' } } };
    const config = { 'mcp_servers.lab': { command: 'lab' } };
    expect(threadStartParams(options)).toMatchObject({ config });
    expect(threadResumeParams('id', options)).toMatchObject({ config });
    expect(threadStartParams({ mcpServers: {} })).toEqual({});
  });

  const many = Object.fromEntries(
    Array.from({ length: mcpServersMax + 1 }, (_, index) => [`s${index}`, { command: 'x' }]),
  );
  test.each([
    ['a list', [], 'mcpServers'],
    ['too many', many, 'mcpServers'],
    ['a name with a dot', { 'a.b': { command: 'x' } }, 'mcpServers.a.b'],
    ['a name that is too long', { ['n'.repeat(49)]: { command: 'x' } }, `mcpServers.${'n'.repeat(49)}`],
    ['no object', { lab: 'x' }, 'mcpServers.lab'],
    ['neither a command nor an address', { lab: {} }, 'mcpServers.lab'],
    ['both', { lab: { command: 'x', url: 'https://example.com' } }, 'mcpServers.lab'],
    ['an empty command', { lab: { command: '' } }, 'mcpServers.lab.command'],
    ['headers of a program', { lab: { command: 'x', headers: {} } }, 'mcpServers.lab.headers'],
    ['arguments of an address', { lab: { url: 'https://example.com', args: [] } }, 'mcpServers.lab.args'],
    ['a field that is none', { lab: { command: 'x', shell: true } }, 'mcpServers.lab.shell'],
    ['a field of all objects', { lab: { command: 'x', toString: 'x' } }, 'mcpServers.lab.toString'],
    ['arguments that are no texts', { lab: { command: 'x', args: [1] } }, 'mcpServers.lab.args'],
    ['a variable that is no text', { lab: { command: 'x', env: { A: 1 } } }, 'mcpServers.lab.env.A'],
    ['a word for yes', { lab: { command: 'x', required: 'yes' } }, 'mcpServers.lab.required'],
    ['no time', { lab: { command: 'x', toolTimeoutMs: 0 } }, 'mcpServers.lab.toolTimeoutMs'],
  ])('that are %s are refused, and the field is named', (_what, servers, field) => {
    expect(() => mcpServerSettings(servers)).toThrow(
      expect.objectContaining({ code: 'invalid_option', field }),
    );
  });

  test('have secrets: every header, with and without its first word, and variables whose names say so', () => {
    const env = { API_TOKEN: 'hidden-1', PLAIN: 'shown' };
    expect(secretsOfServers([{ env }, { headers: { authorization: 'Bearer hidden-2' } }])).toEqual([
      'hidden-1',
      'Bearer hidden-2',
      'hidden-2',
    ]);
  });
});

test('secrets that become known later are searched for too, the oldest of too many no longer', () => {
  const secrets = new KnownSecrets(['first', '']);
  secrets.add(['', ...Array.from({ length: knownSecretsMax + 1 }, (_, index) => `secret-${index}`)]);
  expect(secrets.all).toHaveLength(knownSecretsMax + 1);
  expect(secrets.all.slice(0, 2)).toEqual(['first', 'secret-1']);
});
