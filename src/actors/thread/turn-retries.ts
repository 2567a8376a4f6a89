import type { ThreadEvent } from '../../machines/thread-machine.ts';
import { noteTries, type TurnFailedError } from '../../protocol/errors/turn-errors.ts';
import type { Clock } from '../../supervisor/clock.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import { codexRetryIn, type TurnRetry } from '../turn-retry.ts';
import type { RetryLedger } from './retry-ledger.ts';
import type { RunningTurn, TurnEnd } from './running-turn.ts';
import { ServerPause } from './server-pause.ts';
import type { ThreadTelemetry } from './thread-telemetry.ts';

/** Decides whether a failed turn is tried again, and tells of each retry: of ours, and of those that Codex makes by itself. */
export class TurnRetries {
  readonly #ledger: RetryLedger | null;
  readonly #telemetry: ThreadTelemetry;
  readonly #pause: ServerPause;
  /** The turn that Codex waits with, and why. */
  #pausing: { readonly running: RunningTurn; readonly error: TurnFailedError } | null = null;

  /**
   * @param ledger Null where the runtime tries nothing again.
   * @param interrupt Asks for the end of the running turn.
   */
  constructor(
    ledger: RetryLedger | null,
    telemetry: ThreadTelemetry,
    clock: Clock,
    interrupt: (messageId: string) => void,
  ) {
    this.#ledger = ledger;
    this.#telemetry = telemetry;
    this.#pause = new ServerPause(clock, () => {
      if (this.#pausing === null) return;
      const { running, error } = this.#pausing;
      noteTries(error, 1, 'retry_after_too_long');
      running.giveUp(error);
      interrupt(running.messageId);
    });
  }

  /** Whether a failed turn may be tried again. */
  get isOn(): boolean {
    return this.#ledger !== null;
  }

  /** What the chart is told of a turn that Codex has ended. */
  ended(running: RunningTurn, { turnId, status }: TurnEnd): ThreadEvent {
    const { messageId, failure } = running;
    const ended: ThreadEvent = { type: 'turn.ended', messageId, turnId, status };
    if (failure === null || this.#ledger === null) return ended;
    if (running.isInterrupted || running.isTriedOnce || !running.isInputTaken) return ended;
    const plan = this.#ledger.failed(messageId, failure, running.gotAhead);
    if (!plan.retry) {
      noteTries(failure, this.#ledger.tries, plan.because);
      return ended;
    }
    const { attempt, delayMs } = plan;
    const { maxAttempts } = this.#ledger.rules.policy;
    const retry: TurnRetry = { by: 'runtime', attempt, attemptsMax: maxAttempts, delayMs, error: failure };
    running.retry(retry);
    this.#telemetry.turnRetried(retry, turnId);
    return { type: 'turn.retry', messageId, turnId, delayMs };
  }

  /** Takes a notification of the running turn; it may tell of a retry of Codex's own. */
  noticed(running: RunningTurn, { method, params }: PortNotification): void {
    this.#pause.heard(method);
    if (method !== 'error') return;
    const retry = codexRetryIn(params, running.turnId);
    if (retry === undefined) return;
    running.retried(retry);
    this.#telemetry.turnRetried(retry, running.turnId);
    const { error } = retry;
    if (this.#ledger === null || error.httpStatusCode !== 429) return;
    this.#pausing = { running, error };
    this.#pause.begin(this.#ledger.rules.policy.retryAfterMaxMs);
  }

  /** Nothing of the turn runs any more, or its port is gone. */
  over(): void {
    this.#pause.end();
  }
}
