import { asObject, type Json, type JsonObject } from './case-format.ts';
import { changedTree, lateTree, worker } from './generated-trees.ts';
import type { Random } from './random.ts';

/** An object of a case under construction. */
export type Fields = JsonObject;

/** Where things are in a tree. */
export interface Paths {
  readonly workers: readonly string[];
  /** Supervisors with named children. */
  readonly supervisors: readonly string[];
  readonly pools: readonly string[];
  readonly nodes: ReadonlyMap<string, Fields>;
}

type Kind =
  | 'late'
  | 'code_change'
  | 'pool_mailbox'
  | 'exit'
  | 'crash'
  | 'signal'
  | 'stop_sup'
  | 'call'
  | 'pool'
  | 'batch'
  | 'mailbox';

const reasons = ['normal', 'shutdown', { shutdown: 'why' }, 'crash', 'kill'] as const;
const names = ['a', 'b', 'c', 'd', 'zz'] as const;

/** The paths of a tree. */
export function pathsOf(tree: Fields): Paths {
  const nodes = new Map<string, Fields>();
  const paths = { workers: [] as string[], supervisors: [] as string[], pools: [] as string[], nodes };
  const walk = (node: Fields, path: string): void => {
    nodes.set(path, node);
    if (node.strategy === undefined) paths.workers.push(path);
    else if (node.strategy === 'simple_one_for_one') paths.pools.push(path);
    else {
      paths.supervisors.push(path);
      for (const child of childrenOf(node)) walk(child, `${path}.${String(child.id)}`);
    }
  };
  walk(tree, String(tree.id));
  return paths;
}

/** One move of a kind picked at random. */
export function movesOf(random: Random, paths: Paths, kinds: readonly [Kind, ...Kind[]]): Fields[] {
  switch (random.pick(kinds)) {
    case 'exit':
      return endOf(random, paths, reasons);
    case 'crash':
      return endOf(random, paths, ['crash', 'kill', 'crash', 'normal']);
    case 'signal':
      return some(random, [...paths.workers, ...paths.supervisors.slice(1)]).map((child) => ({
        op: 'signal',
        child,
        // A killed supervisor's children end concurrently: that is another family.
        reason: paths.workers.includes(child)
          ? random.pick(reasons)
          : random.pick(['normal', 'shutdown', 'crash']),
      }));
    case 'stop_sup':
      return some(random, paths.supervisors.slice(1)).map((child) => ({
        op: 'stop_sup',
        child,
        reason: random.pick(['normal', 'shutdown', { shutdown: 'why' }, 'odd']),
      }));
    case 'call':
      return some(random, paths.supervisors).map((sup) => ({ op: 'start_child', sup, ...callOf(random) }));
    case 'pool':
      return some(random, paths.pools).map((sup) => poolMove(random, sup));
    case 'batch':
      return some(random, paths.supervisors).flatMap((sup) => batchOf(random, paths, sup));
    case 'mailbox':
      return some(random, paths.supervisors).map((sup) => ({
        op: 'mailbox',
        sup,
        msgs: messagesOf(random, paths, sup),
      }));
    case 'pool_mailbox':
      return some(random, paths.pools).map((sup) => ({
        op: 'mailbox',
        sup,
        msgs: poolMessages(random, sup),
      }));
    case 'late':
      return some(random, paths.supervisors).map((sup) => lateMove(random, sup));
    case 'code_change':
      return some(random, paths.supervisors).map((sup) => changeOf(random, paths, sup));
  }
}

function endOf(random: Random, { workers }: Paths, among: readonly [Json, ...Json[]]): Fields[] {
  return some(random, workers).map((child) => ({ op: 'exit', child, reason: random.pick(among) }));
}

/** A call of the supervisor, `op` and all. */
function callOf(random: Random, favourite?: string): Fields {
  const op = random.pick([
    'start_child',
    'terminate_child',
    'terminate_child',
    'restart_child',
    'delete_child',
  ]);
  const id = favourite !== undefined && random.chance(0.7) ? favourite : random.pick(names);
  if (op !== 'start_child') return { op, id };
  const start = random.chance(0.4) ? { start: [random.pick(['error', 'raise', 'ignore', 'ok'])] } : {};
  return { op, spec: { ...worker(random, id, {}), ...start } };
}

