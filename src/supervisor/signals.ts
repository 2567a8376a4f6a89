import type { DownMessage, ExitMessage, MonitorRef, Pid } from './behaviour.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';
import type { OpenCall } from './open-calls.ts';

/**
 * What the runtime itself puts into a mailbox, told apart from plain messages by its class. A signal is never dropped for
 * want of room; `dropped` withdraws one that is already queued.
 */
export class Signal {
  dropped = false;
}

/** A request that came by `call`. */
export class CallSignal extends Signal {
  readonly request: unknown;
  readonly pending: OpenCall;

  constructor(request: unknown, pending: OpenCall) {
    super();
    this.request = request;
    this.pending = pending;
  }
}

/** The wish that the actor ends in good order. */
export class StopSignal extends Signal {
  readonly reason: ExitReason;

  constructor(reason: ExitReason) {
    super();
    this.reason = reason;
  }
}

/** The end of a monitored actor. */
export class DownSignal extends Signal implements DownMessage {
  readonly type = 'down';
  readonly monitor: MonitorRef;
  readonly path: string;
  readonly reason: DownReason;

  constructor(monitor: MonitorRef, reason: DownReason) {
    super();
    this.monitor = monitor;
    this.path = monitor.path;
    this.reason = reason;
  }
}

/** An exit signal that its receiver traps. */
export class ExitSignal extends Signal implements ExitMessage {
  readonly type = 'exit';
  readonly from: Pid | undefined;
  readonly reason: DownReason;

  constructor(from: Pid | undefined, reason: DownReason) {
    super();
    this.from = from;
    this.reason = reason;
  }
}
