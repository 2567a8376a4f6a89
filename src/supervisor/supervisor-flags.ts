import type { AutoShutdown } from './auto-shutdown.ts';
import type { ChildSpec, DynamicFlags, StaticFlags, Strategy, SupervisorFlags } from './checked-spec.ts';
import { checkChildSpec } from './child-spec-check.ts';
import {
  checkMilliseconds,
  checkObject,
  checkOneOf,
  checkWhole,
  InvalidOptionError,
} from './invalid-option.ts';
import type { RestartLimit } from './restart-intensity.ts';

/** How often a supervisor's children may be restarted before it gives up and ends with `shutdown`. */
export interface RestartLimitOptions {
  /** Restarts allowed within `maxSeconds`, all children together; a group restart counts once. Defaults to 3. */
  readonly maxRestarts?: number;
  /** Length of the window in seconds, both ends included. Defaults to 5. */
  readonly maxSeconds?: number;
}

/** A supervisor with named children in a fixed order. */
export interface SupervisorOptions extends RestartLimitOptions {
  /** Whether ends of `significant` children end the supervisor. Defaults to `never`. */
  readonly autoShutdown?: AutoShutdown;
  /** Defaults to `one_for_one`. */
  readonly strategy?: Strategy;
  /** In start order; stopped in reverse. Defaults to none. */
  readonly children?: readonly ChildSpec[];
}

/** A supervisor whose children are started while it runs. */
export interface DynamicSupervisorOptions extends RestartLimitOptions {
  /** Children at one time; more are refused with `max_children`. Defaults to 1,000,000. */
  readonly maxChildren?: number;
}

/** A dynamic supervisor whose children all come from one spec; each start gives its own `input`. */
export interface TemplateSupervisorOptions extends DynamicSupervisorOptions {
  readonly template: ChildSpec;
  /** Whether ends of `significant` children end the supervisor. Defaults to `never`. */
  readonly autoShutdown?: AutoShutdown;
}

const strategies = ['one_for_one', 'one_for_all', 'rest_for_one'];
const autoShutdowns = ['never', 'any_significant', 'all_significant'];
const maxChildrenDefault = 1_000_000;

/**
 * Checks the options of a supervisor with named children and fills in the defaults.
 *
 * @throws InvalidOptionError for the first wrong field, in OTP's order: strategy, maxRestarts, maxSeconds, autoShutdown, children.
 */
export function supervisor(options: SupervisorOptions = {}): StaticFlags {
  checkObject('options', options, 'an object with the options of a supervisor');
  const { strategy = 'one_for_one', autoShutdown = 'never', children = [] } = options;
  checkOneOf('strategy', strategy, strategies);
  const limit = restartLimit(options);
  checkOneOf('autoShutdown', autoShutdown, autoShutdowns);
  checkChildren(children, autoShutdown);
  return { kind: 'static', strategy, ...limit, autoShutdown, children };
}

/**
 * Checks the options of Elixir's `DynamicSupervisor` and fills in the defaults.
 *
 * @throws InvalidOptionError for the first wrong field.
 */
export function dynamicSupervisor(options: DynamicSupervisorOptions = {}): DynamicFlags {
  checkObject('options', options, 'an object with the options of a dynamic supervisor');
  const { maxChildren = maxChildrenDefault } = options;
  const limit = restartLimit(options);
  checkWhole('maxChildren', maxChildren, 0);
  return { kind: 'dynamic', ...limit, autoShutdown: 'never', maxChildren, template: undefined };
}

/**
 * Checks the options of OTP's `simple_one_for_one` and fills in the defaults.
 *
 * @throws InvalidOptionError for the first wrong field.
 */
export function simpleOneForOne(options: TemplateSupervisorOptions): DynamicFlags {
  checkObject('options', options, 'an object with the template');
  const flags = dynamicSupervisor(options);
  const { template, autoShutdown = 'never' } = options;
  checkOneOf('autoShutdown', autoShutdown, autoShutdowns);
  checkChildSpec('template', template);
  checkSignificant(template, autoShutdown, 'template.significant');
  return { ...flags, autoShutdown, template };
}

/**
 * Refuses what neither `supervisor` nor `dynamicSupervisor` and their like have made: a supervisor that takes it would crash, and its children
 * with it.
 */
export function checkFlags(field: string, value: unknown): asserts value is SupervisorFlags {
  const accepted = 'what supervisor(), dynamicSupervisor() or their like return';
  checkObject(field, value, accepted);
  const flags: Partial<Record<keyof StaticFlags | keyof DynamicFlags, unknown>> = value;
  if (flags.kind !== 'static' && flags.kind !== 'dynamic')
    throw new InvalidOptionError(field, value, accepted);
  checkWhole(`${field}.maxRestarts`, flags.maxRestarts, 0);
  checkMilliseconds(`${field}.windowMs`, flags.windowMs, 0);
  checkOneOf(`${field}.autoShutdown`, flags.autoShutdown, autoShutdowns);
  if (flags.kind === 'static') {
    checkOneOf(`${field}.strategy`, flags.strategy, strategies);
    checkChildren(flags.children, flags.autoShutdown, `${field}.children`);
    return;
  }
  checkWhole(`${field}.maxChildren`, flags.maxChildren, 0);
  if (flags.template !== undefined) checkChildSpec(`${field}.template`, flags.template);
}

/** Refuses a list with a significant child where ends of children never matter, or with the same id twice. */
function checkChildren(children: unknown, autoShutdown: unknown, field = 'children'): void {
  if (!isArray(children)) throw new InvalidOptionError(field, children, 'an array of child specs');
  const ids = new Set<string>();
  for (const [index, child] of children.entries()) {
    checkChildSpec(`${field}[${index}]`, child);
    checkSignificant(child, autoShutdown, `${field}[${index}].significant`);
    if (ids.has(child.id)) {
      throw new InvalidOptionError(`${field}[${index}].id`, child.id, 'unlike the ids of the other children');
    }
    ids.add(child.id);
  }
}

/** Refuses a significant child where ends of children never matter. Source: OTP's `bad_combination`. */
export function checkSignificant(child: ChildSpec, autoShutdown: unknown, field = 'significant'): void {
  if (!child.significant || autoShutdown !== 'never') return;
  throw new InvalidOptionError(field, true, "false while the supervisor's autoShutdown is 'never'");
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function restartLimit({ maxRestarts = 3, maxSeconds = 5 }: RestartLimitOptions): RestartLimit {
  checkWhole('maxRestarts', maxRestarts, 0);
  if (!Number.isFinite(maxSeconds) || maxSeconds <= 0) {
    throw new InvalidOptionError('maxSeconds', maxSeconds, 'a number of seconds above 0');
  }
  return { maxRestarts, windowMs: maxSeconds * 1_000 };
}
