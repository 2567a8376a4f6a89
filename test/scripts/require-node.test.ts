import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** Runs the check in a Node that says it is `version`. */
function checkOn(version: string) {
  const code = `
    Object.defineProperty(process, 'version', { value: ${JSON.stringify(version)} });
    await import('./scripts/require-node.js');
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('an entry point', () => {
  test.each(['v20.20.2', 'v22.11.9', 'v9.99.99'])(
    'on Node %s says in one line what to do, and fails',
    (version) => {
      const { status, stdout, stderr } = checkOn(version);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^codex-actors needs Node 22\.12\.0 or newer, and this is v[^\n]*npm ci[^\n]*\n$/,
      );
    },
  );

  test.each(['v22.12.0', 'v22.13.0-nightly', 'v24.0.0', 'v100.0.0'])(
    'on Node %s runs without a word',
    (version) => {
      expect(checkOn(version)).toEqual({ status: 0, stdout: '', stderr: '' });
    },
  );

  test('requires the same Node as the package does', () => {
    const { engines }: { engines: { node: string } } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    const source = readFileSync(join(root, 'scripts', 'require-node.js'), 'utf8');
    expect(`>=${/oldestNode = '([\d.]+)'/.exec(source)?.[1]}`).toBe(`${engines.node}.0`);
  });
});
