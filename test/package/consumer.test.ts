import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { publicEntryPoints } from '../tidy/public-surface.ts';

const root = join(import.meta.dirname, '..', '..');
const specifiers = [...publicEntryPoints().keys()].map((subpath) => `codex-actors${subpath.slice(1)}`);

let project: string;

/** A project of a user, with the built package installed. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'consumer-'));
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  symlinkSync(root, join(project, 'node_modules', 'codex-actors'));
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
  const imports = specifiers.map((specifier, i) => `import * as part${i} from '${specifier}';`);
  writeFileSync(
    join(project, 'main.ts'),
    [...imports, `export const parts = [${specifiers.map((_, i) => `part${i}`).join(', ')}];`].join('\n'),
  );
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

test.each([
  { module: 'NodeNext', moduleResolution: 'NodeNext' },
  { module: 'ESNext', moduleResolution: 'Bundler' },
])('a strict project with $moduleResolution resolution compiles against every subpath', (resolution) => {
  const compilerOptions = {
    ...resolution,
    target: 'ES2023',
    lib: ['ES2023', 'ESNext.Disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  const { stdout } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', project], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});

test('every subpath loads in plain Node, and loading starts nothing that keeps it alive', () => {
  const code = `${specifiers.map((specifier) => `await import('${specifier}');`).join('\n')}`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: project,
    encoding: 'utf8',
    timeout: 15_000,
  });
  expect([status, stderr]).toEqual([0, '']);
});

test('the command starts by its own name, as the link that npm makes to it does', () => {
  const command = join(project, 'node_modules', 'codex-actors', manifest.bin['codex-actors']);
  const { status, error, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 15_000 });
  expect([error, status, stdout]).toEqual([undefined, 0, `${manifest.version}\n`]);
});
