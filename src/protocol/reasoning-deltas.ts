/**
 * Makes the deltas of a reasoning item add up to its text: parts are joined by line feeds, and raw content is left out as soon as there
 * is a summary, as in the whole item.
 */
export class ReasoningDeltas {
  /** Codex's id → the kind and index of the part that is growing. */
  readonly #growing = new Map<string, { readonly method: string; readonly index: number }>();

  /** The piece to deliver; undefined for none. */
  textOf(
    method: 'item/reasoning/summaryTextDelta' | 'item/reasoning/textDelta',
    params: Readonly<Record<string, unknown>>,
  ): string | undefined {
    const { itemId, delta, summaryIndex, contentIndex } = params;
    if (typeof itemId !== 'string' || typeof delta !== 'string') return undefined;
    const index = Number(method === 'item/reasoning/textDelta' ? contentIndex : summaryIndex);
    const before = this.#growing.get(itemId);
    if (method === 'item/reasoning/textDelta' && before !== undefined && before.method !== method)
      return undefined;
    this.#growing.set(itemId, { method, index });
    return before === undefined || before.index === index ? delta : `\n${delta}`;
  }
}
