import type { FileTable } from './file-table.ts';

/** Keeps files in the store while it is held; its release is synchronous and never fails. */
export class FileHold implements Disposable {
  readonly #ids: readonly string[];
  readonly #table: FileTable;
  readonly #collect: (id: string) => void;
  #released = false;

  /** @internal @param collect Told of each file that is used no longer. */
  constructor(ids: readonly string[], table: FileTable, collect: (id: string) => void) {
    this.#ids = ids;
    this.#table = table;
    this.#collect = collect;
    for (const id of ids) table.send({ type: 'used', id });
  }

  /** Ends it; twice is the same. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    for (const id of this.#ids) {
      this.#table.send({ type: 'unused', id });
      this.#collect(id);
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
