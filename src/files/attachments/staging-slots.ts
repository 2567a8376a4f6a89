import { QueueFullError } from '../../protocol/errors/call-errors.ts';
import { fileCancelled } from '../file-error.ts';

/** Files that a store stages at one time. */
const stagingMax = 16;

/** Stagings that wait for their turn. */
const waitingMax = 10_000;

interface Waiting {
  readonly begin: () => void;
}

/** Lets so many stagings run at once, and others wait in order, so that open files and copies on the disk stay few. */
export class StagingSlots {
  #running = 0;
  /** In order of arrival. */
  readonly #waiting = new Set<Waiting>();

  /** Waits for a turn. Fails with `QueueFullError`, or with `file_cancelled` when the signal aborts first. The turn must be given back by `leave`. */
  async enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw fileCancelled(signal);
    if (this.#running < stagingMax) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.size >= waitingMax) throw new QueueFullError('files to be staged', waitingMax);
    await this.#wait(signal);
  }

  /** Gives the turn to the next. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        if (this.#waiting.delete(waiting) && signal !== undefined) reject(fileCancelled(signal));
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiting);
    });
  }
}
