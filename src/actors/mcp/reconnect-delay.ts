/** Milliseconds before the first new connection to a server that has failed. */
export const mcpReconnectDelayMs = 500;
/** Milliseconds before any later one, at most: the delay doubles with each failure. */
export const mcpReconnectDelayMsMax = 30_000;

/**
 * Milliseconds to wait after so many failures in a row: half of it is left to chance, so that servers that died together do not come
 * back together.
 *
 * @param random From 0 to 1.
 */
export function reconnectDelay(failures: number, random: number): number {
  const full = Math.min(mcpReconnectDelayMsMax, mcpReconnectDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.round(full * (0.5 + random / 2));
}
