import { FileError, fileCancelled } from '../file-error.ts';
import { handlesMax } from './file-streams.ts';
import { Handle, type HandleKind, type HandleRules } from './handle.ts';

/**
 * The handles of one connection, under the rules that all implementations share: ids are the caller's and used once at a time, at most
 * 64 are taken, kinds are kept apart, operations of one handle are serialised, the connection's end closes all.
 */
export class HandleTable<R> {
  readonly #rules: HandleRules<R>;
  readonly #handles = new Map<string, Handle<R>>();
  #ended: FileError | undefined;

  constructor(rules: HandleRules<R>) {
    this.#rules = rules;
  }

  /** How many ids are taken: by handles being opened, open, or being closed. */
  get size(): number {
    return this.#handles.size;
  }

  /** Takes the id at once and runs `open`, unless `signal` is aborted already. On a failure the id is free again when the promise rejects. */
  async open(
    handleId: string,
    kind: HandleKind,
    signal: AbortSignal | undefined,
    open: () => Promise<R>,
  ): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    if (signal?.aborted === true) throw fileCancelled(signal, { handleId });
    if (this.#handles.has(handleId)) throw duplicate(handleId);
    if (this.#handles.size >= handlesMax) throw exhausted(handleId);
    const handle = new Handle<R>(handleId, kind, this.#rules);
    this.#handles.set(handleId, handle);
    try {
      await handle.open(open);
    } catch (error) {
      await this.#forget(handle).catch(() => undefined);
      throw error;
    }
  }

  /** Runs an operation of a handle that was opened for `kind`, when its turn comes. Without `signal`, nothing calls it off. */
  async use<T>(
    handleId: string,
    kind: HandleKind,
    operation: (resource: R) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    const handle = this.#handles.get(handleId);
    if (handle === undefined) throw unknownHandle(handleId);
    if (handle.kind !== kind) throw wrongKind(handle);
    try {
      return await handle.use(operation, signal);
    } catch (error) {
      if (handle.isClosed) this.#drop(handle);
      throw error;
    }
  }

  /** See `FileStreams.close`. */
  async close(handleId: string): Promise<void> {
    const handle = this.#handles.get(handleId);
    if (handle !== undefined) await this.#forget(handle);
  }

  /** Closes all handles for good: what waits, and whatever is called from now on, fails with `reason`. */
  async end(reason: FileError): Promise<void> {
    this.#ended ??= reason;
    const ends = [...this.#handles.values()].map((handle) => this.#forget(handle, this.#ended));
    for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason;
  }

  async #forget(handle: Handle<R>, cause?: FileError): Promise<void> {
    try {
      await handle.close(cause);
    } finally {
      this.#drop(handle);
    }
  }

  /** The id may have been taken anew meanwhile: only the handle itself gives it back. */
  #drop(handle: Handle<R>): void {
    if (this.#handles.get(handle.id) === handle) this.#handles.delete(handle.id);
  }
}

function duplicate(handleId: string): FileError {
  const message = `Handle ${handleId} is taken. Close it first, or choose another id.`;
  return new FileError('file_handle_duplicate', message, { handleId });
}

function exhausted(handleId: string): FileError {
  const message = `${handlesMax} handles of this connection are taken. Close one first.`;
  return new FileError('file_handles_exhausted', message, { handleId });
}

function unknownHandle(handleId: string): FileError {
  const message = `There is no handle ${handleId}: it was never opened, or has been closed.`;
  return new FileError('file_handle_unknown', message, { handleId });
}

function wrongKind<R>(handle: Handle<R>): FileError {
  const other = handle.kind === 'read' ? 'writing' : 'reading';
  const message = `Handle ${handle.id} was opened for ${handle.kind === 'read' ? 'reading' : 'writing'}; ${other} needs a handle of its own.`;
  return new FileError('file_handle_wrong_kind', message, { handleId: handle.id });
}
