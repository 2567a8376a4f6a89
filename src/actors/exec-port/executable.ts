import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CodexNotFoundError } from '../../protocol/errors/port-errors.ts';
import { type PlatformPackage, platformPackage } from '../../protocol/platform-package.ts';

/** The Codex executable that will be run, and what belongs to it. */
export interface CodexExecutable {
  /** Absolute path of the binary itself, not of npm's launcher script, which costs 80 ms and a second process. */
  readonly path: string;
  /** Folders that belong in front of the child's `PATH`; empty for an override. */
  readonly pathDirectories: readonly string[];
  /** Version of its package, such as `0.169.0`; undefined for an override: the handshake tells it. */
  readonly version: string | undefined;
}

export interface FindExecutableOptions {
  /** The executable to run instead: a path, or a bare name that is looked up on `PATH`. */
  readonly codexPathOverride?: string | null | undefined;
  /** Value of `PATH` for a bare name. Default: the host's. */
  readonly searchPath?: string | undefined;
  /** Where modules are resolved from, in this order. Default: this package, then the working directory. */
  readonly resolveFrom?: readonly (string | URL)[];
  readonly platform?: string;
  readonly arch?: string;
}

/**
 * Finds the real Codex executable: `codexPathOverride`, or else the binary in the platform package of the installed
 * `@openai/codex`, in its present layout or an older one.
 *
 * @throws CodexNotFoundError when there is none, or when it is a folder or may not be executed; it says what to do.
 * @example findCodexExecutable().path // '…/node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex'
 */
export function findCodexExecutable(options: FindExecutableOptions = {}): CodexExecutable {
  const { codexPathOverride } = options;
  if (typeof codexPathOverride === 'string' && codexPathOverride !== '') {
    return {
      path: overridden(codexPathOverride, options.searchPath),
      pathDirectories: [],
      version: undefined,
    };
  }
  return installed(options);
}

function overridden(override: string, searchPath = process.env.PATH ?? ''): string {
  const isBareName = !override.includes('/') && !override.includes(path.sep);
  const candidates = isBareName
    ? searchPath
        .split(path.delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => path.join(folder, override))
    : [path.resolve(override)];
  const found = candidates.find((candidate) => problemWith(candidate) === undefined);
  if (found !== undefined) return found;
  const [only = override] = candidates;
  throw new CodexNotFoundError([
    isBareName ? `${override} on PATH` : `codexPathOverride ${only} ${problemWith(only) ?? ''}`,
  ]);
}

function installed(options: FindExecutableOptions): CodexExecutable {
  const { platform = process.platform, arch = process.arch } = options;
  const layout = platformPackage(platform, arch);
  if (layout === undefined) throw new CodexNotFoundError([`Codex is not published for ${platform} ${arch}`]);
  const launcher = resolveLauncher(
    options.resolveFrom ?? [import.meta.url, path.join(process.cwd(), 'package.json')],
  );
  for (const root of packageRoots(launcher, layout)) {
    const found = executableIn(root, layout);
    if (found !== undefined) return { ...found, version: versionOf(launcher) };
  }
  throw new CodexNotFoundError([
    `${layout.packageName} beside ${path.dirname(launcher)}: it is missing when @openai/codex was installed for another ` +
      'platform or without optional dependencies',
  ]);
}

/** Path of the `package.json` of `@openai/codex`. */
function resolveLauncher(from: readonly (string | URL)[]): string {
  for (const place of from) {
    const found = resolveFrom(place, '@openai/codex/package.json');
    if (found !== undefined) return found;
  }
  throw new CodexNotFoundError(['the package @openai/codex is not installed']);
}

/** Where the binary may be: its own package, or `@openai/codex` itself in older versions. */
function packageRoots(launcher: string, layout: PlatformPackage): string[] {
  const own = resolveFrom(launcher, `${layout.packageName}/package.json`);
  return [...(own === undefined ? [] : [path.dirname(own)]), path.dirname(launcher)];
}

function executableIn(root: string, layout: PlatformPackage): Omit<CodexExecutable, 'version'> | undefined {
  for (const relative of [layout.executable, layout.legacyExecutable]) {
    const candidate = path.join(root, relative);
    if (problemWith(candidate) !== undefined) continue;
    const pathDirectories = layout.pathDirectories.map((folder) => path.join(root, folder)).filter(isFolder);
    return { path: candidate, pathDirectories };
  }
  return undefined;
}

function resolveFrom(place: string | URL, name: string): string | undefined {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}

function versionOf(packageJson: string): string | undefined {
  const parsed: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return undefined;
  return typeof parsed.version === 'string' ? parsed.version : undefined;
}

/** What keeps a file from being executed, as the end of a sentence; undefined when nothing does. */
function problemWith(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return 'is not a file';
  } catch {
    return 'does not exist';
  }
  try {
    accessSync(file, constants.X_OK);
    return undefined;
  } catch {
    return 'may not be executed; run `chmod +x` on it';
  }
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}
