import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, it } from 'vitest';
import { platformPackage, supportedPlatforms } from '../../src/protocol/platform-package.ts';

const resolve = createRequire(import.meta.url).resolve;

it('the platforms are those that the installed Codex names as its optional packages', () => {
  const manifest: unknown = JSON.parse(readFileSync(resolve('@openai/codex/package.json'), 'utf8'));
  const names = supportedPlatforms.map((platform) => `@openai/codex-${platform}`);
  expect(manifest).toMatchObject({
    optionalDependencies: Object.fromEntries(names.map((name) => [name, expect.any(String)])),
  });
  const optional = Object(manifest).optionalDependencies;
  expect(Object.keys(optional).sort()).toEqual([...names].sort());
});

it('the package installed here holds the executable where the layout says', () => {
  const layout = platformPackage(process.platform, process.arch);
  const root = path.dirname(
    createRequire(resolve('@openai/codex/package.json')).resolve(`${layout?.packageName}/package.json`),
  );
  expect(existsSync(path.join(root, layout?.executable ?? ''))).toBe(true);
  expect(existsSync(path.join(root, layout?.resourcesDirectory ?? ''))).toBe(true);
});

it.each([
  ['linux', 'x64', 'vendor/x86_64-unknown-linux-musl/bin/codex'],
  ['linux', 'arm64', 'vendor/aarch64-unknown-linux-musl/bin/codex'],
  ['android', 'arm64', 'vendor/aarch64-unknown-linux-musl/bin/codex'],
  ['darwin', 'x64', 'vendor/x86_64-apple-darwin/bin/codex'],
  ['darwin', 'arm64', 'vendor/aarch64-apple-darwin/bin/codex'],
  ['win32', 'x64', 'vendor/x86_64-pc-windows-msvc/bin/codex.exe'],
  ['win32', 'arm64', 'vendor/aarch64-pc-windows-msvc/bin/codex.exe'],
])('%s %s has its executable at %s', (platform, arch, executable) => {
  expect(platformPackage(platform, arch)?.executable).toBe(executable);
});

it.each([
  ['freebsd', 'x64'],
  ['linux', 'riscv64'],
  ['', ''],
])('%s %s has no package', (platform, arch) => {
  expect(platformPackage(platform, arch)).toBeUndefined();
});
