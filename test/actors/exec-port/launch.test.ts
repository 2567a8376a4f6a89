import { describe, expect, test } from 'vitest';
import { childEnvironment } from '../../../src/actors/exec-port/child-environment.ts';
import { findCodexExecutable } from '../../../src/actors/exec-port/executable.ts';
import { launchArguments, launchCertificates } from '../../../src/actors/exec-port/launch-arguments.ts';
import { everySetting, leanFeaturesOff, profileSettings } from '../../../src/actors/exec-port/profiles.ts';

/** The settings among the arguments. */
function settings(args: readonly string[]): string[] {
  return args.filter((_arg, index) => args[index - 1] === '-c');
}

describe('launch arguments', () => {
  test('later settings win: profile, config, raw overrides, base URL', () => {
    const args = launchArguments({
      config: { model: 'gpt-5.5', tools: { web_search: true } },
      configOverrides: ['model="other"'],
      baseUrl: 'http://127.0.0.1:1/v1',
    });
    expect(args[0]).toBe('app-server');
    expect(settings(args)).toEqual([
      ...everySetting,
      'model="gpt-5.5"',
      'tools.web_search=true',
      'model="other"',
      'openai_base_url="http://127.0.0.1:1/v1"',
    ]);
  });

  test('compatible switches nothing off but the retry without end', () => {
    expect(profileSettings('compatible')).toEqual(['features.unbounded_connection_retries=false']);
  });

  test('lean switches its features off before the user has the last word', () => {
    const args = settings(launchArguments({ profile: 'lean', config: { features: { goals: true } } }));
    for (const feature of leanFeaturesOff) expect(args).toContain(`features.${feature}=false`);
    expect(args.lastIndexOf('features.goals=true')).toBeGreaterThan(args.indexOf('features.goals=false'));
    expect(args).toContain('shell_environment_policy.ignore_default_excludes=false');
  });

  test('the API key is never an argument; it only keeps Codex from storing it', () => {
    const args = launchArguments({ apiKey: 'sk-secret' });
    expect(args.join(' ')).not.toContain('sk-secret');
    expect(settings(args)).toContain('cli_auth_credentials_store="ephemeral"');
  });

  test('a value that TOML cannot hold is named by its path', () => {
    expect(() => launchArguments({ config: { a: { b: null } } })).toThrow(/config\.a\.b/);
  });

  test('lean with a base URL chooses the provider that it belongs to, unless one is named', () => {
    const chosen = 'model_provider="openai"';
    const baseUrl = 'http://127.0.0.1:1/v1';
    expect(launchArguments({ profile: 'lean', baseUrl })).toContain(chosen);
    expect(launchArguments({ profile: 'lean', baseUrl, config: { model_provider: 'mine' } })).not.toContain(
      chosen,
    );
    expect(
      launchArguments({ profile: 'lean', baseUrl, configOverrides: ['model_provider="mine"'] }),
    ).not.toContain(chosen);
    expect(launchArguments({ baseUrl })).not.toContain(chosen);
  });
});

describe('certificates', () => {
  const http = 'http://10.0.0.1/v1';

  test('none in the lean profile, when the options alone say that the model speaks plain HTTP', () => {
    const mine = { model_provider: 'mine', model_providers: { mine: { base_url: http } } };
    expect(launchCertificates({ profile: 'lean', baseUrl: http })).toBe('none');
    expect(launchCertificates({ profile: 'lean', config: mine })).toBe('none');
  });

  test.each([
    ['HTTPS', { profile: 'lean', baseUrl: 'https://10.0.0.1/v1' }],
    ['no base URL', { profile: 'lean' }],
    ['a raw override', { profile: 'lean', baseUrl: http, configOverrides: ['model_provider="x"'] }],
    [
      'a provider whose URL is elsewhere',
      { profile: 'lean', baseUrl: http, config: { model_provider: 'mine' } },
    ],
    ['the compatible profile', { baseUrl: http }],
  ] as const)('the environment decides with %s', (_what, options) => {
    expect(launchCertificates(options)).toBeUndefined();
  });

  test('a file of the user is trusted in each profile', () => {
    expect(launchCertificates({ caFile: '/ca.pem' })).toEqual({ file: '/ca.pem' });
  });
});

