import { lstat, opendir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { DirectoryLock } from './directory-lock.ts';

const folderPrefix = 'codex-actors-files-';

/** Entries of the temporary folder that one look for abandoned stores goes through. */
const sweptEntriesMax = 10_000;

/** A store without an owner that is younger is just being made. */
const abandonedAfterMs = 60_000;

/** The path for the folder of a store that was given none. Makes nothing yet. */
export function privateDirectory(): string {
  return join(tmpdir(), `${folderPrefix}${nanoid()}`);
}

/**
 * Removes the private folders that crashed processes of this user have left. Never rejects.
 *
 * @param nowMs Wall time, in ms since the epoch.
 */
export async function sweepPrivateDirectories(nowMs: number): Promise<void> {
  let looked = 0;
  try {
    for await (const entry of await opendir(tmpdir())) {
      looked += 1;
      if (looked > sweptEntriesMax) return;
      if (!entry.isDirectory() || !entry.name.startsWith(folderPrefix)) continue;
      const directory = join(tmpdir(), entry.name);
      if (await isAbandoned(directory, nowMs)) await rm(directory, { recursive: true, force: true });
    }
  } catch {
    // An unreadable temporary folder, or one that another process is sweeping too: the next start tries again.
  }
}

async function isAbandoned(directory: string, nowMs: number): Promise<boolean> {
  const facts = await lstat(directory);
  const own = process.getuid === undefined || facts.uid === process.getuid();
  return own && nowMs - facts.ctimeMs > abandonedAfterMs && !(await DirectoryLock.isOwned(directory, nowMs));
}
