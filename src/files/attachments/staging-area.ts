import { link, lstat, mkdir, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { FileError } from '../file-error.ts';
import { DirectoryLock } from './directory-lock.ts';
import type { KeptEntry } from './file-entry.ts';

/** Folders looked at side by side when a store is opened. */
const foldersAtOnce = 16;

/** Only the own user may look in. */
const folderMode = 0o700;

/** A file on its way into the store. */
export interface Incoming {
  readonly path: string;
  /** It is in the store, or given up. Removes what may be left. Never rejects. */
  end(): Promise<void>;
}

/**
 * The folder of a store on disk:
 *
 * ```
 * <directory>/.owner/        who owns it
 * <directory>/.index.jsonl   what is in it
 * <directory>/.incoming/     copies under way
 * <directory>/<checksum>/<name>
 * ```
 *
 * It outlives incarnations of the file registry, so that copies under way and the lock do. What is none of these is never touched.
 */
export class StagingArea {
  readonly directory: string;
  /** Whether the folder was made for this store alone and goes with it. */
  readonly isPrivate: boolean;
  readonly #wallClock: () => number;
  readonly #underWay = new Set<string>();
  #lock: DirectoryLock | undefined = undefined;
  #lastWork: Promise<void> = Promise.resolve();

  constructor(options: { directory: string; isPrivate: boolean; wallClock: () => number }) {
    this.directory = options.directory;
    this.isPrivate = options.isPrivate;
    this.#wallClock = options.wallClock;
  }

  get indexPath(): string {
    return join(this.directory, '.index.jsonl');
  }

  pathOf(id: string, name: string): string {
    return join(this.directory, id, name);
  }

  get #incomingFolder(): string {
    return join(this.directory, '.incoming');
  }

  /** Whether this store has its folder. */
  get isClaimed(): boolean {
    return this.#lock !== undefined;
  }

  /** Makes the folder and takes its lock, unless this store has it already. */
  async claim(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: folderMode });
    await checkOwnFolder(this.directory);
    if (this.#lock === undefined) this.#lock = await DirectoryLock.acquire(this.directory, this.#wallClock());
    else if (!(await this.#lock.isHeld())) throw takenOver(this.directory);
    await mkdir(this.#incomingFolder, { recursive: true, mode: folderMode });
  }

  /** Shows others that this store lives. Fails with `file_store_owned` when another has taken the folder meanwhile. */
  async showLife(): Promise<void> {
    if ((await this.#lock?.refresh(this.#wallClock())) !== true) throw takenOver(this.directory);
  }

  /**
   * Runs work that changes the folder, after all that was asked for before: also after what a killed incarnation of the registry had begun
   * and cannot take back.
   */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastWork.then(work);
    this.#lastWork = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Gives the folder up; a private one is removed. */
  release(): Promise<void> {
    return this.exclusively(() => this.#giveUp());
  }

  async #giveUp(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    if (lock === undefined) return;
    if (this.isPrivate) await rm(this.directory, { recursive: true, force: true });
    else await lock.release();
  }

  /** A place for a copy that is under way. */
  incoming(): Incoming {
    const name = nanoid();
    const path = join(this.#incomingFolder, name);
    this.#underWay.add(name);
    return {
      path,
      end: async () => {
        await unlink(path).catch(() => undefined);
        this.#underWay.delete(name);
      },
    };
  }

  /** Moves a finished copy to its place. Nothing of it stays there on failure. */
  async publish(incomingPath: string, id: string, name: string): Promise<void> {
    try {
      await mkdir(join(this.directory, id), { recursive: true, mode: folderMode });
      await rename(incomingPath, this.pathOf(id, name));
    } catch (error) {
      await this.remove(id).catch(() => undefined);
      throw error;
    }
  }

  /** Gives a content one more name. False where the file system has no links. */
  async addName(id: string, first: string, name: string): Promise<boolean> {
    try {
      await link(this.pathOf(id, first), this.pathOf(id, name));
      return true;
    } catch {
      return false;
    }
  }

  async removeName(id: string, name: string): Promise<void> {
    await rm(this.pathOf(id, name), { force: true });
  }

  /** Removes a content: its file under all names, and its folder. */
  async remove(id: string): Promise<void> {
    await rm(join(this.directory, id), { recursive: true, force: true });
  }

  /** Whether the file of an entry is there as it was left: a regular file of the same size. */
  async isWhole(id: string, name: string, size: number): Promise<boolean> {
    try {
      const facts = await lstat(this.pathOf(id, name));
      return facts.isFile() && facts.size === size;
    } catch {
      return false;
    }
  }

  /**
   * Makes the disk and the index agree: entries without a whole file are forgotten, files without an entry and copies that nobody makes any
   * more are removed.
   *
   * @returns What is there.
   */
  async recover(entries: Iterable<KeptEntry>): Promise<KeptEntry[]> {
    await this.#removeAbandoned();
    const byId = new Map(Array.from(entries, (entry) => [entry.id, entry]));
    const folders = (await readdir(this.directory)).filter((name) => /^[0-9a-f]{64}$/.test(name));
    const found: KeptEntry[] = [];
    for (let at = 0; at < folders.length; at += foldersAtOnce) {
      const some = folders.slice(at, at + foldersAtOnce);
      const kept = await Promise.all(some.map((id) => this.#recoverFolder(id, byId.get(id))));
      found.push(...kept.filter((entry) => entry !== undefined));
    }
    return found;
  }

  async #recoverFolder(id: string, entry: KeptEntry | undefined): Promise<KeptEntry | undefined> {
    const present = entry === undefined ? [] : await this.#wholeNames(id, entry);
    if (entry === undefined || present.length === 0) {
      await this.remove(id);
      return undefined;
    }
    for (const name of await readdir(join(this.directory, id))) {
      if (!present.includes(name)) await rm(this.pathOf(id, name), { recursive: true, force: true });
    }
    return { ...entry, names: present };
  }

  async #wholeNames(id: string, { names, size }: KeptEntry): Promise<string[]> {
    const folder = await lstat(join(this.directory, id));
    if (!folder.isDirectory()) return [];
    const whole = await Promise.all(names.map((name) => this.isWhole(id, name, size)));
    return names.filter((_, index) => whole[index]);
  }

  async #removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.#incomingFolder)) {
      if (!this.#underWay.has(name)) {
        await rm(join(this.#incomingFolder, name), { recursive: true, force: true });
      }
    }
  }
}

/** In a folder that others may write to, they could put links where files are expected. */
async function checkOwnFolder(directory: string): Promise<void> {
  const facts = await lstat(directory);
  const own = process.getuid === undefined || facts.uid === process.getuid();
  const closed = process.platform === 'win32' || (facts.mode & 0o022) === 0;
  if (facts.isDirectory() && own && closed) return;
  throw new FileError(
    'file_access_denied',
    `${directory} must be a folder of this user that nobody else may write to (mode 0700), and no link.`,
    { path: directory },
  );
}

function takenOver(directory: string): FileError {
  return new FileError(
    'file_store_owned',
    `${directory} was taken over by another process after a silence.`,
    {
      path: directory,
    },
  );
}
