import type { PortConnection } from '../exec-port/port-connection.ts';

/** Where threads get their port from. */
export interface PortSource {
  /**
   * The live port, as soon as there is one.
   *
   * Rejects with `RequestTimeoutError` when none came to life within `timeoutMs`, with the tree's own error when it gave up, and when
   * `signal` aborts.
   */
  acquire(options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<PortConnection>;
}
