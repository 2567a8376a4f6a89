import type { Selection } from '@xstate/store';
import { checkOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { checkMilliseconds } from '../supervisor/invalid-option.ts';
import { type Attachment, type AttachmentId, idOf } from './attachments/attachment.ts';
import { boundedWait } from './attachments/bounded-wait.ts';
import { entriesIn, entryOf } from './attachments/entry-index.ts';
import { attachmentOf, type FileEntry } from './attachments/file-entry.ts';
import { FileHold } from './attachments/file-hold.ts';
import type { FileTableState } from './attachments/file-table.ts';
import { type FileMetrics, metricsOf } from './attachments/metrics.ts';
import { type FilesHost, RegistryClient } from './attachments/registry-client.ts';
import type { CleanupResult, CleanupStep } from './attachments/registry-messages.ts';
import { type AttachmentSource, readableSource } from './attachments/source.ts';
import {
  checkStageOptions,
  type StageOptions,
  stageOptionNames,
  type TemporaryOptions,
  temporaryOptionNames,
} from './attachments/stage-options.ts';
import { Stager } from './attachments/stager.ts';
import { TemporaryAttachment } from './attachments/temporary-attachment.ts';
import {
  attach,
  stagedOf,
  type TurnAttachment,
  type WithAttachments,
} from './attachments/turn-attachments.ts';
import { FileError } from './file-error.ts';
import {
  type FileStoreOptions,
  type FileStorePlan,
  fileStoreOptionNames,
  fileStorePlan,
} from './file-store-options.ts';
import { type FilesTreeOptions, filesTree } from './files-host.ts';
import { copy } from './streams/copy.ts';
import type { CopyEnd, CopyOptions } from './streams/copy-options.ts';
import { LocalFileStreams } from './streams/local-file-streams.ts';

/** Milliseconds that `close` waits for the file system. */
export const storeCloseTimeoutMsDefault = 10_000;

/** Options of a store that stands alone. */
export interface StandaloneFileStoreOptions extends FileStoreOptions, Omit<FilesTreeOptions, 'name'> {}

/** How a store is closed. */
interface StoreCloseOptions {
  /** Milliseconds that the file system is waited for. Defaults to 10,000. */
  readonly timeoutMs?: number;
}

const closeOptionNames = { timeoutMs: 'own' } as const satisfies OptionNames<StoreCloseOptions>;
const standaloneOptionNames = {
  ...fileStoreOptionNames,
  clock: 'own',
  onReport: 'own',
  inspect: 'own',
} as const satisfies OptionNames<StandaloneFileStoreOptions>;

/**
 * Staged attachments: private, verified copies of files, found by their content, counted while they are used, and removed in time.
 *
 * @example
 * await using files = await FileStore.open({ directory: '/var/lib/reviewer/files' });
 * const screenshot = await files.stage('/tmp/screen.png', { ttlMs: 3_600_000 });
 */
export class FileStore implements AsyncDisposable {
  readonly #plan: FileStorePlan;
  readonly #registry: RegistryClient;
  readonly #stager: Stager;
  #closing: Promise<void> | undefined;

  /** @internal A store over actors that run elsewhere; `FileStore.open` starts its own. */
  constructor(plan: FileStorePlan, host: FilesHost) {
    this.#plan = plan;
    this.#registry = new RegistryClient(host);
    this.#stager = new Stager(plan.estate, this.#registry);
  }

  /**
   * Starts a store with a small tree of its own, and makes its folder ready: what an earlier process has left is taken up, half-written files
   * and files without an entry are removed.
   *
   * @throws InvalidOptionError for an option that cannot be.
   * @throws FileError `file_store_owned` when a live process has the folder, `file_access_denied` when it is not this user's alone.
   */
  static async open(options: StandaloneFileStoreOptions = {}): Promise<FileStore> {
    checkOptionNames('FileStore.open', options, standaloneOptionNames);
    const { clock, onReport, inspect } = options;
    const plan = fileStorePlan(options);
    const host = filesTree(plan, {
      ...(clock === undefined ? {} : { clock }),
      ...(onReport === undefined ? {} : { onReport }),
      ...(inspect === undefined ? {} : { inspect }),
    });
    const store = new FileStore(plan, host);
    try {
      await store.#registry.call({ type: 'files.open' });
      return store;
    } catch (error) {
      // What closing has to say adds nothing to why it was not opened.
      await store.close().catch(() => undefined);
      throw error;
    }
  }

  /** The folder that files are in. */
  get directory(): string {
    return this.#plan.estate.area.directory;
  }

  /**
   * Copies a source into the store, in one pass, and gives back the attachment. The same content is kept once, whoever stages it and under
   * whatever name; staging it again stretches its time and never shortens it.
   *
   * Rejects with `InvalidOptionError`, with `LimitExceededError` naming the limit, or with `FileError`: `file_not_found`,
   * `file_not_regular`, `file_access_denied`, `file_outside_roots`, `file_changed`, `file_checksum_mismatch`, `file_no_space`, `file_cancelled`.
   * Nothing stays behind then.
   */
  async stage(source: AttachmentSource, options: StageOptions = {}): Promise<Attachment> {
    checkOptionNames('files.stage', options, stageOptionNames);
    return this.#stage(source, options, false);
  }

  /**
   * Stages a source for a scope: with `await using`, or with a turn that it is attached to, its claim ends, at the latest when the process
   * does. Rejects as `stage`.
   */
  async temporary(source: AttachmentSource, options: TemporaryOptions = {}): Promise<TemporaryAttachment> {
    checkOptionNames('files.temporary', options, temporaryOptionNames);
    const attachment = await this.#stage(source, options, true);
    return new TemporaryAttachment(attachment, () => this.#release(attachment.id, true));
  }

  /**
   * Writes a staged file to another machine, or another place, over streams; the target's checksum is compared at the end. The file stays
   * while it is read. Rejects as `copy`, and with `file_not_found` when it is not staged.
   *
   * @example await files.upload(attachment, { files: remote, path: '/srv/inbox/report.pdf' });
   */
  async upload(attachment: AttachmentId, to: CopyEnd, options: CopyOptions = {}): Promise<void> {
    const staged = await this.#found(idOf(attachment));
    using _hold = this.hold([staged]);
    await using files = new LocalFileStreams();
    const { sha256 } = await copy({ files, path: staged.path }, to, options);
    if (sha256 === staged.checksum) return;
    throw new FileError('file_checksum_mismatch', `${staged.path} is not what was staged. Stage it again.`, {
      path: staged.path,
    });
  }

  /** The options with attachments added, see the function `attach`. */
  attach<Options extends object & WithAttachments>(
    options: Options,
    ...attachments: readonly TurnAttachment[]
  ): Options & Required<WithAttachments> {
    return attach(options, ...attachments);
  }

  /**
   * Keeps files from being removed, however old they are, until the hold is released. Counts at once.
   *
   * @throws FileError `file_not_found` when one of them is not in the store any more; none is held then.
   */
  hold(attachments: readonly (AttachmentId | TurnAttachment)[]): FileHold {
    const ids = attachments.map((one) =>
      typeof one === 'object' && 'attachment' in one ? stagedOf(one).id : idOf(one),
    );
    const { table } = this.#plan.estate;
    const missing = ids.find((id) => this.#entry(id) === undefined);
    if (missing !== undefined) throw notStaged(missing);
    return new FileHold(ids, table, (id) => this.#registry.cast({ type: 'files.collect', id }));
  }

  /** Gives one staging of a file up. When it was the last the file goes, as soon as nobody uses it. Resolves with whether it is gone. */
  release(attachment: AttachmentId): Promise<boolean> {
    return this.#release(idOf(attachment), false);
  }

  /** The attachment with this id, under its first name; undefined when there is none. */
  async get(attachment: AttachmentId): Promise<Attachment | undefined> {
    await this.#registry.call({ type: 'files.open' });
    const entry = this.#entry(idOf(attachment));
    return entry === undefined ? undefined : this.#attachment(entry);
  }

  /** Every staged content once, under its first name. */
  async list(): Promise<readonly Attachment[]> {
    await this.#registry.call({ type: 'files.open' });
    const { entries } = this.#plan.estate.table.getSnapshot().context;
    return Array.from(entriesIn(entries), (entry) => this.#attachment(entry));
  }

  /** Counts and bytes of what is there now. */
  async metrics(): Promise<FileMetrics> {
    await this.#registry.call({ type: 'files.open' });
    const { table, wallClock } = this.#plan.estate;
    return metricsOf(table.getSnapshot().context, wallClock());
  }

  /**
   * A part of the table of files, to read and to subscribe to.
   *
   * @example files.select((state) => state.bytes).subscribe((bytes) => gauge.set(bytes));
   */
  select<Selected>(
    selector: (state: FileTableState) => Selected,
    isEqual?: (one: Selected, other: Selected) => boolean,
  ): Selection<Selected> {
    return this.#plan.estate.table.select(selector, isEqual);
  }

  /** Sweeps now: removes every file whose time is over and that nobody uses. */
  forceCleanup(): Promise<CleanupResult> {
    return this.#whole(() => this.#registry.call({ type: 'files.sweep' }));
  }

  /** Removes every file, persistent ones too; those in use when their use ends. */
  reset(): Promise<CleanupResult> {
    return this.#whole(() => this.#registry.call({ type: 'files.reset' }));
  }

  /**
   * Ends the store and gives its folder up; a folder of its own is removed. Stagings under way reject. Twice is the same.
   *
   * Rejects with `file_io_failed`, retryable, when the file system has not finished within `timeoutMs` (default 10,000). The folder then stays this
   * process's until that is done, or the process has ended; closing again waits again.
   */
  async close(options: StoreCloseOptions = {}): Promise<void> {
    checkOptionNames('files.close', options, closeOptionNames);
    const { timeoutMs = storeCloseTimeoutMsDefault } = options;
    checkMilliseconds('timeoutMs', timeoutMs, 0);
    this.#closing ??= this.#end(timeoutMs);
    const late = (): FileError => notClosed(this.directory, timeoutMs);
    await boundedWait(this.#closing, { clock: this.#registry.clock, timeoutMs, late });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(timeoutMs: number): Promise<void> {
    await this.#registry.close(timeoutMs);
    await this.#stager.close();
    await this.#plan.estate.area.release();
  }

  async #stage(source: AttachmentSource, options: StageOptions, scoped: boolean): Promise<Attachment> {
    const { ttlMs, estate } = this.#plan;
    const checked = checkStageOptions(options, { ttlMs, isPrivate: estate.area.isPrivate });
    const readable = readableSource(source);
    const { name = readable.name, signal, onProgress } = options;
    return this.#stager.stage({ ...checked, source: readable, name, scoped, signal, onProgress });
  }

  #release(id: string, scoped: boolean): Promise<boolean> {
    // A closed store has ended all scopes.
    if (scoped && this.#registry.isClosed) return Promise.resolve(true);
    return this.#registry.call({ type: 'files.release', id, scoped });
  }

  async #whole(step: () => Promise<CleanupStep>): Promise<CleanupResult> {
    const total = { count: 0, bytes: 0, failed: 0 };
    for (;;) {
      const { count, bytes, failed, more } = await step();
      total.count += count;
      total.bytes += bytes;
      total.failed = failed;
      if (!more || count === 0) return total;
    }
  }

  async #found(id: string): Promise<Attachment> {
    const attachment = await this.get(id);
    if (attachment === undefined) throw notStaged(id);
    return attachment;
  }

  #entry(id: string): FileEntry | undefined {
    return entryOf(this.#plan.estate.table.getSnapshot().context.entries, id);
  }

  #attachment(entry: FileEntry): Attachment {
    return attachmentOf(entry, (name) => this.#plan.estate.area.pathOf(entry.id, name));
  }
}

function notClosed(directory: string, timeoutMs: number): FileError {
  return new FileError(
    'file_io_failed',
    `The file system of ${directory} has not finished within ${timeoutMs} ms. Close the store again to wait on, or end the process.`,
    { path: directory, retryable: true },
  );
}

function notStaged(id: string): FileError {
  return new FileError(
    'file_not_found',
    `No file ${id} is staged: it has expired or was released. Stage it again.`,
  );
}
