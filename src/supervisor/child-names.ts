/** Whoever has a name: its spec's id, or the id with a number. */
export interface Named {
  readonly spec: { readonly id: string };
  readonly name: string;
}

/**
 * The names of a dynamic supervisor's children: the id of the spec, and for those whose id is taken `<id>.<number>`.
 *
 * Two numbered names are never the same, and only an id that ends like one (`job.7`) can be mistaken for one. Numbered names are
 * therefore kept only once there has been such an id: with a hundred thousand children a table of names costs as much as their start.
 */
export class ChildNames {
  readonly #ids = new Set<string>();
  #numbered: Set<string> | undefined = undefined;
  #count = 0;

  /** A free name, taken from now on. `living` are the children there are. */
  take(id: string, living: () => Iterable<Named>): string {
    if (this.#numbered === undefined && endsLikeNumbered(id)) this.#numbered = numberedOf(living());
    if (this.#ids.has(id) || this.#numbered?.has(id)) return this.takeNumbered(id);
    this.#ids.add(id);
    return id;
  }

  /** A free name with a number, for a child of a template. */
  takeNumbered(id: string): string {
    let name = this.#next(id);
    if (this.#numbered === undefined) return name;
    while (this.#ids.has(name)) name = this.#next(id);
    this.#numbered.add(name);
    return name;
  }

  release({ spec, name }: Named): void {
    if (name === spec.id) this.#ids.delete(name);
    else this.#numbered?.delete(name);
  }

  #next(id: string): string {
    this.#count += 1;
    return `${id}.${this.#count}`;
  }
}

function endsLikeNumbered(id: string): boolean {
  const last = id.charCodeAt(id.length - 1);
  return last >= 48 && last <= 57 && id.includes('.');
}

function numberedOf(living: Iterable<Named>): Set<string> {
  const numbered = new Set<string>();
  for (const { spec, name } of living) if (name !== spec.id) numbered.add(name);
  return numbered;
}
