/** What a port counts, since its process started. */
export interface PortCounters {
  readonly requestsInFlight: number;
  readonly requestsQueued: number;
  /** Responses that came after their request had been given up. */
  readonly lateResponses: number;
  /** Responses with an id that was never sent. */
  readonly unknownResponses: number;
  /** Lines that were no message, each of them skipped. */
  readonly skippedLines: number;
  /** Notifications that reached nobody: too many were parked, or their thread had detached. */
  readonly droppedNotifications: number;
  /** Server requests that wait for an answer. */
  readonly openServerRequests: number;
  readonly attachedThreads: number;
  /** Messages that a thread's route threw on. */
  readonly routeFailures: number;
  readonly stderrBytes: number;
}
