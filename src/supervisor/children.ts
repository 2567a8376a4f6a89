/** One of the children of a parent; the fields belong to the list. */
export interface Sibling<Self> {
  older: Self | undefined;
  younger: Self | undefined;
}

/** The children of one parent in order of birth: a list threaded through them, so that each costs its parent no memory of its own. */
export class Children<Child extends Sibling<Child>> {
  #youngest: Child | undefined = undefined;

  add(child: Child): void {
    child.older = this.#youngest;
    if (this.#youngest !== undefined) this.#youngest.younger = child;
    this.#youngest = child;
  }

  /** Takes out one that is in the list. */
  remove(child: Child): void {
    if (child.younger !== undefined) child.younger.older = child.older;
    else this.#youngest = child.older;
    if (child.older !== undefined) child.older.younger = child.younger;
    child.older = undefined;
    child.younger = undefined;
  }

  /** Visits each, also while visits end children, and leaves the list empty. */
  youngestFirst(visit: (child: Child) => void): void {
    for (let child = this.#youngest; child !== undefined; child = this.#youngest) {
      this.remove(child);
      visit(child);
    }
  }
}
