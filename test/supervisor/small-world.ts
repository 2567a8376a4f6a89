import type { ActorContext, ActorInstance, Behaviour, ReplyTo } from '../../src/supervisor/behaviour.ts';
import type { DownReason } from '../../src/supervisor/exit-reason.ts';
import type { Process } from '../../src/supervisor/process.ts';
import type { ProcessReport } from '../../src/supervisor/process-report.ts';
import { Runtime, type RuntimeOptions, type SpawnRequest } from '../../src/supervisor/runtime.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

type Receive = (
  message: unknown,
  replyTo: ReplyTo | undefined,
  context: ActorContext<unknown>,
) => void | Promise<void>;

/** A behaviour that is one function, with the hooks that a test wants to see. */
export function actor(
  receive: Receive = () => {},
  hooks: Omit<ActorInstance<unknown>, 'receive'> = {},
): Behaviour<unknown> {
  return {
    init: (context) => ({ receive: (message, replyTo) => receive(message, replyTo, context), ...hooks }),
  };
}

/** An actor that keeps what it is sent. */
export function recorder(): { readonly behaviour: Behaviour<unknown>; readonly seen: unknown[] } {
  const seen: unknown[] = [];
  return { behaviour: actor((message) => void seen.push(message)), seen };
}

/** An actor that answers every call with what it was asked. */
export const echo = actor((message, replyTo) => replyTo?.reply(message));

/** An actor that throws what it is sent. */
export const thrower = actor((message) => {
  throw message;
});

/** A runtime under a clock that the test moves. */
export class SmallWorld {
  readonly clock = new SimulatedClock();
  readonly reports: ProcessReport[] = [];
  readonly runtime: Runtime;

  constructor(options: Partial<RuntimeOptions> = {}) {
    this.runtime = new Runtime({
      name: 'app',
      clock: this.clock,
      onReport: (report) => this.reports.push(report),
      ...options,
    });
  }

  /** Starts an actor that must start at once. */
  start(
    path: string,
    behaviour: Behaviour<unknown>,
    options: Partial<SpawnRequest<unknown, undefined>> = {},
  ): Process {
    const outcome = this.runtime.spawn({ path, behaviour, input: undefined, ...options });
    if (typeof outcome === 'object' && 'ok' in outcome) return outcome.ok;
    throw new Error(`${path} did not start at once`);
  }

  /** Runs what is queued until everything rests. */
  settle(): Promise<void> {
    return this.clock.settle();
  }
}

/** The reason a process ended with, once it has ended. */
export function endOf(process: Process): { reason: DownReason | undefined } {
  const end: { reason: DownReason | undefined } = { reason: undefined };
  process.whenDead((reason) => {
    end.reason = reason;
  });
  return end;
}

/** A promise that the test settles. */
export function deferred(): {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
} {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
