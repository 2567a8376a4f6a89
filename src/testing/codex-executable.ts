import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { platformPackage } from '../protocol/platform-package.ts';

/** The real executable of the installed `@openai/codex`, and what lies beside it. */
export interface InstalledCodex {
  /** Absolute path of the executable: the binary itself, not the launcher script. */
  readonly executable: string;
  /** Version of the package, such as `0.169.0`. */
  readonly version: string;
  /** Absolute folders that belong on `PATH`: `rg`, and on Linux `bwrap`. Only those that exist. */
  readonly pathDirectories: readonly string[];
}

/**
 * Finds the Codex that tests run: the `@openai/codex` that module resolution sees from `from`.
 *
 * @param from A file or folder URL to resolve from. Default: this package.
 * @throws Error that says what to install, when the package or its binary for this platform is absent.
 */
export function installedCodex(from: string | URL = import.meta.url): InstalledCodex {
  const layout = platformPackage(process.platform, process.arch);
  if (layout === undefined) throw new Error(`Codex is not published for ${process.platform} ${process.arch}`);
  const launcher = resolvePackage(from, '@openai/codex');
  const binaryPackage = resolvePackage(launcher, layout.packageName);
  const root = path.dirname(binaryPackage);
  const executable = [layout.executable, layout.legacyExecutable]
    .map((relative) => path.join(root, relative))
    .find((candidate) => existsSync(candidate));
  if (executable === undefined)
    throw new Error(`${layout.packageName} holds no executable: install it again`);
  return {
    executable,
    version: versionIn(launcher),
    pathDirectories: [...layout.pathDirectories, layout.resourcesDirectory]
      .map((relative) => path.join(root, relative))
      .filter((directory) => existsSync(directory)),
  };
}

function resolvePackage(from: string | URL, name: string): string {
  try {
    return createRequire(from).resolve(`${name}/package.json`);
  } catch (cause) {
    throw new Error(`${name} is not installed: run \`npm install --save-dev @openai/codex\``, { cause });
  }
}

function versionIn(packageJson: string): string {
  const parsed: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}
