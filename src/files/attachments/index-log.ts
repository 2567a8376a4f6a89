import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { isRecord } from '../../protocol/unread.ts';
import { FileError } from '../file-error.ts';
import { writeAll } from '../write-all.ts';
import type { KeptEntry } from './file-entry.ts';
import { safeName } from './safe-name.ts';

/** The form of the lines. A store does not touch a folder whose index has another. */
const formatVersion = 1;

/** The log is a file of its own: a link in its place is not followed. */
const readWrite = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

/** Lines beyond twice the entries that are written before the log is rewritten. */
const idleLines = 1_000;

/** What a log says, and how to go on with it. */
export interface ReadLog {
  readonly log: IndexLog;
  readonly entries: ReadonlyMap<string, KeptEntry>;
}

/**
 * The index beside the files: a line of JSON for each entry that came, changed or went; the last line of an id counts. A line that a crash cut
 * short says nothing. It is rewritten when most of it is history.
 */
export class IndexLog {
  readonly #path: string;
  #handle: FileHandle;
  #length: number;
  #lines: number;

  private constructor(path: string, handle: FileHandle, length: number, lines: number) {
    this.#path = path;
    this.#handle = handle;
    this.#length = length;
    this.#lines = lines;
  }

  /** Reads the log, or begins one. Fails with `file_access_denied` for a log of another version: its files must not be taken for orphans. */
  static async open(path: string): Promise<ReadLog> {
    const handle = await open(path, readWrite, 0o600);
    try {
      const bytes = await handle.readFile();
      const { entries, lines } = replay(bytes.toString('utf8'), path);
      const whole = bytes.lastIndexOf(0x0a) + 1;
      await handle.truncate(whole);
      return { log: new IndexLog(path, handle, whole, lines), entries };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Notes how an entry is now. When the disk is full nothing of the line stays. */
  put(entry: KeptEntry): Promise<void> {
    return this.#append({ v: formatVersion, put: entry });
  }

  /** Notes that an entry is gone. */
  remove(id: string): Promise<void> {
    return this.#append({ v: formatVersion, remove: id });
  }

  /** Whether most of the log is history. */
  isStale(entryCount: number): boolean {
    return this.#lines > entryCount * 2 + idleLines;
  }

  /** Writes the log anew: only what is. A failure leaves the old one, which is as good. */
  async compact(entries: Iterable<KeptEntry>): Promise<void> {
    const draft = `${this.#path}.new`;
    const lines = Array.from(entries, (entry) => lineOf({ v: formatVersion, put: entry }));
    const text = lines.join('');
    let handle: FileHandle | undefined;
    try {
      handle = await open(draft, 'w', 0o600);
      await handle.writeFile(text);
      await handle.datasync();
      await rename(draft, this.#path);
    } catch {
      await handle?.close();
      await rm(draft, { force: true });
      return;
    }
    const old = this.#handle;
    this.#handle = handle;
    this.#length = Buffer.byteLength(text);
    this.#lines = lines.length;
    await old.close();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Lets go without waiting, for an owner that is being killed. */
  abandon(): void {
    this.#handle.close().catch(() => undefined);
  }

  async #append(record: object): Promise<void> {
    const line = Buffer.from(lineOf(record));
    try {
      await writeAll(this.#handle, line, this.#length);
    } catch (error) {
      await this.#handle.truncate(this.#length).catch(() => undefined);
      throw error;
    }
    this.#length += line.byteLength;
    this.#lines += 1;
  }
}

function lineOf(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

function replay(text: string, path: string): { entries: Map<string, KeptEntry>; lines: number } {
  const entries = new Map<string, KeptEntry>();
  const lines = text.split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const record = parsed(line);
    if (record === undefined) continue;
    if (record.v !== formatVersion) {
      throw new FileError(
        'file_access_denied',
        `${path} is an index of another version (${String(record.v)}). Give this store a folder of its own.`,
        { path },
      );
    }
    const entry = entryIn(record.put);
    if (entry !== undefined) entries.set(entry.id, entry);
    if (typeof record.remove === 'string') entries.delete(record.remove);
  }
  return { entries, lines: lines.length };
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An entry as the log has it; undefined for anything that cannot be one, such as a name that would lead elsewhere. */
function entryIn(value: unknown): KeptEntry | undefined {
  if (!isRecord(value)) return undefined;
  const { id, names, size, contentType, stagedAt, expiresAt, persist, claims } = value;
  if (typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id)) return undefined;
  if (!Array.isArray(names) || names.length === 0 || !names.every(isSafe)) return undefined;
  if (!isCount(size) || !isCount(claims) || typeof contentType !== 'string') return undefined;
  if (typeof stagedAt !== 'number' || typeof persist !== 'boolean') return undefined;
  if (expiresAt !== null && typeof expiresAt !== 'number') return undefined;
  return { id, names, size, contentType, stagedAt, expiresAt, persist, claims };
}

function isSafe(name: unknown): name is string {
  return typeof name === 'string' && safeName(name) === name;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
