import { setTimeout as delay } from 'node:timers/promises';
import type { TelemetryBus } from '../../src/telemetry/index.ts';
import type { PlannedKill } from './kill-plan.ts';

/** Kills the Codex process with SIGKILL, as planned, until it is told to stop. */
export class PortKiller implements AsyncDisposable {
  readonly #stopping = new AbortController();
  readonly #subscription: Disposable;
  #pid: number | null = null;
  #ready: (() => void) | null = null;
  #killing: Promise<void> = Promise.resolve();
  #kills = 0;
  #bursts = 0;

  constructor(telemetry: TelemetryBus) {
    this.#subscription = telemetry.subscribe(['port.ready', 'port.stop', 'port.exception'], (event) => {
      if (event.name === 'port.ready') this.#pid = event.pid;
      else if (event.pid === this.#pid) this.#pid = null;
      if (this.#pid !== null) this.#ready?.();
    });
  }

  /** Processes killed. */
  get kills(): number {
    return this.#kills;
  }

  /** How often processes were killed until the tree gave them up. */
  get bursts(): number {
    return this.#bursts;
  }

  start(plan: Iterator<PlannedKill, unknown>): void {
    this.#killing = this.#follow(plan).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw error;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#ready?.();
    await this.#killing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#subscription[Symbol.dispose]();
  }

  async #follow(plan: Iterator<PlannedKill, unknown>): Promise<void> {
    const { signal } = this.#stopping;
    for (let next = plan.next(); next.done !== true && !signal.aborted; next = plan.next()) {
      const { afterMs, deaths } = next.value;
      await delay(afterMs, undefined, { signal });
      if (deaths > 1) this.#bursts += 1;
      for (let death = 0; death < deaths && !signal.aborted; death += 1) await this.#killOne();
    }
  }

  async #killOne(): Promise<void> {
    while (this.#pid === null && !this.#stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#ready = resolve;
      });
    }
    const pid = this.#pid;
    this.#pid = null;
    if (pid === null || this.#stopping.signal.aborted) return;
    try {
      process.kill(pid, 'SIGKILL');
      this.#kills += 1;
    } catch {
      // It has just ended by itself.
    }
  }
}
