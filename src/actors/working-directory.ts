import { stat } from 'node:fs/promises';
import { InvalidOptionError } from '../protocol/errors/call-errors.ts';
import type { ThreadOptions } from '../protocol/thread-options.ts';

/**
 * Refuses a folder that there is not: Codex would begin all the same, and every command of the model would fail in it.
 *
 * Rejects with InvalidOptionError naming the path; resolves for options that name none.
 */
export async function checkWorkingDirectory({ workingDirectory = '' }: ThreadOptions): Promise<void> {
  // As in the official SDK, an empty string is the same as none.
  if (workingDirectory === '') return;
  const problem = await stat(workingDirectory).then(
    (found) => (found.isDirectory() ? undefined : 'is none'),
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? 'does not exist' : `cannot be reached (${error.code})`,
  );
  if (problem === undefined) return;
  throw new InvalidOptionError(
    'workingDirectory',
    workingDirectory,
    `a folder, and ${workingDirectory} ${problem}`,
  );
}
