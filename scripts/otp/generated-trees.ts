import type { JsonObject as Fields } from './case-format.ts';
import type { Random } from './random.ts';

/** What the workers of a tree may be like. */
export interface Temper {
  /** Later starts may fail or decline. */
  readonly failing?: boolean;
  /** First starts may, too. */
  readonly failingAtFirst?: boolean;
  /** They may take a stop otherwise than asked. */
  readonly stubborn?: boolean;
}

const strategies = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;
const restarts = ['permanent', 'transient', 'temporary'] as const;
const ids = ['a', 'b', 'c', 'd', 'e'];
/** Seconds: long enough that only `advance` could leave the window. */
const longPeriod = 3_600;

/** A worker with everything but its id left to chance. */
export function worker(random: Random, id: string, temper: Temper): Fields {
  const script = temper.failing || temper.failingAtFirst ? startScript(random, temper) : [];
  return {
    id,
    restart: random.pick(restarts),
    ...(script.length > 0 ? { start: script } : {}),
    ...(temper.stubborn ? stopScript(random) : {}),
  };
}

function startScript(random: Random, { failingAtFirst }: Temper): string[] {
  if (random.chance(failingAtFirst ? 0.7 : 0.4)) return [];
  const outcomes = ['error', 'raise', 'ignore', 'ok', 'error'] as const;
  const first = failingAtFirst ? [] : ['ok'];
  return [...first, ...Array.from({ length: random.between(1, 3) }, () => random.pick(outcomes))];
}

function stopScript(random: Random): Fields {
  return random.pick([
    {},
    { trap_exit: false },
    { shutdown: 'brutal_kill' },
    { shutdown: 'brutal_kill', on_shutdown: 'hang' },
    { shutdown: 25, on_shutdown: 'hang' },
    { shutdown: 'infinity' },
    { on_shutdown: { exit: 'normal' } },
    { on_shutdown: { exit: 'odd' } },
    { on_shutdown: { exit: { shutdown: 'late' } } },
  ]);
}

function supervisor(random: Random, id: string, children: readonly Fields[]): Fields {
  const strategy = random.pick(strategies);
  return { id, type: 'supervisor', strategy, intensity: random.between(0, 4), period: longPeriod, children };
}

/** One supervisor over workers. */
export function flatTree(random: Random, temper: Temper): Fields {
  const children = ids.slice(0, random.between(1, 5)).map((id) => worker(random, id, temper));
  return supervisor(random, 'root', children);
}

/** Supervisors over supervisors over workers. */
export function deepTree(random: Random, temper: Temper): Fields {
  return supervisor(random, 'root', nodes(random, temper, 2));
}

function nodes(random: Random, temper: Temper, depth: number): Fields[] {
  return ids.slice(0, random.between(1, 3)).map((id) => {
    if (depth === 0 || random.chance(0.5)) return worker(random, id, temper);
    const restart = random.pick(['permanent', 'permanent', 'transient', 'temporary'] as const);
    return { ...supervisor(random, id, nodes(random, temper, depth - 1)), restart };
  });
}

/** Significant children, in the root and in a supervisor below it. */
export function autoShutdownTree(random: Random): Fields {
  const inner = ended(random, supervisor(random, 's', significantWorkers(random)));
  const restart = random.pick(restarts);
  const significant = restart !== 'permanent' && random.chance(0.6);
  const nested = { ...inner, restart, ...(significant ? { significant } : {}) };
  const children = [...significantWorkers(random), ...(random.chance(0.6) ? [nested] : [])];
  return ended(random, supervisor(random, 'root', children));
}

function ended(random: Random, node: Fields): Fields {
  return { ...node, intensity: 4, auto_shutdown: random.pick(['any_significant', 'all_significant']) };
}

function significantWorkers(random: Random): Fields[] {
  return ids.slice(0, random.between(1, 4)).map((id) => {
    const made = worker(random, id, {});
    return made.restart !== 'permanent' && random.chance(0.6) ? { ...made, significant: true } : made;
  });
}

/** A template supervisor, as the root or below it. */
export function poolTree(random: Random): Fields {
  const { id: _, ...template } = worker(random, 'dyn', { stubborn: true });
  const significant = template.restart !== 'permanent' && random.chance(0.3);
  const pool: Fields = {
    strategy: 'simple_one_for_one',
    intensity: random.between(0, 4),
    period: longPeriod,
    ...(significant ? { auto_shutdown: random.pick(['any_significant', 'all_significant']) } : {}),
    template: significant ? { ...template, significant } : template,
  };
  if (random.chance(0.5)) return { id: 'root', ...pool };
  const nested = { id: 'pool', type: 'supervisor', restart: random.pick(restarts), ...pool };
  return supervisor(random, 'root', [worker(random, 'a', {}), nested, worker(random, 'b', {})]);
}

/** Permanent workers, and a window that a busy machine does not leave by being slow. */
export function windowTree(random: Random): Fields {
  const children = ['a', 'b'].map((id) => ({ id, restart: 'permanent' }));
  return { ...supervisor(random, 'root', children), intensity: 1, period: 3 };
}

/** A supervisor to kill, last among its siblings: nothing after it restarts while its own children still end. */
export function killTree(random: Random): Fields {
  const inner = supervisor(random, 's', [worker(random, 'x', {}), worker(random, 'y', {})]);
  const nested = { ...inner, restart: random.pick(restarts) };
  const tree = supervisor(random, 'root', [worker(random, 'a', {}), nested]);
  return { ...tree, strategy: random.pick(['one_for_one', 'rest_for_one']), intensity: 3 };
}
