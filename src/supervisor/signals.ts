import type { ExitMessage, Pid } from './behaviour.ts';
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

/** A message of the runtime itself. What the behaviour is handed is not the signal, so that it can be sent on like any other message. */
export class MessageSignal<Message = unknown> extends Signal {
  readonly message: Message;

  constructor(message: Message) {
    super();
    this.message = message;
  }
}

/** An exit signal that its receiver traps, as the receiver sees it; a class so that a supervisor knows it from what others send. */
export class TrappedExit implements ExitMessage {
  readonly type = 'exit';
  readonly from: Pid | undefined;
  readonly reason: DownReason;

  constructor(from: Pid | undefined, reason: DownReason) {
    this.from = from;
    this.reason = reason;
  }
}