describe('the environment of the child', () => {
  const hostEnv = { PATH: '/usr/bin', HOME: '/home/me', MY_TOKEN: 'abc', GONE: undefined };

  test('is the given one alone, when one is given', () => {
    expect(childEnvironment({ env: { PATH: '/bin' }, hostEnv, pathDirectories: [] })).toEqual({
      PATH: '/bin',
      CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'codex_sdk_ts',
    });
  });

  test('else is a copy of the host, HOME included', () => {
    expect(childEnvironment({ hostEnv, pathDirectories: [] })).toEqual({
      PATH: '/usr/bin',
      HOME: '/home/me',
      MY_TOKEN: 'abc',
      CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'codex_sdk_ts',
    });
  });

  test('keeps an originator that is set, and takes the API key only for exec', () => {
    const env = { CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'mine' };
    expect(childEnvironment({ env, hostEnv, pathDirectories: [], apiKey: 'sk-1' })).toEqual({
      CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'mine',
      CODEX_API_KEY: 'sk-1',
    });
  });

  test('has the folders of Codex in front of PATH, each once', () => {
    const env = { PATH: '/usr/bin::/codex/path' };
    const made = childEnvironment({ env, hostEnv, pathDirectories: ['/codex/path'], platform: 'linux' });
    expect(made.PATH).toBe('/codex/path:/usr/bin');
  });

  test('has one PATH on Windows, however it was spelled', () => {
    const env = { PATH: 'C:\\old', Path: 'C:\\bin' };
    const made = childEnvironment({ env, hostEnv, pathDirectories: ['C:\\codex'], platform: 'win32' });
    expect(made.Path).toBe('C:\\codex;C:\\bin');
    expect(made.PATH).toBeUndefined();
  });

  test('trusts nobody only where the user has not chosen', () => {
    const none = childEnvironment({
      env: {},
      hostEnv,
      pathDirectories: [],
      certificates: 'none',
      platform: 'linux',
    });
    expect(none).toMatchObject({ SSL_CERT_FILE: '/dev/null', SSL_CERT_DIR: '/dev/null' });
    const env = { SSL_CERT_FILE: '/mine.pem' };
    const mine = childEnvironment({ env, hostEnv, pathDirectories: [], certificates: 'none' });
    expect(mine.SSL_CERT_FILE).toBe('/mine.pem');
    const file = childEnvironment({
      env,
      hostEnv,
      pathDirectories: [],
      certificates: { file: '/ca.pem' },
      platform: 'linux',
    });
    expect(file).toMatchObject({ SSL_CERT_FILE: '/ca.pem', SSL_CERT_DIR: '/dev/null' });
  });
});

describe('the executable', () => {
  test('is the binary in the platform package, never the launcher script', () => {
    const found = findCodexExecutable();
    expect(found.path).toMatch(/vendor[\\/].+[\\/]codex(\.exe)?$/);
    expect(found.version).toBe('0.169.0');
    expect(found.pathDirectories).toEqual([expect.stringMatching(/codex-path$/)]);
  });

  test('is looked up on PATH for a bare name', () => {
    expect(findCodexExecutable({ codexPathOverride: 'sh', searchPath: '/nowhere:/bin' }).path).toBe(
      '/bin/sh',
    );
  });

  test.each([
    [{ platform: 'sunos', arch: 'sparc' }, 'not published for sunos sparc'],
    [{ platform: 'darwin', arch: 'arm64' }, 'another platform or without optional dependencies'],
    [{ resolveFrom: ['/'] }, '@openai/codex is not installed'],
  ])('that is nowhere is an error that says why: %o', (options, why) => {
    expect(() => findCodexExecutable(options)).toThrow(why);
  });
});
