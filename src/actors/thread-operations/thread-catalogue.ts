import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { ThreadStateError } from '../../protocol/errors/thread-errors.ts';
import {
  checkId,
  checkPage,
  checkThreadName,
  type PageOptions,
  pageOptionNames,
  pageSizeDefault,
} from '../../protocol/operation-checks.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import {
  type ThreadRecord,
  type TurnRecord,
  threadRecord,
  turnRecord,
} from '../../protocol/thread-records.ts';
import { listedOnce, pageOnce } from './listed-once.ts';
import { listing, type Page, type PageRequest } from './listing.ts';
import { ThreadLabels, ThreadMetadata } from './thread-labels.ts';
import { ThreadRequests } from './thread-requests.ts';

/** Which threads are listed, and in what order. */
export interface ThreadListOptions extends PageOptions {
  /** True: archived threads only; false: the others only. Defaults to false. */
  readonly archived?: boolean;
  /** Only threads that were started in this folder, as an absolute path. */
  readonly workingDirectory?: string;
  /** Only threads whose name or first prompt holds this text. */
  readonly search?: string;
  /** Newest first by when they were begun, or last changed. Defaults to `created`. */
  readonly sortBy?: 'created' | 'updated';
}

/** Which page of the threads is read. */
interface ThreadPageOptions extends ThreadListOptions {
  /** The `nextCursor` of the page before. Defaults to the first page. */
  readonly cursor?: string | null;
}

/** Which turns of a thread are read, and how much of them. */
export interface TurnListOptions extends PageOptions {
  /** Oldest or newest first. Defaults to `newest`. */
  readonly first?: 'oldest' | 'newest';
  /** Whether their items are read too. Defaults to true. */
  readonly items?: boolean;
}

const listOptionNames = {
  ...pageOptionNames,
  archived: 'own',
  workingDirectory: 'own',
  search: 'own',
  sortBy: 'own',
} as const satisfies OptionNames<ThreadListOptions>;
const threadPageOptionNames = {
  ...listOptionNames,
  cursor: 'own',
} as const satisfies OptionNames<ThreadPageOptions>;
const turnListOptionNames = {
  ...pageOptionNames,
  first: 'own',
  items: 'own',
} as const satisfies OptionNames<TurnListOptions>;

/** What the catalogue needs of the threads that are open here. */
export interface OpenThreads {
  /** Whether a thread is open here and ephemeral. */
  isEphemeral(threadId: string): boolean;
  /** Closes the thread here, and starts no turn of it before `work` has ended. Rejects `thread_busy` when one runs or waits. */
  retire(threadId: string, operation: string, work: () => Promise<void>): Promise<void>;
}

/**
 * All threads that Codex has kept, open here or not: to be listed, read, named, labelled, archived and deleted. The Codex process is
 * started if need be. After `codex.close()` all methods reject with `ThreadClosedError`.
 *
 * @example
 * for await (const { id, name, preview } of codex.threads.list({ search: 'build' })) console.log(id, name ?? preview);
 */
export class ThreadCatalogue {
  /** Short words that threads are found by. */
  readonly labels: ThreadLabels;
  /** Data of the application, kept with threads. */
  readonly metadata: ThreadMetadata;
  readonly #requests: ThreadRequests;
  readonly #open: OpenThreads;

  /** @internal */
  constructor(requests: ThreadRequests, open: OpenThreads) {
    this.#requests = requests;
    this.#open = open;
    this.labels = new ThreadLabels(requests);
    this.metadata = new ThreadMetadata(requests);
  }

  /**
   * The threads that Codex has kept, each once, newest first, read page by page while they are iterated.
   *
   * @throws InvalidOptionError for an option that cannot be.
   */
  list(options: ThreadListOptions = {}): AsyncGenerator<ThreadRecord, undefined, undefined> {
    checkOptionNames('threads.list', options, listOptionNames);
    checkListOptions(options);
    return listedOnce(listing(options, (page) => this.#page(options, page)));
  }

  /**
   * One page of `list`, for callers that hand cursors on. A reverted thread may come again on a later page.
   *
   * Rejects with `InvalidOptionError` for an option that cannot be, with `RpcError` for a cursor that Codex does not know.
   *
   * @example const { data, nextCursor } = await codex.threads.page({ pageSize: 20, cursor: request.query.cursor });
   */
  async page(options: ThreadPageOptions = {}): Promise<Page<ThreadRecord>> {
    checkOptionNames('threads.page', options, threadPageOptionNames);
    checkListOptions(options);
    checkPage(options, options.cursor);
    return this.#page(options, {
      limit: options.pageSize ?? pageSizeDefault,
      cursor: options.cursor ?? null,
    });
  }

