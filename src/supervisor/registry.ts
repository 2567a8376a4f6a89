import { checkAddress, checkMessaging } from './address-check.ts';
import type { Address, Messaging, Pid, Via } from './behaviour.ts';
import { checkObject, checkOneOf, checkWhole, InvalidOptionError } from './invalid-option.ts';
import { Process } from './process.ts';

/** Entries a registry holds unless told otherwise; beyond, `register` is refused with `full`. */
export const registryEntriesMaxDefault = 1_000_000;

/** What kind of registry it is, and who is told of its entries. */
export interface RegistryOptions {
  /** How listeners, errors and `down` messages speak of it. */
  readonly name: string;
  /** Whether a key has one owner at most, or any number of them. */
  readonly keys: 'unique' | 'duplicate';
  /** Told of each entry that comes and goes, by `RegistryEvent` messages. Defaults to nobody. */
  readonly listeners?: readonly Address<RegistryEvent>[];
  /** Defaults to 1,000,000. */
  readonly entriesMax?: number;
}

/** What listeners are sent. The end of an owner is an `unregister` of each of its keys. */
export type RegistryEvent =
  | {
      readonly type: 'register';
      readonly registry: string;
      readonly key: unknown;
      readonly pid: Pid;
      readonly value: unknown;
    }
  | { readonly type: 'unregister'; readonly registry: string; readonly key: unknown; readonly pid: Pid };

/** One entry as `lookup` shows it. */
export interface RegistryEntry<Value, Message = unknown> {
  readonly pid: Pid<Message>;
  readonly value: Value;
}

/** What `register` returns when it refuses. */
export type RegisterResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: 'already_registered'; readonly pid: Pid }
  | { readonly ok: false; readonly error: 'noproc' | 'full' };

/** What `updateValue` returns. */
export type UpdateValueResult<Value> =
  | { readonly ok: true; readonly value: Value; readonly previous: Value }
  | { readonly ok: false; readonly error: 'not_registered' };

interface Entry<Key, Value> {
  readonly key: Key;
  readonly owner: Process;
  value: Value;
}

/**
 * Names for actors: any value as key, with a value beside it. An entry belongs to the actor that registered it and goes when that
 * ends; the dead are never found.
 *
 * With `unique` keys it is a phone book (`via(key)` is an address), with `duplicate` keys a list of subscribers (`dispatch`).
 *
 * Source: Elixir's `Registry`. Keys are equal as in a `Map`: objects by identity.
 *
 * @example
 * const rooms = new Registry<string, Topic, RoomMessage>(system, { name: 'rooms', keys: 'unique' });
 * rooms.register(context.self, 'lobby', { topic: 'hello' });
 * await system.call(rooms.via('lobby'), { type: 'join' });
 */
export class Registry<Key, Value = unknown, Message = unknown> {
  readonly name: string;
  readonly keyKind: 'unique' | 'duplicate';
  readonly #messaging: Messaging;
  readonly #listeners: readonly Address<RegistryEvent>[];
  readonly #entriesMax: number;
  readonly #byKey = new Map<Key, Set<Entry<Key, Value>>>();
  readonly #byOwner = new Map<Process, Set<Entry<Key, Value>>>();
  readonly #meta = new Map<string, unknown>();
  #count = 0;

  /** @throws InvalidOptionError for the first wrong field. */
  constructor(messaging: Messaging, options: RegistryOptions) {
    checkMessaging('messaging', messaging);
    checkObject('options', options, "an object such as { name: 'rooms', keys: 'unique' }");
    const { name, keys, listeners = [], entriesMax = registryEntriesMaxDefault } = options;
    if (typeof name !== 'string' || name === '')
      throw new InvalidOptionError('name', name, 'a non-empty string');
    checkOneOf('keys', keys, ['unique', 'duplicate']);
    if (!Array.isArray(listeners))
      throw new InvalidOptionError('listeners', listeners, 'an array of addresses');
    for (const [index, listener] of listeners.entries()) checkAddress(listener, `listeners[${index}]`);
    checkWhole('entriesMax', entriesMax, 0);
    this.name = name;
    this.keyKind = keys;
    this.#messaging = messaging;
    this.#listeners = listeners;
    this.#entriesMax = entriesMax;
  }

  /** Number of entries. */
  get size(): number {
    return this.#count;
  }

