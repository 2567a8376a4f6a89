/** Calls a method with what no compiler would let through. */
export function call(target: object, method: string, ...args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(target, method), target, args);
}

/** What `act` throws or rejects with; null when it does neither. */
export async function errorOf(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return null;
  } catch (error) {
    return error;
  }
}
