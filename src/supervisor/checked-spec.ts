import type { AnyActorLogic } from 'xstate';
import type { AutoShutdown } from './auto-shutdown.ts';
import type { Behaviour } from './behaviour.ts';
import type { ExitReason } from './exit-reason.ts';
import type { RestartType, Shutdown } from './restart-decision.ts';
import type { RestartLimit } from './restart-intensity.ts';

/** What a child runs, with its types forgotten: the spec that made it has checked that they fit. */
export type ChildSource =
  | { readonly kind: 'behaviour'; readonly behaviour: Behaviour<unknown, unknown>; readonly input: unknown }
  | {
      readonly kind: 'logic';
      readonly logic: AnyActorLogic;
      readonly input: unknown;
      readonly readyWhen: ((snapshot: unknown) => boolean) | undefined;
      readonly stopEvent: unknown;
      readonly exitReason: ((output: unknown) => ExitReason) | undefined;
    }
  | { readonly kind: 'supervisor'; readonly flags: SupervisorFlags };

/** One checked child spec. `M` is the union of messages the child takes. Made by `childSpec`. */
export interface ChildSpec<in M = never> {
  readonly id: string;
  readonly restart: RestartType;
  readonly shutdown: Shutdown;
  readonly significant: boolean;
  readonly type: 'worker' | 'supervisor';
  readonly mailboxCapacity: number | undefined;
  readonly trapExit: boolean;
  readonly startTimeoutMs: number | undefined;
  readonly source: ChildSource;
  readonly '~message'?: (message: M) => void;
}

/**
 * Which siblings restart with a crashed child: none, all, or those started after it.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/** Checked options of a supervisor with named children. */
export interface StaticFlags extends RestartLimit {
  readonly kind: 'static';
  readonly strategy: Strategy;
  readonly autoShutdown: AutoShutdown;
  readonly children: readonly ChildSpec[];
}

/** Checked options of a dynamic supervisor; `template` makes it OTP's `simple_one_for_one`. */
export interface DynamicFlags extends RestartLimit {
  readonly kind: 'dynamic';
  readonly autoShutdown: AutoShutdown;
  readonly maxChildren: number;
  readonly template: ChildSpec | undefined;
}

/** Checked options of any supervisor, as `supervisor`, `dynamicSupervisor` and their like return them. */
export type SupervisorFlags = StaticFlags | DynamicFlags;
