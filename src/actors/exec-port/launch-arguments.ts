import { configOverrides, tomlString } from '../../protocol/toml.ts';
import { type PortProfile, profileSettings } from './profiles.ts';
import { leavesProviderOpen, providerUrl, speaksPlainHttp } from './provider-url.ts';

/** The options of a Codex client that decide how its app-server is started. The names are the official SDK's. */
export interface LaunchOptions {
  /** Settings as nested values, flattened to dotted TOML keys. They win over the profile's. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Raw `key=TOML value` settings. They win over `config`. */
  readonly configOverrides?: readonly string[] | undefined;
  /** Base URL of the built-in `openai` provider. */
  readonly baseUrl?: string | undefined;
  /** Never part of the arguments: every user of the machine can read those. */
  readonly apiKey?: string | undefined;
  /** Default `compatible`. */
  readonly profile?: PortProfile | undefined;
  /** PEM file with the certificate authorities to trust, instead of the system's. */
  readonly caFile?: string | undefined;
}

/**
 * The arguments of `codex app-server`, in the order in which a later setting wins over an earlier one: profile, `config`,
 * `configOverrides`, `baseUrl`.
 *
 * @param ownSettings Further ones, as `key=TOML value`, right after the profile's.
 * @throws InvalidOptionError for a config value that TOML cannot hold; it names the path.
 * @example launchArguments({ config: { model: 'gpt-5.5' } }) // ['app-server', …, '-c', 'model="gpt-5.5"']
 */
export function launchArguments(options: LaunchOptions, ownSettings: readonly string[] = []): string[] {
  const settings = [
    ...profileSettings(options.profile ?? 'compatible'),
    ...ownSettings,
    ...providerSettings(options),
    ...configOverrides(options.config ?? {}),
    ...(options.configOverrides ?? []),
    ...(options.baseUrl === undefined ? [] : [`openai_base_url=${tomlString(options.baseUrl)}`]),
    // The key is told over stdin and stays in memory: not in the arguments, the environment or a file.
    ...(options.apiKey === undefined ? [] : ['cli_auth_credentials_store="ephemeral"']),
  ];
  return ['app-server', ...settings.flatMap((setting) => ['-c', setting])];
}

/**
 * Which certificates the process should trust: those of `caFile`; none in the lean profile when the model speaks plain HTTP, which
 * also rules out MCP servers over HTTPS; else undefined, for whatever the environment says.
 */
export function launchCertificates(options: LaunchOptions): { readonly file: string } | 'none' | undefined {
  if (options.caFile !== undefined) return { file: options.caFile };
  if (options.profile !== 'lean') return undefined;
  const url = providerUrl(options);
  return url !== undefined && speaksPlainHttp(url) ? 'none' : undefined;
}

/** In the lean profile a base URL also chooses its provider, whatever the configuration file says. */
function providerSettings(options: LaunchOptions): string[] {
  const choose = options.profile === 'lean' && options.baseUrl !== undefined && leavesProviderOpen(options);
  return choose ? ['model_provider="openai"'] : [];
}
