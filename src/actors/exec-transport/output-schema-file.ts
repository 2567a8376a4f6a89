import { rmSync } from 'node:fs';
import { mkdtemp, opendir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

const folderPrefix = 'codex-actors-schema-';

/** Folders of a crashed host are swept when they are this old. Codex reads the file once, as it starts. */
const abandonedAfterMs = 3_600_000;

/** Entries of the temporary folder that one sweep looks at. */
const sweptEntriesMax = 10_000;

/** A JSON Schema on disk, for `codex exec --output-schema`. */
export interface OutputSchemaFile {
  readonly path: string;
  /** Removes the file and its folder, at once, so that also an owner that is being killed can. Never throws; twice is fine. */
  remove(): void;
}

/**
 * Writes a schema to a file that only this user can read (0600), in a folder of its own (0700) below `temporaryDirectory`.
 *
 * @throws The file system's error when it cannot be written; nothing is left behind then.
 */
export async function writeOutputSchema(
  schema: Readonly<Record<string, unknown>>,
  temporaryDirectory: string,
): Promise<OutputSchemaFile> {
  // mkdtemp makes the folder with mode 0700.
  const folder = await mkdtemp(path.join(temporaryDirectory, folderPrefix));
  const file = path.join(folder, 'schema.json');
  try {
    await writeFile(file, JSON.stringify(schema), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    remove(folder);
    throw error;
  }
  let removed = false;
  return {
    path: file,
    remove() {
      if (removed) return;
      removed = true;
      remove(folder);
    },
  };
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The sweep of a later start finds it.
  }
}

/**
 * Removes the schema folders that crashed hosts of this user have left: those older than one hour. Never rejects.
 *
 * @param nowMs Wall time in ms since the epoch, to compare with the folders' times.
 * @returns How many were removed.
 */
export async function sweepOutputSchemas(temporaryDirectory: string, nowMs: number): Promise<number> {
  let looked = 0;
  let removed = 0;
  try {
    for await (const entry of await opendir(temporaryDirectory)) {
      if (++looked > sweptEntriesMax) break;
      if (!entry.isDirectory() || !entry.name.startsWith(folderPrefix)) continue;
      const folder = path.join(temporaryDirectory, entry.name);
      if (await isAbandoned(folder, nowMs)) {
        await rm(folder, { recursive: true, force: true });
        removed += 1;
      }
    }
  } catch {
    // An unreadable temporary folder, or one that another host is sweeping too: the next start tries again.
  }
  return removed;
}

async function isAbandoned(folder: string, nowMs: number): Promise<boolean> {
  const stats = await stat(folder);
  const ours = process.getuid === undefined || stats.uid === process.getuid();
  return ours && nowMs - stats.mtimeMs >= abandonedAfterMs;
}
