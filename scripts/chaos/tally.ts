/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Such as `12 done, 3 failed`, the most frequent first. */
  toString(): string {
    const entries = [...this.#counts].sort(([, a], [, b]) => b - a);
    return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${count} ${name}`).join(', ');
  }
}
