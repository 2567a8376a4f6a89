import type { Clock } from '../../supervisor/clock.ts';

/** Settles as `work` does, or rejects with `late()` once `timeoutMs` have passed on the clock; the work itself goes on. */
export function boundedWait<Result>(
  work: Promise<Result>,
  { clock, timeoutMs, late }: { readonly clock: Clock; readonly timeoutMs: number; late(): Error },
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => reject(late()));
    work.finally(() => clock.cancelTimer(timer)).then(resolve, reject);
  });
}
