import type { Clock } from '../../supervisor/clock.ts';
import { pauseOn } from '../../supervisor/clock-pause.ts';
import { holdEventLoop } from '../../supervisor/event-loop.ts';
import { fileCancelled } from '../file-error.ts';

const firstDelayMs = 200;

/** The longest wait before a further try. */
export const retryDelayMsMax = 10_000;

/** Milliseconds to wait before try number `failures` in a row: 200, 400, 800… up to 10,000. */
export function retryDelayMs(failures: number): number {
  return Math.min(retryDelayMsMax, firstDelayMs * 2 ** (failures - 1));
}

/** Waits on the clock, and keeps the program alive meanwhile; rejects with `file_cancelled` when the signal is aborted. */
export async function waitForRetry(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await holdEventLoop(pauseOn(clock, delayMs, signal));
  } catch (error) {
    throw signal === undefined ? error : fileCancelled(signal);
  }
}
