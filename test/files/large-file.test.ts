import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from './attachments-rig.ts';

test('1 GiB is staged and copied with at most 64 MiB more memory than the process has at rest', async () => {
  const program = join(import.meta.dirname, 'large-file-program.ts');
  const args = ['--expose-gc', '--no-warnings', program, await temporaryFolder(), '1024'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { bytes, extraBytes } = JSON.parse(stdout);
  expect(bytes).toBe(1_024 * 1_048_576);
  expect(extraBytes).toBeLessThan(64 * 1_048_576);
}, 120_000);
