import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { FileError, fileErrorFrom } from '../file-error.ts';
import { checkPath } from './stream-arguments.ts';

/** Opens a path with the flags of open(2). */
export type OpenPath = (path: string, flags: number, mode?: number) => Promise<FileHandle>;

/** Not on every system; where it is absent, the check of the resolved path has to do. */
const noFollow = constants.O_NOFOLLOW ?? 0;

/** Folders that may be reached, and a way to open files in them that no link leads out of. */
export class ServedRoots {
  /** As given, and as the system resolves them: both spellings of a path inside are taken. */
  readonly #spellings: readonly string[];
  readonly #resolved: readonly string[];

  private constructor(spellings: readonly string[], resolved: readonly string[]) {
    this.#spellings = spellings;
    this.#resolved = resolved;
  }

  /** @throws InvalidOptionError when there is no root, or one that is no existing folder. */
  static async of(roots: readonly string[]): Promise<ServedRoots> {
    if (roots.length === 0) throw new InvalidOptionError('roots', roots, 'a list of at least one folder');
    const resolved = await Promise.all(roots.map(resolvedFolder));
    return new ServedRoots([...roots.map((root) => resolve(root)), ...resolved], resolved);
  }

  /**
   * Opens a file below a root. Links inside a root are followed as long as they stay inside of one.
   *
   * The folder is opened first and the file through it, so that a folder that is swapped for a link meanwhile changes nothing; the
   * file itself is opened without following a link. Fails with `file_outside_roots`, which does not tell whether the file exists.
   */
  readonly open: OpenPath = async (path, flags, mode) => {
    const plain = resolve(path);
    if (!isInside(this.#spellings, plain)) throw outside(path);
    const target = await resolvedTarget(plain);
    if (!isInside(this.#resolved, target)) throw outside(path);
    const folder = await open(dirname(target), constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
    try {
      const through = await this.#pathThrough(folder, target);
      if (through === undefined) throw outside(path);
      return await open(through, flags | noFollow, mode);
    } finally {
      await folder.close();
    }
  };

  /** The target's path by way of its opened folder; undefined when that is not the one that was checked. */
  async #pathThrough(folder: FileHandle, target: string): Promise<string | undefined> {
    if (process.platform !== 'linux') return target;
    const byDescriptor = `/proc/self/fd/${folder.fd}`;
    const real = await readlink(byDescriptor);
    if (!isInside(this.#resolved, join(real, basename(target)))) return undefined;
    return join(byDescriptor, basename(target));
  }
}

async function resolvedFolder(root: string, index: number): Promise<string> {
  const field = `roots[${index}]`;
  const accepted = 'the absolute path of an existing folder';
  try {
    checkPath(root);
    const resolved = await realpath(root);
    if ((await stat(resolved)).isDirectory()) return resolved;
  } catch {
    throw new InvalidOptionError(field, root, accepted);
  }
  throw new InvalidOptionError(field, root, accepted);
}

/** Where a path leads: all links resolved; for a file that is not there yet, those of its folder. */
async function resolvedTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const failure = fileErrorFrom(error, { path });
    if (failure.code !== 'file_not_found') throw failure;
    return join(await realpath(dirname(path)), basename(path));
  }
}

function isInside(roots: readonly string[], path: string): boolean {
  return roots.some((root) => {
    const way = relative(root, path);
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  });
}

function outside(path: string): FileError {
  return new FileError('file_outside_roots', `${path} is outside of the folders that are served.`, { path });
}
