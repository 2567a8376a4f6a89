import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isRecord } from '../../protocol/unread.ts';
import { type FindExecutableOptions, findCodexExecutable } from './executable.ts';

/** Folders above an executable that are looked through for its package. */
const foldersMax = 6;

/**
 * The version of the executable that would be run, as its package tells it: `unknown` for one that is in no package, undefined when there
 * is none to run. Nothing is started.
 */
export function executableVersion(options: FindExecutableOptions): string | undefined {
  try {
    const { path: executable, version } = findCodexExecutable(options);
    return version ?? packageVersion(path.dirname(executable)) ?? 'unknown';
  } catch {
    // Who needs the executable is told why there is none.
    return undefined;
  }
}

function packageVersion(folder: string): string | undefined {
  for (let depth = 0, at = folder; depth < foldersMax; depth += 1, at = path.dirname(at)) {
    const found = versionIn(path.join(at, 'package.json'));
    if (found !== undefined) return found;
  }
  return undefined;
}

function versionIn(file: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isRecord(parsed) || typeof parsed.name !== 'string' || typeof parsed.version !== 'string')
      return undefined;
    return /^@openai\/codex(-|$)/.test(parsed.name) ? parsed.version : undefined;
  } catch {
    return undefined;
  }
}
