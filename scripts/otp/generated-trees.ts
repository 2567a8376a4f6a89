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
  /** They may matter to a supervisor that ends with its significant children. */
  readonly significant?: boolean;
}

const strategies = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;
const restarts = ['permanent', 'transient', 'temporary'] as const;
const ids = ['a', 'b', 'c', 'd', 'e'];
/** Seconds: long enough that only `advance` could leave the window. */
const longPeriod = 3_600;

/** A worker with everything but its id left to chance. */
export function worker(random: Random, id: string, temper: Temper): Fields {
  const script = temper.failing || temper.failingAtFirst ? startScript(random, temper) : [];
  const restart = random.pick(restarts);
  return {
    id,
    restart,
    ...(temper.significant ? mattering(random, restart) : {}),
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

function mattering(random: Random, restart: string): Fields {
  return restart !== 'permanent' && random.chance(0.6) ? { significant: true } : {};
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
export function autoShutdownTree(random: Random, temper: Temper = {}): Fields {
  const inner = ended(random, supervisor(random, 's', significantWorkers(random, temper)));
  const restart = random.pick(restarts);
  const significant = restart !== 'permanent' && random.chance(0.6);
  const nested = { ...inner, restart, ...(significant ? { significant } : {}) };
  const children = [...significantWorkers(random, temper), ...(random.chance(0.6) ? [nested] : [])];
  return ended(random, supervisor(random, 'root', children));
}

function ended(random: Random, node: Fields): Fields {
  return { ...node, intensity: 4, auto_shutdown: random.pick(['any_significant', 'all_significant']) };
}

function significantWorkers(random: Random, temper: Temper): Fields[] {
  return ids.slice(0, random.between(1, 4)).map((id) => worker(random, id, { ...temper, significant: true }));
}

/** Few children, all of which matter, and some of which fail to restart while others end. */
export function lastSignificantTree(random: Random): Fields {
  const children = ids.slice(0, random.between(2, 3)).map((id) => {
    const restart = random.pick(['transient', 'transient', 'temporary'] as const);
    const start = random.pick([['ok', 'error'], ['ok', 'raise', 'error'], ['ok', 'ignore'], ['ok']] as const);
    return { id, restart, significant: true, start };
  });
  const root = { ...supervisor(random, 'root', children), strategy: 'one_for_one', intensity: 4 };
  return { ...root, auto_shutdown: random.pick(['all_significant', 'all_significant', 'any_significant']) };
}

/** A template supervisor, as the root or below it. */
export function poolTree(random: Random): Fields {
  if (random.chance(0.5)) return pool(random, 'root');
  const below = { ...pool(random, 'pool'), restart: random.pick(restarts) };
  return supervisor(random, 'root', [worker(random, 'a', {}), below, worker(random, 'b', {})]);
}

function pool(random: Random, id: string): Fields {
  const { id: _, ...template } = worker(random, 'dyn', { stubborn: true });
  const significant = template.restart !== 'permanent' && random.chance(0.3);
  return {
    id,
    type: 'supervisor',
    strategy: 'simple_one_for_one',
    intensity: random.between(0, 4),
    period: longPeriod,
    ...(significant ? { auto_shutdown: random.pick(['any_significant', 'all_significant']) } : {}),
    template: significant ? { ...template, significant } : template,
  };
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

/** Ids that are no plain words: those of our own and of JavaScript's, signs that part paths, other alphabets. */
const oddIds = [
  '$gate',
  '%2F',
  'a/b',
  'x.y',
  '__proto__',
  'constructor',
  'undefined',
  'restarting',
  '0',
  '工',
  'é è',
  '',
];

/** Everything at once: any depth, pools among the rest, significant children anywhere, options left out, any ids. */
export function wideTree(random: Random): Fields {
  const temper = { failing: random.chance(0.5), stubborn: random.chance(0.5) };
  const names = random.chance(0.3) ? [...random.sample(oddIds, 4), ...ids] : ids;
  const tree = wideNode(random, random.pick(['root', 'root', 'top']), names, temper, random.between(1, 4));
  return random.chance(0.5) ? withoutDefaults(tree) : tree;
}

function wideNode(
  random: Random,
  id: string,
  names: readonly string[],
  temper: Temper,
  depth: number,
): Fields {
  const significant = random.chance(0.4);
  const children = names.slice(0, random.pick([0, 1, 2, 2, 3, 3, 4])).map((name): Fields => {
    if (depth === 0 || random.chance(0.5)) return worker(random, name, { ...temper, significant });
    const restart = random.pick(['permanent', 'permanent', 'transient', 'temporary'] as const);
    const node = random.chance(0.2) ? pool(random, name) : wideNode(random, name, names, temper, depth - 1);
    return { ...node, restart, ...(significant ? mattering(random, restart) : {}) };
  });
  const node = supervisor(random, id, children);
  return significant ? { ...node, auto_shutdown: random.pick(['any_significant', 'all_significant']) } : node;
}

/** Options are optional: the root is one without saying so, and its limit is the default. */
function withoutDefaults({ type: _, intensity: __, period: ___, ...tree }: Fields): Fields {
  return tree;
}

/** A supervisor or a pool to start while others run. */
export function lateTree(random: Random, id: string): Fields {
  const restart = random.pick(restarts);
  return { ...nested(random, id), restart };
}

function nested(random: Random, id: string): Fields {
  const children = ['x', 'y'].map((name) => worker(random, name, { failingAtFirst: random.chance(0.3) }));
  return supervisor(random, id, children);
}

/** The same supervisor with other flags, and its children otherwise: some of another kind, some gone, some new, in another order. */
export function changedTree(random: Random, tree: Fields, children: readonly Fields[]): Fields {
  const kept = random.sample(children, random.between(0, children.length));
  const changed = kept.map((child) =>
    child.strategy === undefined ? worker(random, String(child.id), {}) : child,
  );
  const added = random.chance(0.5) ? [worker(random, 'new', {})] : [];
  return { ...supervisor(random, String(tree.id), [...changed, ...added]), intensity: random.between(1, 5) };
}

/** Supervisors that their own supervisor kills, or gives little time. */
export function brutalTree(random: Random): Fields {
  const inner = supervisor(random, 's', [worker(random, 'x', {}), worker(random, 'y', {})]);
  const shutdown = random.pick(['brutal_kill', 'brutal_kill', 1_000] as const);
  return supervisor(random, 'root', [
    worker(random, 'a', {}),
    { ...inner, restart: random.pick(restarts), shutdown },
  ]);
}
