import type { Clock, TimerHandle } from './clock.ts';
import type { DownReason } from './exit-reason.ts';
import { claimExit } from './kinship.ts';
import type { Process } from './process.ts';
import type { StopOrder } from './supervisor-effects.ts';

/**
 * Stops children, all at once: asks each with `shutdown`, waits its time, then kills it; `brutal_kill` kills at once.
 *
 * Gives how each ended, in the same order; at once, without a promise, when all ended at once. The exit of a child that died
 * before is taken out of the supervisor's mailbox, so that it causes no restart. Children with the same time share one timer.
 *
 * Source: `shutdown/1` and `terminate_dynamic_children/1` of OTP's supervisor.
 */
export function stopProcesses(
  orders: readonly StopOrder<Process>[],
  clock: Clock,
): readonly DownReason[] | Promise<readonly DownReason[]> {
  return new Stop(orders, clock).run();
}

class Stop {
  readonly #orders: readonly StopOrder<Process>[];
  readonly #clock: Clock;
  readonly #reasons: DownReason[] = [];
  readonly #timers: TimerHandle[] = [];
  #pending: number;
  #whenAllEnded: ((reasons: readonly DownReason[]) => void) | undefined = undefined;

  constructor(orders: readonly StopOrder<Process>[], clock: Clock) {
    this.#orders = orders;
    this.#clock = clock;
    this.#pending = orders.length;
  }

  run(): readonly DownReason[] | Promise<readonly DownReason[]> {
    for (const [index, { process }] of this.#orders.entries()) {
      claimExit(process, (reason) => this.#ended(index, reason));
    }
    for (const { process, shutdown } of this.#orders) {
      if (shutdown === 'brutal_kill') process.abandon('killed');
      else process.requestStop('shutdown');
    }
    if (this.#pending === 0) return this.#reasons;
    for (const shutdownMs of this.#times()) {
      this.#timers.push(this.#clock.setTimer(shutdownMs, () => this.#kill(shutdownMs)));
    }
    return new Promise((resolve) => {
      this.#whenAllEnded = resolve;
    });
  }

  #times(): Set<number> {
    const times = new Set<number>();
    for (const { process, shutdown } of this.#orders) {
      if (typeof shutdown === 'number' && !process.isDead) times.add(shutdown);
    }
    return times;
  }

  #kill(shutdownMs: number): void {
    for (const { process, shutdown } of this.#orders) {
      if (shutdown === shutdownMs) process.abandon('killed');
    }
  }

  #ended(index: number, reason: DownReason): void {
    this.#reasons[index] = reason;
    this.#pending -= 1;
    if (this.#pending > 0 || this.#whenAllEnded === undefined) return;
    for (const timer of this.#timers) this.#clock.cancelTimer(timer);
    this.#whenAllEnded(this.#reasons);
  }
}
