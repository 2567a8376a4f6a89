import path from 'node:path';

/** The originator that the official SDK reports, so that Codex's backend sees the same kind of client. */
const defaultOriginator = 'codex_sdk_ts';
const originatorVariable = 'CODEX_INTERNAL_ORIGINATOR_OVERRIDE';
const certificateVariables = ['SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;

export interface ChildEnvironmentOptions {
  /** When given, it is the base and nothing of the host is inherited, as in the official SDK. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The host's environment, copied when `env` is not given. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  /** Folders put in front of `PATH`: programs that come with Codex. */
  readonly pathDirectories: readonly string[];
  /** Set as `CODEX_API_KEY`, which only `codex exec` reads. For an app-server leave it out: it is told its key after the start. */
  readonly apiKey?: string | undefined;
  /**
   * Where trusted certificates come from. `none` trusts nobody, for a provider that speaks plain HTTP: Codex then parses no
   * certificate files, which it does for every turn. Default: whatever the environment says.
   */
  readonly certificates?: { readonly file: string } | 'none' | undefined;
  readonly platform?: NodeJS.Platform;
}

/**
 * The whole environment of a Codex process: `env`, or else a copy of the host's, plus the originator (unless set), the API key and
 * Codex's own folders in front of `PATH`. `HOME` stays what it is.
 *
 * @example childEnvironment({ env: { HOME: '/srv/bot' }, hostEnv: process.env, pathDirectories: [] })
 */
export function childEnvironment(options: ChildEnvironmentOptions): Record<string, string> {
  const { pathDirectories, apiKey, certificates, platform = process.platform } = options;
  const env = definedEntries(options.env ?? options.hostEnv);
  if (!env[originatorVariable]) env[originatorVariable] = defaultOriginator;
  if (apiKey !== undefined) env.CODEX_API_KEY = apiKey;
  if (pathDirectories.length > 0) prependToPath(env, pathDirectories, platform);
  if (certificates !== undefined) trust(env, certificates, platform);
  return env;
}

function definedEntries(source: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(source)) if (value !== undefined) env[key] = value;
  return env;
}

function prependToPath(
  env: Record<string, string>,
  directories: readonly string[],
  platform: NodeJS.Platform,
): void {
  const key = pathKey(env, platform);
  const { delimiter } = platform === 'win32' ? path.win32 : path.posix;
  const others = (env[key] ?? '')
    .split(delimiter)
    .filter((entry) => entry !== '' && !directories.includes(entry));
  // Windows knows one variable under any spelling; two of them leave it to chance which one wins.
  if (platform === 'win32') {
    for (const name of Object.keys(env)) if (name !== key && name.toLowerCase() === 'path') delete env[name];
  }
  env[key] = [...directories, ...others].join(delimiter);
}

function pathKey(env: Readonly<Record<string, string>>, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return 'PATH';
  const spellings = Object.keys(env).filter((name) => name.toLowerCase() === 'path');
  return spellings.includes('Path') ? 'Path' : (spellings.at(-1) ?? 'PATH');
}

/** Both variables are needed: either one alone leaves Codex reading the system's folder. The user's own setting is left alone. */
function trust(
  env: Record<string, string>,
  certificates: { readonly file: string } | 'none',
  platform: NodeJS.Platform,
): void {
  if (certificates === 'none' && certificateVariables.some((name) => env[name] !== undefined)) return;
  const nothing = platform === 'win32' ? 'NUL' : '/dev/null';
  env.SSL_CERT_FILE = certificates === 'none' ? nothing : certificates.file;
  env.SSL_CERT_DIR = nothing;
}
