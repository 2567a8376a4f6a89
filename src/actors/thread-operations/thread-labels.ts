import type { ClientRequests, JsonValue } from '../../protocol/app-server.ts';
import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import {
  checkId,
  checkMetadataValue,
  checkRecordKey,
  type PageOptions,
  pageOptionNames,
  pageSizeMax,
} from '../../protocol/operation-checks.ts';
import { checkOptionNames } from '../../protocol/option-names.ts';
import { listing } from './listing.ts';
import type { ThreadRequests } from './thread-requests.ts';

/** Labels and metadata entries of one thread that are read. */
export const threadNotesMax = 1_000;

type Note = ClientRequests['thread/attachment/list']['result']['data'][number];

/** How Codex files what we note on threads, beside the notes of other clients. */
const labelType = 'codex-actors.label';
const metadataType = 'codex-actors.metadata';

/** A thread that bears a label. */
export interface LabelledThread {
  readonly threadId: string;
  readonly archived: boolean;
}

/**
 * Labels of threads: short words that threads are found by. Codex keeps them, beside its own data; nothing of them reaches the model. A
 * fork takes the labels of its source along.
 *
 * All methods reject with `ThreadStateError` `thread_not_found` for a thread that Codex has not kept (it keeps one from its first turn
 * on), with `InvalidOptionError` for an id or a label that cannot be, and what changes with `OutcomeUnknownError` when the process died.
 *
 * @example
 * await codex.threads.labels.add(thread.id, 'nightly');
 * for await (const { threadId } of codex.threads.labels.find('nightly')) console.log(threadId);
 */
export class ThreadLabels {
  readonly #requests: ThreadRequests;

  /** @internal */
  constructor(requests: ThreadRequests) {
    this.#requests = requests;
  }

  /** Gives a thread a label. Nothing happens when it has it already. */
  async add(threadId: string, label: string): Promise<void> {
    checkId('threadId', threadId);
    checkRecordKey('label', label);
    const params = { threadId, attachmentType: labelType, identityKey: label, payload: null };
    await this.#requests.change({ operation: 'labels.add', threadId }, 'thread/attachment/add', params);
  }

  /** Takes a label away. Nothing happens when the thread has not got it. */
  async remove(threadId: string, label: string): Promise<void> {
    checkId('threadId', threadId);
    checkRecordKey('label', label);
    const params = { threadId, attachmentType: labelType, identityKey: label };
    await this.#requests.change({ operation: 'labels.remove', threadId }, 'thread/attachment/remove', params);
  }

  /** The labels of a thread, sorted; none for a thread that Codex does not know. */
  async list(threadId: string): Promise<readonly string[]> {
    checkId('threadId', threadId);
    const notes = await notesOf(this.#requests, 'labels.list', threadId, labelType);
    return notes.map(({ identityKey }) => identityKey).sort();
  }

  /** All threads with a label, archived ones too, page by page. */
  find(label: string, options: PageOptions = {}): AsyncGenerator<LabelledThread, undefined, undefined> {
    checkRecordKey('label', label);
    checkOptionNames('labels.find', options, pageOptionNames);
    const facts = { operation: 'labels.find', threadId: null };
    const owned = { attachmentType: labelType, identityKey: label };
    return listing(options, (page) =>
      this.#requests.read(facts, 'thread/attachmentOwner/list', { ...owned, ...page }),
    );
  }
}

/**
 * Data that an application keeps with a thread: JSON by key, at most 64 KiB each. Codex keeps it as it does labels; failures are those
 * of labels.
 *
 * @example await codex.threads.metadata.set(thread.id, 'ticket', { id: 4711, by: 'ada' });
 */
export class ThreadMetadata {
  readonly #requests: ThreadRequests;

  /** @internal */
  constructor(requests: ThreadRequests) {
    this.#requests = requests;
  }

  /**
   * Sets an entry. Codex cannot change one in place: the old one is removed first, so that after an `OutcomeUnknownError` there may be
   * the old value, the new one, or none.
   */
  async set(threadId: string, key: string, value: JsonValue): Promise<void> {
    checkId('threadId', threadId);
    checkRecordKey('key', key);
    checkMetadataValue(value);
    const facts = { operation: 'metadata.set', threadId };
    const entry = { threadId, attachmentType: metadataType, identityKey: key };
    const add = () => this.#requests.change(facts, 'thread/attachment/add', { ...entry, payload: value });
    const { outcome } = await add();
    if (outcome === 'created') return;
    await this.#requests.change(facts, 'thread/attachment/remove', entry);
    await add();
  }

  /** Removes an entry. Nothing happens when there is none. */
  async remove(threadId: string, key: string): Promise<void> {
    checkId('threadId', threadId);
    checkRecordKey('key', key);
    const entry = { threadId, attachmentType: metadataType, identityKey: key };
    await this.#requests.change(
      { operation: 'metadata.remove', threadId },
      'thread/attachment/remove',
      entry,
    );
  }

  /** All entries of a thread; none for a thread that Codex does not know. */
  async get(threadId: string): Promise<ReadonlyMap<string, JsonValue>> {
    checkId('threadId', threadId);
    const notes = await notesOf(this.#requests, 'metadata.get', threadId, metadataType);
    return new Map(notes.map(({ identityKey, payload }) => [identityKey, payload]));
  }
}

/** What is noted on a thread under one type. */
async function notesOf(
  requests: ThreadRequests,
  operation: string,
  threadId: string,
  type: string,
): Promise<readonly Note[]> {
  const notes: Note[] = [];
  const all = listing({ pageSize: pageSizeMax }, (page) =>
    requests.read({ operation, threadId }, 'thread/attachment/list', { threadId, ...page }),
  );
  for await (const note of all) {
    if (notes.length >= threadNotesMax)
      throw new LimitExceededError('threadNotesMax', threadNotesMax, notes.length + 1);
    if (note.attachmentType === type) notes.push(note);
  }
  return notes;
}
