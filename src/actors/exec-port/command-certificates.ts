import { existsSync } from 'node:fs';
import path from 'node:path';
import { tomlString } from '../../protocol/toml.ts';

/** Where systems keep all the certificates that they trust, in one file. */
const systemBundles: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/**
 * The settings, as `key=TOML value`, by which the commands of the model trust the system's certificates although the Codex process itself
 * is started to trust nobody: curl, Git and pip read the same two variables. None where the system keeps its certificates elsewhere.
 *
 * @param certificates What the process trusts; only with `none` there is something to make good.
 * @param env The environment the process is given before that; its own variables are left alone, here too.
 */
export function commandCertificates(
  certificates: { readonly file: string } | 'none' | undefined,
  env: Readonly<Record<string, string | undefined>>,
  exists: (file: string) => boolean = existsSync,
): string[] {
  if (certificates !== 'none' || env.SSL_CERT_FILE !== undefined || env.SSL_CERT_DIR !== undefined) return [];
  const file = systemBundles.find(exists);
  if (file === undefined) return [];
  return [
    `shell_environment_policy.set.SSL_CERT_FILE=${tomlString(file)}`,
    `shell_environment_policy.set.SSL_CERT_DIR=${tomlString(path.posix.dirname(file))}`,
  ];
}
