/** Paths whose count one generation holds. At least as many ended paths are remembered, and at most twice as many. */
export const incarnationsPerGenerationMax = 4_096;

/**
 * How many actors have lived at each path, for the paths where one has ended.
 *
 * Two generations: when the young one is full it becomes the old one, and the paths of the old one are forgotten together, which costs
 * nothing for each. A forgotten path counts from 1 again.
 */
export class Incarnations {
  #young = new Map<string, number>();
  #old: ReadonlyMap<string, number> = new Map();

  /** The number of the next actor at `path`, from 1. */
  next(path: string): number {
    return (this.#young.get(path) ?? this.#old.get(path) ?? 0) + 1;
  }

  /** The actor with this number at `path` has ended. */
  ended(path: string, incarnation: number): void {
    this.#young.set(path, incarnation);
    if (this.#young.size < incarnationsPerGenerationMax) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
