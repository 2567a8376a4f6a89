import type { Clock } from '../../supervisor/clock.ts';
import { fileCancelled } from '../file-error.ts';

const firstDelayMs = 200;

/** The longest wait before a further try. */
export const retryDelayMsMax = 10_000;

/** Milliseconds to wait before try number `failures` in a row: 200, 400, 800… up to 10,000. */
export function retryDelayMs(failures: number): number {
  return Math.min(retryDelayMsMax, firstDelayMs * 2 ** (failures - 1));
}

/** Waits on the clock; rejects with `file_cancelled` when the signal is aborted. */
export function waitForRetry(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(fileCancelled(signal));
  return new Promise((resolve, reject) => {
    // Timers of a clock never keep a process alive; one that waits for its copy must not end in between.
    const hold = new MessageChannel().port1;
    hold.ref();
    const end = (): void => {
      hold.close();
      signal?.removeEventListener('abort', cancel);
    };
    const timer = clock.setTimer(delayMs, () => {
      end();
      resolve();
    });
    const cancel = (): void => {
      end();
      clock.cancelTimer(timer);
      if (signal !== undefined) reject(fileCancelled(signal));
    };
    signal?.addEventListener('abort', cancel, { once: true });
  });
}