  /** What Codex keeps of a thread, archived ones too. Rejects with `thread_not_found`. */
  async read(threadId: string): Promise<ThreadRecord> {
    checkId('threadId', threadId);
    const { thread } = await this.#requests.read({ operation: 'read', threadId }, 'thread/read', {
      threadId,
    });
    return threadRecord(thread);
  }

  /**
   * The turns that Codex has kept of a thread, read page by page while they are iterated; a turn that runs is among them. The first
   * step rejects with `thread_not_found`, or `thread_ephemeral`.
   *
   * @throws InvalidOptionError for an option that cannot be.
   */
  turns(threadId: string, options: TurnListOptions = {}): AsyncGenerator<TurnRecord, undefined, undefined> {
    checkId('threadId', threadId);
    checkOptionNames('threads.turns', options, turnListOptionNames);
    const { first = 'newest', items = true } = options;
    if (first !== 'newest' && first !== 'oldest')
      throw new InvalidOptionError('first', first, "'oldest' or 'newest'");
    const asked = {
      threadId,
      sortDirection: first === 'oldest' ? 'asc' : 'desc',
      itemsView: items ? 'full' : 'notLoaded',
    } as const;
    return listing(options, async (page) => {
      const facts = { operation: 'turns', threadId };
      const found = await this.#requests.read(facts, 'thread/turns/list', { ...asked, ...page });
      return { data: found.data.map(turnRecord), nextCursor: found.nextCursor };
    });
  }

  /**
   * Names a thread; Codex shows the name instead of the first prompt. Also while a turn runs.
   *
   * Rejects with `thread_not_found` (an archived thread is not found either), `thread_ephemeral`, `outcome_unknown`.
   */
  async setName(threadId: string, name: string): Promise<void> {
    checkThreadName(name);
    const facts = this.#changing('setName', threadId);
    await this.#requests.change(facts, 'thread/name/set', { threadId, name });
  }

  /**
   * Puts a thread away: it is closed here, is no longer listed, and takes no turns until it is unarchived.
   *
   * Rejects with `thread_busy` while a turn runs or waits here, `thread_not_found` (archived already, or never kept), `thread_owned`,
   * `thread_ephemeral`, `outcome_unknown`. But for `thread_busy` and `thread_ephemeral` the thread is closed here all the same.
   */
  async archive(threadId: string): Promise<void> {
    const facts = this.#changing('archive', threadId);
    await this.#open.retire(threadId, facts.operation, async () => {
      await this.#requests.change(facts, 'thread/archive', { threadId });
    });
  }

  /** Takes an archived thread back; `resumeThread` goes on with it. Rejects with `thread_not_found` (none is archived), `outcome_unknown`. */
  async unarchive(threadId: string): Promise<ThreadRecord> {
    const facts = this.#changing('unarchive', threadId);
    const { thread } = await this.#requests.change(facts, 'thread/unarchive', { threadId });
    return threadRecord(thread);
  }

  /**
   * Deletes a thread for ever, archived or not; it is closed here. What its turns did to files stays.
   *
   * Rejects as `archive` does, and with `thread_referenced` while forks share its history.
   */
  async delete(threadId: string): Promise<void> {
    const facts = this.#changing('delete', threadId);
    await this.#open.retire(threadId, facts.operation, async () => {
      await this.#requests.change(facts, 'thread/delete', { threadId });
    });
  }

  /** Checked before anything is sent. */
  #changing(operation: string, threadId: string) {
    checkId('threadId', threadId);
    const facts = { operation, threadId };
    if (this.#open.isEphemeral(threadId)) throw new ThreadStateError('thread_ephemeral', facts);
    return facts;
  }

  async #page(options: ThreadListOptions, page: PageRequest): Promise<Page<ThreadRecord>> {
    const { archived, search, sortBy, workingDirectory } = options;
    const found = await this.#requests.read({ operation: 'list', threadId: null }, 'thread/list', {
      ...page,
      archived: archived === true,
      sortKey: sortBy === 'updated' ? 'updated_at' : 'created_at',
      sortDirection: 'desc',
      ...(search === undefined ? {} : { searchTerm: search }),
      ...(workingDirectory === undefined ? {} : { cwd: workingDirectory }),
    });
    return { data: pageOnce(found.data.map(threadRecord)), nextCursor: found.nextCursor };
  }
}

function checkListOptions(options: ThreadListOptions): void {
  const { archived, search, sortBy, workingDirectory } = options;
  if (archived !== undefined && typeof archived !== 'boolean')
    throw new InvalidOptionError('archived', archived, 'true or false');
  for (const [field, value] of Object.entries({ search, workingDirectory })) {
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new InvalidOptionError(field, value, 'a text that is not empty');
  }
  if (sortBy !== undefined && sortBy !== 'created' && sortBy !== 'updated')
    throw new InvalidOptionError('sortBy', sortBy, "'created' or 'updated'");
}

/** The catalogue of a transport that has none: whatever is asked of it rejects with `InvalidOptionError`. */
export function noCatalogue(): ThreadCatalogue {
  const acquire = () =>
    Promise.reject(
      new InvalidOptionError('transport', 'exec', "'app-server' to list, read or change threads"),
    );
  const requests = new ThreadRequests({ ports: { acquire }, portTimeoutMs: 0 });
  return new ThreadCatalogue(requests, {
    isEphemeral: () => false,
    retire: (_threadId, _operation, work) => work(),
  });
}
