import type { AnyActorLogic, EventFromLogic, InputFrom, OutputFrom, SnapshotFrom } from 'xstate';
import type { ActorContext, Behaviour } from './behaviour.ts';
import type { ChildSource, ChildSpec, SupervisorFlags } from './checked-spec.ts';
import type { ExitReason } from './exit-reason.ts';
import {
  checkFunction,
  checkMilliseconds,
  checkObject,
  checkOneOf,
  checkWhole,
  InvalidOptionError,
} from './invalid-option.ts';
import type { RestartType, Shutdown } from './restart-decision.ts';
import type { SupervisorOptions } from './supervisor-flags.ts';
import { checkFlags, supervisor } from './supervisor-flags.ts';
import type { SupervisorMessage } from './supervisor-messages.ts';

/** What every child spec may say. Each field: its meaning, then its default. */
export interface ChildOptions {
  /** Name of the child among its siblings and last part of its path; without `/`. */
  readonly id: string;
  /** When the child is started again after it ended by itself. Defaults to `permanent`. */
  readonly restart?: RestartType;
  /**
   * How the child is stopped: milliseconds to wait for it before it is killed, `infinity`, or `brutal_kill`. Defaults to 5,000,
   * for supervisors to `infinity`.
   */
  readonly shutdown?: Shutdown;
  /** Whether the child's own end may end its supervisor, see `autoShutdown`. Not with `permanent`. Defaults to false. */
  readonly significant?: boolean;
  /** What `countChildren` counts it as. Defaults to what it is. */
  readonly type?: 'worker' | 'supervisor';
  /** Messages that wait for the child at most, the newest beyond are dropped. Defaults to the runtime's limit. */
  readonly mailboxCapacity?: number;
  /** Whether exits of linked actors arrive as messages instead of ending the child. Defaults to false. */
  readonly trapExit?: boolean;
  /** Milliseconds the start may take; more is a start error. Defaults to no limit, as in OTP. */
  readonly startTimeoutMs?: number;
}

/** A child that is plain code. */
export interface BehaviourChildOptions<M, Input> extends ChildOptions {
  readonly actor: Behaviour<M, Input>;
  /** Given to `init` of each incarnation: a value, or a function of the child's context. Defaults to undefined. */
  readonly input?: Input | ((context: ActorContext<M>) => Input);
}

/** A child that is XState logic of any kind: machine, transition, callback, promise, observable. */
export interface LogicChildOptions<Logic extends AnyActorLogic> extends ChildOptions {
  readonly actor: Logic;
  /** Input of each incarnation: a value, or a function of the child's context. Defaults to undefined. */
  readonly input?: InputFrom<Logic> | ((context: ActorContext<EventFromLogic<Logic>>) => InputFrom<Logic>);
  /** The child counts as started when its snapshot satisfies this. Defaults to at once. */
  readonly readyWhen?: (snapshot: SnapshotFrom<Logic>) => boolean;
  /** Sent to ask the child to stop; it then ends by reaching a final state. Defaults to none: it is stopped at once. */
  readonly stopEvent?: EventFromLogic<Logic>;
  /** Names the exit reason of a clean end. Defaults to `normal`. */
  readonly exitReason?: (output: OutputFrom<Logic>) => ExitReason;
}

/** A child that is a supervisor. */
export interface SupervisorChildOptions extends Omit<ChildOptions, 'type' | 'mailboxCapacity' | 'trapExit'> {
  /** A supervisor with named children, or what `dynamicSupervisor` and its like return. */
  readonly supervisor: SupervisorOptions | SupervisorFlags;
}

const restarts = ['permanent', 'transient', 'temporary'];
const shutdownMsDefault = 5_000;
/** What a supervisor's own spec cannot say. */
const workerDefaults: Pick<ChildOptions, 'mailboxCapacity' | 'trapExit'> = {};

/**
 * Describes a child of a supervisor: what it runs, when it is restarted, how it is stopped.
 *
 * @throws InvalidOptionError for the first wrong field, in OTP's order: id, actor, restart, significant, type, shutdown.
 * @example childSpec({ id: 'store', actor: storeMachine, restart: 'transient', shutdown: 1_000 })
 */
