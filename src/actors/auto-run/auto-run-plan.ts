import type { AutoRunLimits } from '../../machines/auto-run-machine.ts';
import type { RetryPolicy } from '../../machines/retry-policy.ts';
import type { ThreadEvent } from '../../protocol/exec-events.ts';
import type { Input } from '../../protocol/user-input.ts';
import type { TurnResult } from '../turn-collector.ts';
import type { TurnControl } from '../turn-sink.ts';
import type { AttemptInput } from './auto-run-inputs.ts';
import type { AutoRunProgress } from './auto-run-result.ts';

/** A turn that has not started. */
export interface PreparedTurn {
  /** Its message id. */
  readonly id: string;
  readonly control: TurnControl;
}

/** What an auto-run is to do, checked. */
export interface AutoRunPlan {
  /** What its first turn begins with. */
  readonly input: Input;
  readonly limits: AutoRunLimits;
  readonly retries: RetryPolicy;
  /** Makes a turn of the thread, not started yet. It throws for an input that cannot be. */
  readonly turn: (next: AttemptInput) => PreparedTurn;
  readonly until: (result: TurnResult, progress: AutoRunProgress) => unknown;
  readonly continueWith: (result: TurnResult, progress: AutoRunProgress) => unknown;
  readonly onEvent: (event: ThreadEvent) => unknown;
  readonly signal: AbortSignal | undefined;
}
