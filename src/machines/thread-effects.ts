import type { Input } from '../protocol/user-input.ts';
import type { ReplyTo, Request } from '../supervisor/behaviour.ts';
import type { DownReason } from '../supervisor/exit-reason.ts';
import type { ReconciliationVerdict, TurnEffects, TurnEvent, TurnOutcome } from './turn-machine.ts';

/** Why a turn that waited in the queue was never submitted. */
export type DropReason =
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'queue_full' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'not_opened'; readonly error: Error };

/** What came of an attempt to steer. */
export type SteerResult =
  /** Codex gives the input to the running turn as soon as the model can take it. */
  | { readonly kind: 'accepted'; readonly turnId: string }
  /** No turn runs that could take it; nothing was sent. */
  | { readonly kind: 'no_active_turn' };

/** Further input for the running turn; to be sent by `call`. */
export interface SteerRequest extends Request<SteerResult> {
  readonly type: 'turn.steer';
  readonly input: Input;
  readonly replyTo?: ReplyTo<SteerResult>;
}

/** What the chart asks of the world. Each call returns at once; answers come back as events. None may throw. */
export interface ThreadEffects extends TurnEffects {
  /** Called first, with the chart to be answered and watched. */
  connect(chart: RunningThreadChart): void;
  /** Starts or resumes the Codex thread on a live port; answered by `thread.opened` or `thread.openFailed`. */
  open(): void;
  /** Resumes it on the port's next incarnation and reads what became of the turn; answered by `thread.recovered` or `thread.openFailed`. */
  recover(messageId: string): void;
  /** Gives up the present connection at once, without a word to Codex; `reason` is why its port is gone, where it is. */
  detach(reason?: DownReason): void;
  /** Lets go of the Codex thread in good order; answered by `thread.released`. */
  release(): void;
  /** Tells the caller of a turn that was never submitted. Called exactly once for each of them, and never for others. */
  drop(messageId: string, reason: DropReason): void;
  /** Gives the running turn further input and answers the caller; `turnId` is null when no turn can take it. */
  steer(turnId: string | null, request: SteerRequest): void;
  /** What a running turn is told when the thread is closed before it could end. */
  closedError(): Error;
}

/** A running chart, as its effects see it. */
export interface RunningThreadChart {
  /** Gives it the answer to an effect, also while its actor is being stopped. A chart that has ended drops it. */
  answer(event: ThreadEvent): void;
  /** Calls `changed` after each transition, until it ends; `status` tells where it stands, for those who want to know. */
  watch(changed: (status: () => ThreadStatus) => void): void;
}

/** Where a thread stands, for those who look from outside. */
export interface ThreadStatus {
  readonly value: ThreadState;
  readonly tags: ReadonlySet<ThreadTag>;
  readonly threadId: string | null;
  /** Turns that wait behind the running one. */
  readonly queueLength: number;
  /** Codex's id of the running turn; null while there is none, or it has no id yet. */
  readonly turnId: string | null;
  /** How many times the thread lost its process in the middle of a turn and came back. */
  readonly recoveries: number;
}

/** Where a thread is in its life: the states of `threadMachine`. */
export type ThreadState =
  | 'idle'
  | 'opening'
  | 'ready'
  | 'running'
  | 'recovering'
  | 'expiring'
  | 'closing'
  | 'closed';
/** The same in fewer words, for callers: `snapshot.hasTag('busy')`. */
export type ThreadTag = 'idle' | 'busy' | 'recovering' | 'closing' | 'closed';

/** Bounds of one thread, in milliseconds and counts. */
export interface ThreadLimits {
  /** Turns that may wait behind the running one. */
  readonly queueLengthMax: number;
  /** How often a turn that never ran is submitted, crashes included. */
  readonly submissionsMax: number;
  readonly interruptTimeoutMs: number;
  /** An unused thread lets go of its Codex thread after this time; the next turn resumes it. */
  readonly idleTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

/** What `threadMachine` is started with. */
export interface ThreadInput {
  readonly effects: ThreadEffects;
  readonly limits: ThreadLimits;
  /** Null for a thread that Codex has yet to start. */
  readonly threadId: string | null;
}

/** What `threadMachine` knows: ids and counts, no prompts. */
export interface ThreadContext extends ThreadInput {
  /** Message ids of the turns that wait, oldest first. The turns themselves are with the effects: a snapshot holds no prompts. */
  readonly queue: readonly string[];
  /** The running turn's message id, and Codex's id of it once it is known. */
  readonly messageId: string | null;
  readonly turnId: string | null;
  /** How many times the thread lost its port and came back. */
  readonly recoveries: number;
}

/** What `threadMachine` takes: from callers, from its effects, and from its turn. */
export type ThreadEvent =
  | { readonly type: 'turn.run'; readonly messageId: string }
  /** Without a `messageId` it means the running turn. */
  | { readonly type: 'turn.interrupt'; readonly messageId?: string }
  | SteerRequest
  /** The turns that wait are to run in this order; those it does not name come last. */
  | { readonly type: 'queue.reorder'; readonly messageIds: readonly string[] }
  | { readonly type: 'thread.close' }
  | { readonly type: 'thread.opened'; readonly threadId: string }
  | { readonly type: 'thread.openFailed'; readonly error: Error }
  | {
      readonly type: 'thread.recovered';
      readonly threadId: string;
      readonly verdict: ReconciliationVerdict;
    }
  | { readonly type: 'thread.unloaded' }
  | { readonly type: 'thread.released' }
  /** From the monitor of the port that the thread is attached to. */
  | { readonly type: 'down'; readonly reason: DownReason }
  /** Whether a turn was started is unknown, since Codex did not answer in time. */
  | { readonly type: 'port.unresponsive' }
  | Extract<TurnEvent, { type: 'turn.accepted' | 'turn.refused' | 'turn.ended' | 'turn.retry' }>
  | { readonly type: 'xstate.done.actor.turn'; readonly output: TurnOutcome };

/** What is left of a closed thread: the id to resume it by, null when Codex never started it. */
export interface ThreadOutput {
  readonly threadId: string | null;
}
