/** All that a logger or an inspector could write down of a value: causes and stacks of errors too, each object once. */
export function writtenDown(value: unknown): string {
  const known = new WeakSet<object>();
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part;
    if (known.has(part)) return undefined;
    known.add(part);
    return part instanceof Error
      ? { ...part, message: part.message, stack: part.stack, cause: part.cause }
      : part;
  });
}
