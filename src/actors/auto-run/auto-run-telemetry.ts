import type { AttemptNumber, AutoRunOutcome } from '../../machines/auto-run-machine.ts';
import type { Span } from '../../telemetry/span.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { AutoRunAttempt, AutoRunProgress } from './auto-run-result.ts';

/** Publishes what one auto-run does: itself as a span, its attempts and pauses as points in it. */
export class AutoRunTelemetry {
  readonly #bus: TelemetryBus | undefined;
  readonly #fields: () => { readonly path: string; readonly threadId: string | null };
  #span: Span | undefined = undefined;

  constructor(bus: TelemetryBus | undefined, path: string, threadId: () => string | null) {
    this.#bus = bus;
    this.#fields = () => ({ path, threadId: threadId() });
  }

  started(): void {
    const span = this.#bus?.span();
    this.#span = span;
    if (span !== undefined)
      this.#bus?.publish('auto_run.start', () => ({ ...span.opened(), ...this.#fields() }));
  }

  attempted({ turn, attempt, status, error, usage, latency }: AutoRunAttempt): void {
    const bus = this.#bus;
    bus?.publish('auto_run.attempt', () => ({
      ...this.#fields(),
      turn,
      attempt,
      status,
      durationMs: latency.totalMs,
      usage,
      ...(error === null ? {} : { error: bus.error(error) }),
    }));
  }

  pausing(number: AttemptNumber, error: Error, delayMs: number): void {
    const bus = this.#bus;
    bus?.publish('auto_run.retry', () => ({
      ...this.#fields(),
      ...number,
      error: bus.error(error),
      delayMs,
    }));
  }

  /** Does nothing for a run that never started, or has been told of. */
  ended(outcome: AutoRunOutcome, { turns, attempts, usage }: AutoRunProgress): void {
    const [bus, span] = [this.#bus, this.#span];
    this.#span = undefined;
    if (bus === undefined || span === undefined) return;
    const end = { turnCount: turns, attemptCount: attempts.length, usage };
    if (outcome.status === 'failed') {
      const { error } = outcome;
      bus.publish('auto_run.exception', () => ({
        ...span.closed(),
        ...this.#fields(),
        ...end,
        error: bus.error(error),
      }));
      return;
    }
    const { status } = outcome;
    const limit = outcome.status === 'exhausted' ? { limit: outcome.limit } : {};
    bus.publish('auto_run.stop', () => ({
      ...span.closed(),
      ...this.#fields(),
      ...end,
      outcome: status,
      ...limit,
    }));
  }
}
