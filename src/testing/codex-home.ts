import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { installedCodex } from './codex-executable.ts';

/** The environment variable that marks every process of one hermetic home, also those that a command of the model started. */
export const homeMarkVariable = 'CODEX_ACTORS_TEST_HOME';

/** Whom a hermetic Codex talks to, and what its configuration holds besides. */
export interface CodexHomeOptions {
  /** The scripted model to talk to. One of `model` and `providerUrl` is needed. */
  readonly model?: { readonly url: string };
  /** Base URL of a Responses API, with `/v1`, when it is no ScriptedModel. */
  readonly providerUrl?: string;
  /** The model's name. Default `gpt-5.5`: the one with plain function tools, so that scripts can call them. */
  readonly modelName?: string;
  /** TOML put at the end of `config.toml`, so it may open tables of its own. */
  readonly extraConfig?: string;
  /** TOML of top-level keys, put at its beginning, before the first table. */
  readonly extraTopLevelConfig?: string;
  /** Makes the working directory a git repository. Default false; Codex then needs `--skip-git-repo-check` for `exec`. */
  readonly git?: boolean;
  /** The small CA file with one root, which saves Codex 15 ms of CPU a turn. Default true. */
  readonly smallCertificateFile?: boolean;
}

/** A private place for one Codex: nothing is read from the user's home or environment, nothing is written outside. */
export interface CodexHome extends AsyncDisposable {
  /** `CODEX_HOME`. */
  readonly home: string;
  /** Path of `config.toml`. */
  readonly configFile: string;
  /** What `config.toml` holds at first; Codex itself may add trust entries. */
  readonly config: string;
  /** An empty folder outside of `home`, meant for `cwd`. */
  readonly workingDirectory: string;
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** The value of `homeMarkVariable` in `env`: finds this home's processes in the process table. */
  readonly mark: string;
  /** The real executable. */
  readonly executable: string;
  /** Removes everything. End the processes first. Calling it twice is fine. */
  dispose(): Promise<void>;
}

/**
 * Makes a hermetic home for the real `codex` binary: temporary folders (mode 0700) for `CODEX_HOME`, `HOME`, `TMPDIR` and the
 * working directory, a provider without retries or websockets, no plugins, no analytics, no update check, so no look-ups.
 *
 * @throws TypeError when neither `model` nor `providerUrl` is given; Error when Codex is not installed.
 * @example
 * await using home = await createCodexHome({ model });
 * spawn(home.executable, ['app-server'], { env: home.env, cwd: home.workingDirectory });
 */
export async function createCodexHome(options: CodexHomeOptions): Promise<CodexHome> {
  const providerUrl = options.providerUrl ?? options.model?.url;
  if (providerUrl === undefined) throw new TypeError('createCodexHome needs `model` or `providerUrl`');
  const { executable, pathDirectories } = installedCodex();
  // The real path: Codex reports canonical paths, and macOS has its temporary folder behind a link.
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'codex-actors-')));
  const dispose = (): Promise<void> => rm(root, { recursive: true, force: true, maxRetries: 3 });
  try {
    const folders = await makeFolders(root);
    const config = configToml(providerUrl, options);
    const configFile = path.join(folders.home, 'config.toml');
    await writeFile(configFile, config, { mode: 0o600 });
    const certificates = options.smallCertificateFile === false ? {} : await writeCertificates(root);
    const mark = randomUUID();
    const env = {
      ...platformEnvironment(),
      PATH: [...systemPath(), ...pathDirectories].join(path.delimiter),
      HOME: folders.userHome,
      TMPDIR: folders.temporary,
      CODEX_HOME: folders.home,
      RUST_LOG: 'error',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      ...certificates,
      [homeMarkVariable]: mark,
    };
    if (options.git === true)
      await promisify(execFile)('git', ['init', '-q', '-b', 'main'], { env, cwd: folders.work });
    return {
      home: folders.home,
      configFile,
      config,
      workingDirectory: folders.work,
      env,
      mark,
      executable,
      dispose,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function makeFolders(root: string) {
  const folders = {
    home: path.join(root, 'codex'),
    userHome: path.join(root, 'home'),
    // Not a parent of CODEX_HOME: Codex refuses to make its helper programs below the temporary folder.
    temporary: path.join(root, 'tmp'),
    work: path.join(root, 'work'),
  };
  await Promise.all(Object.values(folders).map((folder) => mkdir(folder, { mode: 0o700 })));
  return folders;
}

/** One real root certificate and an empty folder: Codex parses its CA files anew for every turn. */
async function writeCertificates(root: string): Promise<Record<string, string>> {
  const file = path.join(root, 'ca.pem');
  const directory = path.join(root, 'ca');
  await Promise.all([writeFile(file, `${rootCertificates[0]}\n`), mkdir(directory, { mode: 0o700 })]);
  return { SSL_CERT_FILE: file, SSL_CERT_DIR: directory };
}

function systemPath(): readonly string[] {
  if (process.platform === 'win32') return (process.env.PATH ?? '').split(path.delimiter);
  return ['/usr/local/bin', '/usr/bin', '/bin'];
}

/** Windows programs do not start without these. */
function platformEnvironment(): Record<string, string> {
  if (process.platform !== 'win32') return {};
  const names = ['SystemRoot', 'ComSpec', 'PATHEXT'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function configToml(providerUrl: string, options: CodexHomeOptions): string {
  const text = (value: string): string => JSON.stringify(value);
  return `${options.extraTopLevelConfig ?? ''}
model = ${text(options.modelName ?? 'gpt-5.5')}
model_provider = "mock"
check_for_update_on_startup = false

[model_providers.mock]
name = "mock"
base_url = ${text(providerUrl)}
wire_api = "responses"
supports_websockets = false
request_max_retries = 0
stream_max_retries = 0

[features]
plugins = false
unbounded_connection_retries = false

[analytics]
enabled = false

[feedback]
enabled = false

${options.extraConfig ?? ''}
`.trimStart();
}
