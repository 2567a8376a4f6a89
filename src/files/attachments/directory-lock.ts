import { link, mkdir, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { isRecord } from '../../protocol/unread.ts';
import { FileError } from '../file-error.ts';
import { identityIn, livenessOf, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** Owners of whom one cannot tell whether they run are taken for dead when they have not been heard of for this long. */
const ownerSilentMsMax = 300_000;

/** Attempts to get the lock while others try the same. */
const attemptsMax = 16;

interface Owner {
  readonly identity: ProcessIdentity | undefined;
  readonly released: boolean;
  readonly heardAtMs: number;
}

/**
 * One owner per folder, across processes.
 *
 * Every owner has a generation, a file with that number in the folder `.owner`; the highest one owns. A successor makes the next number, which
 * only one can, and only the owner removes the lower ones: so there is no moment at which a stale lock and a fresh one can be
 * taken for each other. An owner counts as dead when its process has ended (its number and its start time are compared), or, where that
 * cannot be told, as from another container, when it has been silent for `ownerSilentMsMax`.
 */
export class DirectoryLock {
  readonly #folder: string;
  readonly #generation: number;

  private constructor(folder: string, generation: number) {
    this.#folder = folder;
    this.#generation = generation;
  }

  /**
   * Takes the lock. Fails with `file_store_owned` when a live process, this one included, has it.
   *
   * @param nowMs Wall time, in ms since the epoch.
   */
  static async acquire(directory: string, nowMs: number): Promise<DirectoryLock> {
    const folder = join(directory, '.owner');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const highest = await highestGeneration(folder);
      if (highest > 0) await refuseLive(directory, folder, highest, nowMs);
      const lock = await DirectoryLock.#take(folder, highest + 1, nowMs);
      if (lock !== undefined) return lock;
    }
    throw new FileError('file_store_owned', `${directory} is being taken by others. Try again later.`, {
      path: directory,
      retryable: true,
    });
  }

  /** Whether some live process owns the folder. */
  static async isOwned(directory: string, nowMs: number): Promise<boolean> {
    const folder = join(directory, '.owner');
    const highest = await highestGeneration(folder);
    return highest > 0 && (await liveOwner(folder, highest, nowMs)) !== undefined;
  }

  static async #take(folder: string, generation: number, nowMs: number): Promise<DirectoryLock | undefined> {
    const draft = join(folder, `draft-${nanoid()}`);
    await writeFile(draft, JSON.stringify({ ...(await ownIdentity()), released: false }), {
      mode: 0o600,
      flag: 'wx',
    });
    try {
      await utimes(draft, nowMs / 1_000, nowMs / 1_000);
      await link(draft, join(folder, String(generation)));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
      throw error;
    } finally {
      await unlink(draft);
    }
    const lock = new DirectoryLock(folder, generation);
    // Others may have come and gone since the folder was read: then this number lies below theirs.
    if (await lock.isHeld()) {
      await lock.#removeLower();
      return lock;
    }
    await unlink(join(folder, String(generation)));
    return undefined;
  }

  /** Whether this is still the owner: after a silence another may have taken over. */
  async isHeld(): Promise<boolean> {
    return (await highestGeneration(this.#folder)) === this.#generation;
  }

  /** Is heard of. Returns whether this is still the owner. */
  async refresh(nowMs: number): Promise<boolean> {
    if (!(await this.isHeld())) return false;
    await utimes(join(this.#folder, String(this.#generation)), nowMs / 1_000, nowMs / 1_000);
    return true;
  }

  /** Gives the folder up. The file stays, so that numbers never begin again. Never rejects. */
  async release(): Promise<void> {
    try {
      if (!(await this.isHeld())) return;
      await writeFile(join(this.#folder, String(this.#generation)), JSON.stringify({ released: true }));
    } catch {
      // A folder that is gone has no owner; an owner that has ended is found to be dead.
    }
  }

  async #removeLower(): Promise<void> {
    for (const generation of await generations(this.#folder)) {
      if (generation < this.#generation)
        await unlink(join(this.#folder, String(generation))).catch(() => undefined);
    }
  }
}

async function refuseLive(
  directory: string,
  folder: string,
  generation: number,
  nowMs: number,
): Promise<void> {
  const owner = await liveOwner(folder, generation, nowMs);
  if (owner === undefined) return;
  const who =
    owner.identity?.pid === process.pid
      ? 'another store of this process'
      : `process ${owner.identity?.pid ?? '?'}`;
  throw new FileError(
    'file_store_owned',
    `${directory} belongs to ${who}. One store at a time has a folder: close it there, or give this store a folder of its own.`,
    { path: directory },
  );
}

async function liveOwner(folder: string, generation: number, nowMs: number): Promise<Owner | undefined> {
  const owner = await ownerOf(join(folder, String(generation)));
  if (owner === undefined || owner.released) return undefined;
  const liveness = owner.identity === undefined ? 'unknown' : await livenessOf(owner.identity);
  if (liveness === 'dead') return undefined;
  return liveness === 'alive' || nowMs - owner.heardAtMs < ownerSilentMsMax ? owner : undefined;
}

/** Undefined when the file is gone: its owner has a successor. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    const heardAtMs = (await stat(path)).mtimeMs;
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return { identity: identityIn(value), released: isRecord(value) && value.released === true, heardAtMs };
  } catch (error) {
    if (error instanceof SyntaxError) return { identity: undefined, released: true, heardAtMs: 0 };
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function highestGeneration(folder: string): Promise<number> {
  return Math.max(0, ...(await generations(folder)));
}

async function generations(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
