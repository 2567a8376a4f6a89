/**
 * Where the npm packages of Codex keep the real executable, for one platform. Pure: it names packages and paths, it opens none.
 *
 * `@openai/codex` itself holds only a launcher script; each platform's binary is in a package of its own that npm
 * installs as an optional dependency of it. All paths are relative to that package's folder, with `/` on every platform.
 */
export interface PlatformPackage {
  /** The package with the binary, such as `@openai/codex-linux-x64`. Resolve it from the folder of `@openai/codex`. */
  readonly packageName: string;
  /** The Rust target that names the folder under `vendor/`. */
  readonly targetTriple: string;
  /** The executable of the current layout: `vendor/<target>/bin/codex`. */
  readonly executable: string;
  /** The executable of older packages: `vendor/<target>/codex/codex`. */
  readonly legacyExecutable: string;
  /** Folders that the launcher puts in front of `PATH`; each may be absent. They hold `rg`. */
  readonly pathDirectories: readonly string[];
  /** Folder of the helper programs that the binary looks for beside itself; holds `bwrap` on Linux, may be absent. */
  readonly resourcesDirectory: string;
}

const targetTriples: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  'win32-x64': 'x86_64-pc-windows-msvc',
  'win32-arm64': 'aarch64-pc-windows-msvc',
};

/** The platforms that Codex is published for, as `<platform>-<arch>` in Node's words. */
export const supportedPlatforms: readonly string[] = Object.keys(targetTriples);

/**
 * The layout of the binary package for a platform, or undefined when Codex is not published for it.
 *
 * @param platform `process.platform`; `android` uses the Linux package, as the launcher does.
 * @param arch `process.arch`.
 * @example platformPackage('linux', 'x64')?.executable // 'vendor/x86_64-unknown-linux-musl/bin/codex'
 */
export function platformPackage(platform: string, arch: string): PlatformPackage | undefined {
  const name = `${platform === 'android' ? 'linux' : platform}-${arch}`;
  const targetTriple = Object.hasOwn(targetTriples, name) ? targetTriples[name] : undefined;
  if (targetTriple === undefined) return undefined;
  const vendor = `vendor/${targetTriple}`;
  const binary = name.startsWith('win32') ? 'codex.exe' : 'codex';
  return {
    packageName: `@openai/codex-${name}`,
    targetTriple,
    executable: `${vendor}/bin/${binary}`,
    legacyExecutable: `${vendor}/codex/${binary}`,
    pathDirectories: [`${vendor}/codex-path`, `${vendor}/path`],
    resourcesDirectory: `${vendor}/codex-resources`,
  };
}
