/** Seeded randomness: the same seed gives the same sequence on every machine. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<const Items extends readonly [unknown, ...unknown[]]>(items: Items): Items[number];
  /** Some of the items in random order, `count` of them. */
  sample<Item>(items: readonly Item[], count: number): Item[];
}

/** A linear congruential generator (Numerical Recipes' constants), whose high bits are good enough to pick test cases. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 0x1_00_00_00;
  };
  for (let warmUp = 0; warmUp < 8; warmUp += 1) unit();
  const between = (min: number, max: number): number => min + Math.floor(unit() * (max - min + 1));
  return {
    between,
    chance: (probability) => unit() < probability,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    sample: (items, count) => {
      const left = [...items];
      const taken = [];
      while (taken.length < count && left.length > 0)
        taken.push(...left.splice(between(0, left.length - 1), 1));
      return taken;
    },
  };
}
