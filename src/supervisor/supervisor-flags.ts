import type { AutoShutdown } from './auto-shutdown.ts';
import type { ChildSpec } from './child-spec.ts';
import { checkChildSpec } from './child-spec-check.ts';
import { checkOneOf, checkWhole, InvalidOptionError } from './invalid-option.ts';
import type { RestartLimit } from './restart-intensity.ts';

/**
 * Which siblings restart with a crashed child: none, all, or those started after it.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

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

const strategies = ['one_for_one', 'one_for_all', 'rest_for_one'];
const autoShutdowns = ['never', 'any_significant', 'all_significant'];
const maxChildrenDefault = 1_000_000;

/**
 * Checks the options of a supervisor with named children and fills in the defaults.
 *
 * @throws InvalidOptionError for the first wrong field, in OTP's order: strategy, maxRestarts, maxSeconds, autoShutdown, children.
 */
export function supervisor(options: SupervisorOptions = {}): StaticFlags {
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
  const flags = dynamicSupervisor(options);
  const { template, autoShutdown = 'never' } = options;
  checkOneOf('autoShutdown', autoShutdown, autoShutdowns);
  checkChildSpec('template', template);
  checkSignificant(template, autoShutdown, 'template.significant');
  return { ...flags, autoShutdown, template };
}

/** Refuses a list with a significant child where ends of children never matter, or with the same id twice. */
function checkChildren(children: readonly ChildSpec[], autoShutdown: AutoShutdown): void {
  if (!Array.isArray(children)) throw new InvalidOptionError('children', children, 'an array of child specs');
  const ids = new Set<string>();
  for (const [index, child] of children.entries()) {
    checkChildSpec(`children[${index}]`, child);
    checkSignificant(child, autoShutdown, `children[${index}].significant`);
    if (ids.has(child.id)) {
      throw new InvalidOptionError(`children[${index}].id`, child.id, 'unlike the ids of the other children');
    }
    ids.add(child.id);
  }
}

/** Refuses a significant child where ends of children never matter. Source: OTP's `bad_combination`. */
export function checkSignificant(child: ChildSpec, autoShutdown: AutoShutdown, field = 'significant'): void {
  if (!child.significant || autoShutdown !== 'never') return;
  throw new InvalidOptionError(field, true, "false while the supervisor's autoShutdown is 'never'");
}

function restartLimit({ maxRestarts = 3, maxSeconds = 5 }: RestartLimitOptions): RestartLimit {
  checkWhole('maxRestarts', maxRestarts, 0);
  if (!Number.isFinite(maxSeconds) || maxSeconds <= 0) {
    throw new InvalidOptionError('maxSeconds', maxSeconds, 'a number of seconds above 0');
  }
  return { maxRestarts, windowMs: maxSeconds * 1_000 };
}
