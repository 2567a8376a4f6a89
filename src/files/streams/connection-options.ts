import type { OptionNames } from '../../protocol/option-names.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { checkMilliseconds } from '../../supervisor/invalid-option.ts';
import { systemClock } from '../../supervisor/system-clock.ts';
import { requestTimeoutMsDefault } from './request-connection.ts';

/** What the client of a remote may be told. */
export interface ConnectionOptions {
  /** Milliseconds until a request without an answer fails with `file_request_timeout`. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Default: real time. */
  readonly clock?: Clock;
}

/** Every option of `connectFiles`. */
export const connectionOptionNames = {
  requestTimeoutMs: 'own',
  clock: 'own',
} as const satisfies OptionNames<ConnectionOptions>;

/** The options with their defaults. */
export function connectionOptions(options: ConnectionOptions): Required<ConnectionOptions> {
  const { requestTimeoutMs = requestTimeoutMsDefault, clock = systemClock } = options;
  checkMilliseconds('requestTimeoutMs', requestTimeoutMs, 1);
  return { requestTimeoutMs, clock };
}
