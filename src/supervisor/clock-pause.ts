import type { Clock } from './clock.ts';

/** Resolves after `delayMs` on a clock, without holding the event loop; rejects with the signal's reason as soon as that is aborted. */
export function pauseOn(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clock.cancelTimer(timer);
      reject(signal?.reason);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
