import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import { fileErrorFrom } from '../file-error.ts';
import { type Attachment, idOf } from './attachment.ts';
import type { FileLimits } from './attachment-limits.ts';
import { entriesIn, entryOf } from './entry-index.ts';
import {
  attachmentOf,
  type Claim,
  claimed,
  type FileEntry,
  isRemovable,
  keptOf,
  namesMax,
  newEntry,
} from './file-entry.ts';
import type { FileTable } from './file-table.ts';
import type { FileTelemetry } from './file-telemetry.ts';
import { IndexLog } from './index-log.ts';
import { sweepPrivateDirectories } from './private-directory.ts';
import type { CleanupStep, CommitRequest, ReleaseRequest } from './registry-messages.ts';
import type { StagingArea } from './staging-area.ts';

/** Files that one message removes, so that others get their turn. */
const removedAtOnceMax = 1_000;

/** What incarnations of the registry hand on to each other. */
export interface FilesEstate {
  readonly area: StagingArea;
  readonly table: FileTable;
  readonly limits: FileLimits;
  /** Milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  /** Told of what comes and goes. */
  readonly telemetry: FileTelemetry | undefined;
}

/**
 * The store as one incarnation of the registry has it open. One method runs at a time, which is what keeps the table, the index and the
 * disk the same.
 */
export class StagedFiles {
  readonly #estate: FilesEstate;
  readonly #log: IndexLog;

  private constructor(estate: FilesEstate, log: IndexLog) {
    this.#estate = estate;
    this.#log = log;
  }

