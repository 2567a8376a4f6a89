import type { ActorContext, ActorInstance, Behaviour } from './behaviour.ts';
import type { Clock } from './clock.ts';
import { exitReasonOf, StartTimeoutError } from './errors.ts';
import { isThenable } from './is-thenable.ts';
import type { Process, StartOutcome } from './process.ts';

type Made = ActorInstance<unknown> | 'ignore';

interface Start<M, Input> {
  readonly behaviour: Behaviour<M, Input>;
  readonly input: Input;
  readonly startTimeoutMs?: number | undefined;
}

/**
 * Runs the `init` of a fresh process. The outcome is at hand at once unless `init` is asynchronous; then it also comes when the
 * process is killed meanwhile or `startTimeoutMs` is over, and an instance that arrives after that is killed.
 */
export function startProcess<M, Input>(
  process: Process,
  clock: Clock,
  context: ActorContext<M>,
  { behaviour, input, startTimeoutMs = Number.POSITIVE_INFINITY }: Start<M, Input>,
): StartOutcome | Promise<StartOutcome> {
  try {
    const made = behaviour.init(context, input);
    return isThenable(made) ? startLater(process, clock, made, startTimeoutMs) : settle(process, made);
  } catch (error) {
    return process.startFailed(exitReasonOf(error));
  }
}

function startLater(
  process: Process,
  clock: Clock,
  making: PromiseLike<Made>,
  startTimeoutMs: number,
): Promise<StartOutcome> {
  return new Promise((resolve) => {
    const timer = Number.isFinite(startTimeoutMs)
      ? clock.setTimer(startTimeoutMs, () => {
          process.startFailed({ error: new StartTimeoutError(process.path, startTimeoutMs) });
        })
      : undefined;
    const finish = (outcome: StartOutcome) => {
      if (timer !== undefined) clock.cancelTimer(timer);
      resolve(outcome);
    };
    process.whenDead((reason) => finish({ error: reason }));
    making.then(
      (made) => finish(settle(process, made)),
      (error) => finish(process.startFailed(exitReasonOf(error))),
    );
  });
}

function settle(process: Process, made: Made): StartOutcome {
  return made === 'ignore' ? process.startIgnored() : process.started(made);
}