export function childSpec<M, Input>(options: BehaviourChildOptions<M, Input>): ChildSpec<M>;
export function childSpec<Logic extends AnyActorLogic>(
  options: LogicChildOptions<Logic>,
): ChildSpec<EventFromLogic<Logic>>;
export function childSpec(options: SupervisorChildOptions): ChildSpec<SupervisorMessage>;
export function childSpec(
  options:
    | BehaviourChildOptions<unknown, unknown>
    | LogicChildOptions<AnyActorLogic>
    | SupervisorChildOptions,
): ChildSpec {
  checkObject('options', options, 'an object such as { id, actor }');
  checkId(options.id);
  const source = sourceOf(options);
  const { restart = 'permanent', significant = false } = options;
  const kind = source.kind === 'supervisor' ? 'supervisor' : 'worker';
  const type = ('type' in options ? options.type : undefined) ?? kind;
  const shutdown = options.shutdown ?? (type === 'supervisor' ? 'infinity' : shutdownMsDefault);
  checkOneOf('restart', restart, restarts);
  checkSignificance(significant, restart);
  checkOneOf('type', type, ['worker', 'supervisor']);
  checkShutdown(shutdown);
  const { mailboxCapacity, trapExit = false } = 'supervisor' in options ? workerDefaults : options;
  const { id, startTimeoutMs } = options;
  if (typeof trapExit !== 'boolean') throw new InvalidOptionError('trapExit', trapExit, 'true or false');
  if (mailboxCapacity !== undefined) checkWhole('mailboxCapacity', mailboxCapacity, 1);
  if (startTimeoutMs !== undefined) checkMilliseconds('startTimeoutMs', startTimeoutMs, 0);
  return { id, restart, shutdown, significant, type, mailboxCapacity, trapExit, startTimeoutMs, source };
}

/** The same child with another input, as each start under a template has its own. */
export function withInput(spec: ChildSpec, input: unknown): ChildSpec {
  const { source } = spec;
  return source.kind === 'supervisor' ? spec : { ...spec, source: { ...source, input } };
}

/** The input a spec gives to its child. */
export function inputOf({ source }: ChildSpec): unknown {
  return source.kind === 'supervisor' ? undefined : source.input;
}

function sourceOf(
  options:
    | BehaviourChildOptions<unknown, unknown>
    | LogicChildOptions<AnyActorLogic>
    | SupervisorChildOptions,
): ChildSource {
  const given: unknown = 'actor' in options ? options.actor : undefined;
  if ('supervisor' in options) {
    const { supervisor } = options;
    if (given === undefined) return { kind: 'supervisor', flags: flagsOf(supervisor) };
    throw new InvalidOptionError('supervisor', supervisor, 'left out for a child that has an actor');
  }
  if (isBehaviourChild(options)) return { kind: 'behaviour', behaviour: options.actor, input: options.input };
  if (!isLogicChild(options)) {
    throw new InvalidOptionError('actor', given, 'a Behaviour (with init) or XState logic');
  }
  const { actor: logic, input, readyWhen, stopEvent, exitReason } = options;
  if (readyWhen !== undefined) checkFunction('readyWhen', readyWhen);
  if (stopEvent !== undefined) checkEvent('stopEvent', stopEvent);
  if (exitReason !== undefined) checkFunction('exitReason', exitReason);
  return { kind: 'logic', logic, input, readyWhen, stopEvent, exitReason };
}

function flagsOf(options: SupervisorOptions | SupervisorFlags): SupervisorFlags {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(
      'supervisor',
      options,
      'supervisor options, or what dynamicSupervisor() returns',
    );
  }
  if (!('kind' in options)) return supervisor(options);
  checkFlags('supervisor', options);
  return options;
}

function isBehaviourChild(options: { actor?: unknown }): options is BehaviourChildOptions<unknown, unknown> {
  const { actor } = options;
  return typeof actor === 'object' && actor !== null && 'init' in actor && typeof actor.init === 'function';
}

function isLogicChild(options: { actor?: unknown }): options is LogicChildOptions<AnyActorLogic> {
  const { actor } = options;
  return (
    typeof actor === 'object' && actor !== null && 'transition' in actor && 'getInitialSnapshot' in actor
  );
}

function checkId(id: unknown): void {
  if (typeof id === 'string' && id !== '' && !id.includes('/')) return;
  throw new InvalidOptionError('id', id, 'a non-empty string without "/"');
}

function checkSignificance(significant: unknown, restart: RestartType): void {
  if (significant === true && restart === 'permanent') {
    throw new InvalidOptionError('significant', true, "false for a 'permanent' child");
  }
  if (typeof significant !== 'boolean')
    throw new InvalidOptionError('significant', significant, 'true or false');
}

function checkEvent(field: string, value: unknown): void {
  const accepted = 'an event: an object with a string `type`';
  checkObject(field, value, accepted);
  if (!('type' in value) || typeof value.type !== 'string')
    throw new InvalidOptionError(field, value, accepted);
}

function checkShutdown(shutdown: unknown): void {
  if (shutdown === 'brutal_kill' || shutdown === 'infinity') return;
  if (typeof shutdown === 'number') checkMilliseconds('shutdown', shutdown, 0);
  else throw new InvalidOptionError('shutdown', shutdown, "'brutal_kill', 'infinity' or milliseconds");
}