  /** Takes the folder, reads its index, makes the disk agree with it, and removes what scopes of an earlier process have left. */
  static async open(estate: FilesEstate): Promise<StagedFiles> {
    const { area, table } = estate;
    if (area.isPrivate) await sweepPrivateDirectories(estate.wallClock());
    await area.claim();
    const { log, entries } = await IndexLog.open(area.indexPath);
    try {
      const found = await area.recover(entries.values());
      table.send({ type: 'loaded', entries: found });
      await log.compact(found);
      const files = new StagedFiles(estate, log);
      await files.#removeOver();
      return files;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Makes a finished copy part of the store, or drops it for the one that is there. */
  async commit(request: CommitRequest): Promise<Attachment> {
    const { content, name, ttlMs, persist, scoped } = request;
    const now = this.#estate.wallClock();
    const expiresAt = persist || ttlMs === Number.POSITIVE_INFINITY ? null : now + ttlMs;
    const claim: Claim = { name, now, expiresAt, persist, scoped };
    const entry = this.#entry(content.id);
    if (entry === undefined) await this.#add(request.incomingPath, content, claim);
    else await this.#claim(request.incomingPath, entry, claim);
    const attachment = this.#attachment(content.id, name);
    this.#estate.telemetry?.staged(attachment, entry !== undefined);
    return attachment;
  }

  /** Gives one claim up. Returns whether the file is gone. */
  async release({ id, scoped }: ReleaseRequest): Promise<boolean> {
    const before = this.#entry(id);
    if (before === undefined) return false;
    this.#estate.table.send({ type: 'unclaimed', id, scoped });
    if (await this.collect(id)) return true;
    const after = this.#entry(id);
    if (after !== undefined && after.claims !== before.claims) await this.#log.put(keptOf(after));
    return false;
  }

  /** Removes a file if nobody needs it. Returns whether it did. */
  async collect(id: string): Promise<boolean> {
    const entry = this.#entry(id);
    return entry !== undefined && (await this.#remove(entry)) === 'removed';
  }

  /** Removes what is expired and not in use, at most a thousand files at a time. */
  async sweep(): Promise<CleanupStep> {
    await this.#estate.area.showLife();
    return this.#removeOver();
  }

  /** Takes all claims back and removes what is not in use. */
  async reset(): Promise<CleanupStep> {
    this.#estate.table.send({ type: 'forsaken' });
    const used = [...this.#entries()].filter(({ uses }) => uses > 0);
    for (const entry of used) await this.#log.put(keptOf(entry));
    return this.sweep();
  }

  async close(): Promise<void> {
    await this.#log.compact(Array.from(this.#entries(), keptOf));
    await this.#log.close();
  }

  abandon(): void {
    this.#log.abandon();
  }

  async #add(incomingPath: string, content: CommitRequest['content'], claim: Claim): Promise<void> {
    const { area, table } = this.#estate;
    await this.#makeRoom(content.size);
    await area.publish(incomingPath, content.id, claim.name);
    try {
      await this.#log.put(keptOf(newEntry(content, claim)));
    } catch (error) {
      await area.remove(content.id);
      throw error;
    }
    table.send({ type: 'added', content, claim });
  }

  async #claim(incomingPath: string, entry: FileEntry, claim: Claim): Promise<void> {
    const { area, table } = this.#estate;
    const { id, names, size } = entry;
    const first = names[0] ?? claim.name;
    // Somebody has tampered with the copy: this one takes its place.
    if (!(await area.isWhole(id, first, size))) await area.publish(incomingPath, id, first);
    const isNew = !names.includes(claim.name) && names.length < namesMax;
    const linked = isNew && (await area.addName(id, first, claim.name));
    const named: Claim = { ...claim, name: linked || names.includes(claim.name) ? claim.name : first };
    try {
      await this.#log.put(keptOf(claimed(entry, named)));
    } catch (error) {
      if (linked) await area.removeName(id, claim.name);
      throw error;
    }
    table.send({ type: 'claimed', id, claim: named });
  }

  /** Expired files go before a new one is refused. */
  async #makeRoom(size: number): Promise<void> {
    const { limits } = this.#estate;
    if (this.#excess(size) !== undefined) await this.sweep();
    const excess = this.#excess(size);
    if (excess !== undefined) throw new LimitExceededError(excess.limit, limits[excess.limit], excess.actual);
  }

  #excess(size: number): { limit: 'storeBytesMax' | 'storeFilesMax'; actual: number } | undefined {
    const { table, limits } = this.#estate;
    const { count, bytes } = table.getSnapshot().context;
    if (bytes + size > limits.storeBytesMax) return { limit: 'storeBytesMax', actual: bytes + size };
    return count + 1 > limits.storeFilesMax ? { limit: 'storeFilesMax', actual: count + 1 } : undefined;
  }

  async #removeOver(): Promise<CleanupStep> {
    const now = this.#estate.wallClock();
    const over = [...this.#entries()].filter((entry) => isRemovable(entry, now));
    let [count, bytes, failed] = [0, 0, 0];
    for (const entry of over.slice(0, removedAtOnceMax)) {
      const outcome = await this.#remove(entry);
      if (outcome === 'failed') failed += 1;
      if (outcome !== 'removed') continue;
      count += 1;
      bytes += entry.size;
    }
    const left = this.#estate.table.getSnapshot().context.count;
    if (this.#log.isStale(left)) await this.#log.compact(Array.from(this.#entries(), keptOf));
    return { count, bytes, failed, more: over.length > removedAtOnceMax };
  }

  /** First out of the table, where nobody can begin to use it any more, then off the disk. */
  async #remove(entry: FileEntry): Promise<'removed' | 'needed' | 'failed'> {
    const { area, table, wallClock } = this.#estate;
    const present = this.#entry(idOf(entry));
    table.send({ type: 'removed', id: entry.id, now: wallClock() });
    if (present === undefined || this.#entry(entry.id) !== undefined) return 'needed';
    try {
      await area.remove(entry.id);
    } catch {
      table.send({ type: 'restored', entry: present });
      return 'failed';
    }
    // On a full disk the line cannot be written. An entry without a file is forgotten when the index is next read.
    await this.#log.remove(entry.id).catch(() => undefined);
    this.#estate.telemetry?.removed(present);
    return 'removed';
  }

  #attachment(id: string, name: string): Attachment {
    const entry = this.#entry(id);
    if (entry === undefined) throw fileErrorFrom(new Error(`no entry of ${id}`));
    return attachmentOf(entry, (linked) => this.#estate.area.pathOf(id, linked), name);
  }

  #entry(id: string): FileEntry | undefined {
    return entryOf(this.#estate.table.getSnapshot().context.entries, id);
  }

  #entries(): Iterable<FileEntry> {
    return entriesIn(this.#estate.table.getSnapshot().context.entries);
  }
}