  /**
   * Enters `owner` under `key`. Refused with `already_registered` when a unique key is taken, also by `owner` itself; with
   * `noproc` when the owner has ended; with `full` at the limit.
   */
  register(owner: Pid, key: Key, value: Value): RegisterResult {
    if (!(owner instanceof Process) || owner.isDead) return { ok: false, error: 'noproc' };
    const holder = this.keyKind === 'unique' ? this.#liveEntries(key)[0] : undefined;
    if (holder !== undefined) return { ok: false, error: 'already_registered', pid: holder.owner };
    if (this.#count >= this.#entriesMax) return { ok: false, error: 'full' };
    this.#add({ key, owner, value });
    this.#tell({ type: 'register', registry: this.name, key, pid: owner, value });
    return { ok: true };
  }

  /** Removes all entries of `owner` under `key`; nothing happens when there is none. */
  unregister(owner: Pid, key: Key): void {
    const ofKey = this.#byKey.get(key);
    for (const entry of this.#entriesOf(owner)) if (ofKey?.has(entry)) this.#remove(entry);
  }

  /** The live entries of a key, in order of registration; empty when there is none. */
  lookup(key: Key): readonly RegistryEntry<Value, Message>[] {
    return this.#liveEntries(key).map(({ owner, value }) => ({ pid: owner, value }));
  }

  /** The live entries of a key whose value satisfies `matches`. */
  match(key: Key, matches: (value: Value) => boolean): readonly RegistryEntry<Value, Message>[] {
    return this.lookup(key).filter(({ value }) => matches(value));
  }

  /** All live entries that satisfy `matches`; visits every entry. */
  select(
    matches: (key: Key, pid: Pid, value: Value) => boolean,
  ): readonly (RegistryEntry<Value, Message> & { readonly key: Key })[] {
    const found: (RegistryEntry<Value, Message> & { readonly key: Key })[] = [];
    for (const entries of this.#byKey.values()) {
      for (const { key, owner, value } of entries) {
        if (!owner.isDead && matches(key, owner, value)) found.push({ key, pid: owner, value });
      }
    }
    return found;
  }

  /** The keys of one owner, in order of registration; a duplicate key as often as it was registered. */
  keys(owner: Pid): readonly Key[] {
    return this.#entriesOf(owner).map(({ key }) => key);
  }

  /** Replaces the value of the owner's unique key. @throws InvalidOptionError when keys are duplicate. */
  updateValue(owner: Pid, key: Key, update: (value: Value) => Value): UpdateValueResult<Value> {
    this.#requireUnique('updateValue');
    const entry = this.#liveEntries(key).find((candidate) => candidate.owner === owner);
    if (entry === undefined) return { ok: false, error: 'not_registered' };
    const previous = entry.value;
    entry.value = update(previous);
    return { ok: true, value: entry.value, previous };
  }

  /**
   * Calls `send` once with the live entries of a key, in the caller's own time; not at all when there is none. With duplicate keys
   * this is how messages are published.
   */
  dispatch(key: Key, send: (entries: readonly RegistryEntry<Value, Message>[]) => void): void {
    const entries = this.lookup(key);
    if (entries.length > 0) send(entries);
  }

  /** An address for whoever has the key at the time of use. @throws InvalidOptionError when keys are duplicate. */
  via(key: Key): Via<Message> {
    this.#requireUnique('via');
    return { name: `${this.name}/${String(key)}`, whereis: () => this.#liveEntries(key)[0]?.owner };
  }

  /** Keeps a value with the registry itself. */
  putMeta(key: string, value: unknown): void {
    this.#meta.set(key, value);
  }

  meta(key: string): unknown {
    return this.#meta.get(key);
  }

  #liveEntries(key: Key): Entry<Key, Value>[] {
    return [...(this.#byKey.get(key) ?? [])].filter(({ owner }) => !owner.isDead);
  }

  #entriesOf(owner: Pid): Entry<Key, Value>[] {
    return owner instanceof Process && !owner.isDead ? [...(this.#byOwner.get(owner) ?? [])] : [];
  }

  #add(entry: Entry<Key, Value>): void {
    const { key, owner } = entry;
    const ofKey = this.#byKey.get(key);
    if (ofKey === undefined) this.#byKey.set(key, new Set([entry]));
    else ofKey.add(entry);
    const ofOwner = this.#byOwner.get(owner);
    if (ofOwner === undefined) {
      this.#byOwner.set(owner, new Set([entry]));
      owner.whenDead(() => this.#forget(owner));
    } else ofOwner.add(entry);
    this.#count += 1;
  }

  #remove(entry: Entry<Key, Value>): void {
    const ofKey = this.#byKey.get(entry.key);
    if (!ofKey?.delete(entry)) return;
    if (ofKey.size === 0) this.#byKey.delete(entry.key);
    // The owner's set stays, empty or not, until the owner ends: it says that its end is awaited already.
    this.#byOwner.get(entry.owner)?.delete(entry);
    this.#count -= 1;
    this.#tell({ type: 'unregister', registry: this.name, key: entry.key, pid: entry.owner });
  }

  #forget(owner: Process): void {
    for (const entry of [...(this.#byOwner.get(owner) ?? [])]) this.#remove(entry);
    this.#byOwner.delete(owner);
  }

  #tell(event: RegistryEvent): void {
    for (const listener of this.#listeners) this.#messaging.cast(listener, event);
  }

  #requireUnique(call: string): void {
    if (this.keyKind === 'unique') return;
    throw new InvalidOptionError('keys', this.keyKind, `'unique' for ${call} of the registry "${this.name}"`);
  }
}
