import { describe, expect, test } from 'vitest';
import { commandCertificates } from '../../../src/actors/exec-port/command-certificates.ts';
import { Codex } from '../../../src/index.ts';
import { command } from '../../../src/testing/index.ts';
import { CodexRig } from '../../codex/rig.ts';

const debian = '/etc/ssl/certs/ca-certificates.crt';
const only = (file: string) => (candidate: string) => candidate === file;

describe('the certificates that commands trust', () => {
  test('are the system’s where Codex itself is started to trust nobody', () => {
    expect(commandCertificates('none', {}, only(debian))).toEqual([
      `shell_environment_policy.set.SSL_CERT_FILE="${debian}"`,
      'shell_environment_policy.set.SSL_CERT_DIR="/etc/ssl/certs"',
    ]);
  });

  test.each([
    ['Codex trusts whom the environment says', undefined, {}],
    ['a file is named for both', { file: '/ca.pem' } as const, {}],
    ['the environment has a file of its own', 'none' as const, { SSL_CERT_FILE: '/ca.pem' }],
    ['the environment has a folder of its own', 'none' as const, { SSL_CERT_DIR: '/ca' }],
  ])('are left alone where %s', (_why, certificates, env) => {
    expect(commandCertificates(certificates, env, only(debian))).toEqual([]);
  });

  test('are left alone where the system keeps them at no known place', () => {
    expect(commandCertificates('none', {}, () => false)).toEqual([]);
  });

  test.each(['app-server', 'exec'] as const)(
    'are what a command sees in the lean profile: %s',
    async (transport) => {
      await using rig = await CodexRig.start({ transport });
      const { SSL_CERT_FILE: _file, SSL_CERT_DIR: _directory, ...env } = rig.home.env;
      await using codex = new Codex({
        transport,
        profile: 'lean',
        codexPathOverride: rig.home.executable,
        env,
        config: { model_provider: 'mock', model_providers: { mock: { base_url: rig.model.url } } },
      });
      rig.model.enqueue([command('echo "[$SSL_CERT_FILE]"')]);
      const thread = codex.startThread({ ...rig.threadOptions, sandboxMode: 'danger-full-access' });
      const { items } = await thread.run('which certificates?');
      const seen = items.find((item) => item.type === 'command_execution')?.aggregated_output;
      expect(seen).not.toContain('/dev/null');
    },
  );
});
