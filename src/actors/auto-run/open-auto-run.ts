import type { AutoRunOutcome } from '../../machines/auto-run-machine.ts';
import type { Clock } from '../../supervisor/clock.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { LiveTransportThread } from '../turn-transport.ts';
import type { AutoRunPlan } from './auto-run-plan.ts';
import { AutoRunRecord } from './auto-run-record.ts';
import type { AutoRunResult } from './auto-run-result.ts';
import { AutoRunTelemetry } from './auto-run-telemetry.ts';

/** What of a thread an auto-run uses besides its turns. */
export type AutoRunThread = Pick<LiveTransportThread, 'id' | 'closed' | 'watch'>;

/** An auto-run that somebody waits for: what outlives its actor. It is settled once, whoever settles it. */
export class OpenAutoRun {
  /** Name of its actor below `auto-runs`. */
  readonly key: string;
  readonly thread: AutoRunThread;
  readonly plan: AutoRunPlan;
  readonly record: AutoRunRecord;
  readonly telemetry: AutoRunTelemetry;
  readonly #settled: (result: AutoRunResult) => void;
  #isSettled = false;

  constructor(
    key: string,
    run: {
      readonly thread: AutoRunThread;
      readonly plan: AutoRunPlan;
      readonly path: string;
      readonly clock: Clock;
      readonly telemetry: TelemetryBus | undefined;
    },
    settled: (result: AutoRunResult) => void,
  ) {
    const { thread, plan, path, clock, telemetry } = run;
    this.key = key;
    this.thread = thread;
    this.plan = plan;
    this.record = new AutoRunRecord(clock);
    this.telemetry = new AutoRunTelemetry(telemetry, path, () => thread.id);
    this.#settled = settled;
  }

  /** Tells the caller. Only the first outcome counts. */
  settle(outcome: AutoRunOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.telemetry.ended(outcome, this.record.progress());
    this.#settled(this.record.result(outcome, this.thread.id));
  }
}
