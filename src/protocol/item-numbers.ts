/** Gives the items of one turn their ids, `item_0`, `item_1`…, in the order in which a reader first hears of them. */
export class ItemNumbers {
  #next = 0;
  readonly #ids = new Map<string, string>();

  /** The id of the item that Codex knows by `codexId`. */
  idOf(codexId: string): string {
    const known = this.#ids.get(codexId);
    if (known !== undefined) return known;
    const id = this.fresh();
    this.#ids.set(codexId, id);
    return id;
  }

  /** The id that a web search keeps is its own, but it takes a number all the same, as in exec. */
  keepOwn(codexId: string): void {
    if (this.#ids.has(codexId)) return;
    this.#next += 1;
    this.#ids.set(codexId, codexId);
  }

  /** An id for an item that Codex has no name for. */
  fresh(): string {
    const id = `item_${this.#next}`;
    this.#next += 1;
    return id;
  }
}