function poolMove(random: Random, sup: string): Fields {
  // Few names, so that ends and calls meet the living, the dead and the never started.
  const id = `w${random.between(1, 6)}`;
  const child = `${sup}.${id}`;
  const start = random.chance(0.4)
    ? { start: random.pick([['error'], ['ok', 'error'], ['ok', 'raise', 'error']]) }
    : {};
  return random.pick([
    { op: 'start_child', sup, id: `${id}${random.between(0, 999)}`, ...start },
    { op: 'start_child', sup, id, ...start },
    { op: 'exit', child, reason: random.pick(reasons) },
    { op: 'exit', child, reason: random.pick(reasons) },
    { op: 'terminate_child', sup, id, by_pid: true },
    { op: random.pick(['terminate_child', 'restart_child', 'delete_child']), sup, id },
  ]);
}

function batchOf(random: Random, { workers }: Paths, sup: string): Fields[] {
  const own = workers.filter((path) => path.slice(0, path.lastIndexOf('.')) === sup);
  const dying = random.sample(own, random.between(1, own.length));
  return dying.length === 0
    ? []
    : [{ op: 'batch', sup, exits: dying.map((child) => ({ child, reason: random.pick(reasons) })) }];
}

function messagesOf(random: Random, { workers, supervisors: [root] }: Paths, sup: string): Fields[] {
  const own = workers.filter((path) => path.slice(0, path.lastIndexOf('.')) === sup);
  const dying = random.sample(own, random.between(1, 2));
  const ends: Fields[] = dying.map((exit) => ({ exit, reason: random.pick(['crash', 'kill', 'normal']) }));
  const calls = Array.from({ length: random.between(1, 5) }, (): Fields => {
    const { op, ...fields } = callOf(random, dying[0]?.slice(sup.length + 1));
    const list = random.pick(['count_children', 'which_children']);
    return random.chance(0.25) ? { call: list } : { call: String(op), ...fields };
  });
  const stop: Fields[] =
    sup === root && random.chance(0.2) ? [{ parent_exit: random.pick(['shutdown', 'normal', 'crash']) }] : [];
  const [first, ...others] = ends;
  const rest = random.sample([...others, ...calls], others.length + calls.length);
  return first === undefined ? rest : [first, ...rest, ...stop];
}

function poolMessages(random: Random, sup: string): Fields[] {
  return Array.from({ length: random.between(2, 6) }, (): Fields => {
    const { op, child, reason: _, sup: __, by_pid: byPid, ...fields } = poolMove(random, sup);
    // OTP counts wrong from then on (`diff-dynamic-restarts`) when it ends a child that waits for its restart.
    if (byPid === true) return { call: 'count_children' };
    if (op === 'exit') return { exit: String(child), reason: random.pick(['crash', 'kill', 'normal']) };
    return random.chance(0.2) ? { call: 'count_children' } : { call: String(op), ...fields };
  });
}

/** Starts a subtree while others run, and asks of it what may be asked of any child. */
function lateMove(random: Random, sup: string): Fields {
  const id = random.pick(['s1', 's2']);
  const under = `${sup}.${id}`;
  return random.pick([
    { op: 'start_child', sup, spec: lateTree(random, id) },
    { op: 'start_child', sup, spec: lateTree(random, id) },
    { op: random.pick(['terminate_child', 'restart_child', 'delete_child']), sup, id },
    { op: 'exit', child: `${under}.${random.pick(['x', 'y'])}`, reason: random.pick(reasons) },
    { op: 'stop_sup', child: under, reason: random.pick(['normal', 'odd']) },
  ]);
}

function changeOf(random: Random, { nodes }: Paths, sup: string): Fields {
  const node = nodes.get(sup) ?? {};
  return { op: 'code_change', sup, tree: changedTree(random, node, childrenOf(node)) };
}

/** Every worker ends before its supervisor hears of the first end. */
export function allEnd(random: Random, { workers }: Paths): Fields {
  const dying = random.sample(workers, workers.length);
  return {
    op: 'batch',
    sup: 'root',
    exits: dying.map((child) => ({ child, reason: random.pick(['crash', 'normal']) })),
  };
}

/** One item, or none of an empty list. */
function some(random: Random, items: readonly string[]): string[] {
  return random.sample(items, 1);
}

function childrenOf(node: Fields): JsonObject[] {
  return Array.isArray(node.children) ? node.children.map((child) => asObject(child)) : [];
}
