import type { ChildSpec, SupervisorFlags } from './checked-spec.ts';
import type { ChildRecord } from './child-record.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Steps } from './supervisor-effects.ts';

/** Whether a supervisor goes on, or gives up: stops its children and ends with `shutdown`. */
export type Continuation = 'continue' | 'give_up';

export const CONTINUE: Continuation = 'continue';
export const GIVE_UP: Continuation = 'give_up';

/** Whether a supervisor's first children are up, or why not. */
export type InitResult = { readonly ok: true } | { readonly ok: false; readonly reason: ExitReason };

/** Result of starting one child. `pid` is undefined when the child declined to run. */
export type ChildStart<Process> =
  | { readonly ok: true; readonly pid: Process | undefined }
  | { readonly ok: false; readonly error: 'already_started'; readonly pid: Process }
  | { readonly ok: false; readonly error: 'already_present' | 'max_children' }
  | { readonly ok: false; readonly error: 'start_error'; readonly reason: ExitReason };

/** A child to start: its spec, or under a template its input. */
export type ChildToStart = { readonly spec: ChildSpec } | { readonly input: unknown };

/** Result of stopping one child, see `terminateChild`. */
export type TerminateChildResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: 'not_found' | 'simple_one_for_one' };

/** Result of starting a child at rest, see `restartChild`. */
export type RestartChildResult<Process> =
  | { readonly ok: true; readonly pid: Process | undefined }
  | { readonly ok: false; readonly error: 'running' | 'restarting' | 'not_found' | 'simple_one_for_one' }
  | { readonly ok: false; readonly error: 'start_error'; readonly reason: ExitReason };

/** Result of forgetting a child at rest, see `deleteChild`. */
export type DeleteChildResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: 'running' | 'restarting' | 'not_found' | 'simple_one_for_one' };

/** Result of `getChildSpec`. */
export type GetChildSpecResult =
  | { readonly ok: true; readonly spec: ChildSpec }
  | { readonly ok: false; readonly error: 'not_found' };

/** One row of `whichChildren`. `id` is undefined for dynamic children. */
export interface ChildSummary<Process> {
  readonly id: string | undefined;
  readonly pid: Process | 'restarting' | undefined;
  readonly type: 'worker' | 'supervisor';
}

/** How many children there are; `active` have a live process, `supervisors` and `workers` count all specs by type. */
export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/**
 * The algorithm of one supervisor, free of time, processes and promises. Generators yield effects and are sent their answers;
 * plain methods only look things up.
 */
export interface Supervision<Process extends object> {
  /** Starts what the flags list; absent when they list nothing. When it fails, everything already started has been stopped again. */
  init?(): Steps<Process, InitResult>;
  /** A process ended by itself. Unknown processes are ignored. */
  exited(process: Process, reason: ExitReason, now: number): Steps<Process, Continuation>;
  /** The message behind a `retry` effect has come up. */
  retry(child: ChildRecord<Process>, now: number): Steps<Process, Continuation>;
  /** Stops every child, as the last thing. */
  stop(): Steps<Process, void>;
  /** The spec of a child to start. @throws InvalidOptionError when this supervisor cannot start it. */
  specOf(child: ChildToStart): ChildSpec;
  startChild(spec: ChildSpec): Steps<Process, ChildStart<Process>>;
  terminateChild(target: string | Process): Steps<Process, TerminateChildResult>;
  /** Absent, like `deleteChild`, where children have no id. */
  restartChild?(id: string): Steps<Process, RestartChildResult<Process>>;
  deleteChild?(id: string): DeleteChildResult;
  getChildSpec(target: string | Process): GetChildSpecResult;
  whichChildren(): readonly ChildSummary<Process>[];
  countChildren(): ChildCounts;
  /** Takes new flags and specs while children run (`code_change`). @throws InvalidOptionError when they cannot be. */
  update(flags: SupervisorFlags): void;
}
