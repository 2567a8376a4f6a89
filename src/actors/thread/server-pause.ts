import type { Clock, TimerHandle } from '../../supervisor/clock.ts';

/** Milliseconds after which Codex itself takes a model for gone that has not said a word. */
export const streamIdleTimeoutMs = 300_000;

/**
 * Bounds a pause that Codex makes because the model's server asked for it (HTTP 429 with `retry-after`). Codex tells neither how long it
 * waits nor when it asks again, and obeys any time, a day too. The next that is heard of the turn ends the wait.
 */
export class ServerPause {
  readonly #clock: Clock;
  readonly #tooLong: () => void;
  #timer: TimerHandle | null = null;

  constructor(clock: Clock, tooLong: () => void) {
    this.#clock = clock;
    this.#tooLong = tooLong;
  }

  /** @param waitMsMax How long the server may ask to wait; the model then has its time to answer. */
  begin(waitMsMax: number): void {
    this.end();
    this.#timer = this.#clock.setTimer(waitMsMax + streamIdleTimeoutMs, () => {
      this.#timer = null;
      this.#tooLong();
    });
  }

  /** Takes the method of a notification of the turn. */
  heard(method: string): void {
    if (this.#timer === null) return;
    if (method === 'error' || method.startsWith('item/') || method.startsWith('turn/')) this.end();
  }

  end(): void {
    if (this.#timer !== null) this.#clock.cancelTimer(this.#timer);
    this.#timer = null;
  }
}
