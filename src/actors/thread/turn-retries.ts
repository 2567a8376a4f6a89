import type { ThreadEvent } from '../../machines/thread-machine.ts';
import { noteTries } from '../../protocol/errors/turn-errors.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import { codexRetryIn, type TurnRetry } from '../turn-retry.ts';
import type { RetryLedger } from './retry-ledger.ts';
import type { RunningTurn, TurnEnd } from './running-turn.ts';
import type { ThreadTelemetry } from './thread-telemetry.ts';

/** Decides whether a failed turn is tried again, and tells of each retry: of ours, and of those that Codex makes by itself. */
export class TurnRetries {
  readonly #ledger: RetryLedger | null;
  readonly #telemetry: ThreadTelemetry;

  /** @param ledger Null where the runtime tries nothing again. */
  constructor(ledger: RetryLedger | null, telemetry: ThreadTelemetry) {
    this.#ledger = ledger;
    this.#telemetry = telemetry;
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
    if (running.isInterrupted || running.isTriedOnce) return ended;
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

  /** Takes a notification that may tell of a retry of Codex's own. */
  noticed(running: RunningTurn, { method, params }: PortNotification): void {
    if (method !== 'error') return;
    const retry = codexRetryIn(params, running.turnId);
    if (retry === undefined) return;
    running.retried(retry);
    this.#telemetry.turnRetried(retry, running.turnId);
  }
}
