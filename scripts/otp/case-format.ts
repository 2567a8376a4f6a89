/** A value of a parsed JSON line. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const startOutcomes = ['ok', 'error', 'raise', 'ignore'] as const;
type StartOutcome = (typeof startOutcomes)[number];

export type TreeNode = WorkerNode | StaticNode | TemplateNode;

interface NodeBase {
  readonly id: string;
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly shutdown: number | 'brutal_kill' | 'infinity';
  readonly significant: boolean;
}

export interface WorkerNode extends NodeBase {
  readonly kind: 'worker';
  readonly trapExit: boolean;
  /** `hang` never ends; a value ends with that reason instead of `shutdown`; undefined ends as asked. */
  readonly onShutdown: 'hang' | { readonly exit: Json } | undefined;
  /** Outcome of the first, second, … start; `ok` beyond the end. */
  readonly start: readonly StartOutcome[];
}

interface SupervisorBase extends NodeBase {
  readonly intensity: number;
  readonly period: number;
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant';
}

export interface StaticNode extends SupervisorBase {
  readonly kind: 'static';
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly children: readonly TreeNode[];
}

export interface TemplateNode extends SupervisorBase {
  readonly kind: 'template';
  readonly template: WorkerNode;
}

export interface Step {
  readonly op: string;
  /** All fields of the step as written, `op` among them. */
  readonly fields: JsonObject;
}

export interface Case {
  readonly id: string;
  /** Whether events between two steps are compared as a multiset. */
  readonly unordered: boolean;
  readonly tree: StaticNode | TemplateNode;
  readonly steps: readonly Step[];
}

/** A line of a file: what stands there, or why it is not an object in JSON. */
export type Line = { readonly number: number } & (
  | { readonly object: JsonObject }
  | { readonly problem: string }
);

/** The lines of a file of cases or traces; empty ones are left out, and so are a byte order mark and carriage returns. */
export function linesOf(text: string): Line[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [lineOf(line, index + 1)]));
}

function lineOf(text: string, number: number): Line {
  try {
    const value: Json = JSON.parse(text);
    return { number, object: asObject(value, 'a line') };
  } catch (error) {
    return { number, problem: String(error) };
  }
}

/** Parses one case. Throws a TypeError that names the field. */
export function parseCase(line: JsonObject): Case {
  const tree = parseNode(objectAt(line, 'tree'));
  if (tree.kind === 'worker') throw new TypeError(`tree of case ${textAt(line, 'id')} is not a supervisor`);
  const steps = listAt(line, 'steps').map((step) => ({ op: textAt(step, 'op'), fields: asObject(step) }));
  return { id: textAt(line, 'id'), unordered: line.unordered === true, tree, steps };
}

/** Parses one node of a tree, or the spec of a `start_child` step. */
export function parseNode(node: JsonObject, id = textAt(node, 'id')): TreeNode {
  const restart = oneOf(node, 'restart', ['permanent', 'transient', 'temporary'], 'permanent');
  const common = { id, restart, significant: node.significant === true };
  if (node.strategy === undefined) return parseWorker(node, { ...common, shutdown: shutdownAt(node, 5_000) });
  const base = { ...common, shutdown: shutdownAt(node, 'infinity') };
  const supervisor = {
    ...base,
    intensity: numberAt(node, 'intensity', 1),
    period: numberAt(node, 'period', 5),
    autoShutdown: oneOf(node, 'auto_shutdown', ['never', 'any_significant', 'all_significant'], 'never'),
  };
  if (node.strategy === 'simple_one_for_one') {
    const template = parseNode(objectAt(node, 'template'), 'dyn');
    if (template.kind !== 'worker') throw new TypeError('a template must be a worker');
    return { ...supervisor, kind: 'template', template };
  }
  const strategy = oneOf(node, 'strategy', ['one_for_one', 'one_for_all', 'rest_for_one'], 'one_for_one');
  const children = listAt(node, 'children').map((child) => parseNode(asObject(child)));
  return { ...supervisor, kind: 'static', strategy, children };
}

/** A member that is an object. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  return asObject(object[key], key);
}

/** A member that is a string. */
export function textAt(value: Json, key: string): string {
  const text = asObject(value)[key];
  if (typeof text !== 'string') throw new TypeError(`${key} must be a string in ${JSON.stringify(value)}`);
  return text;
}

/** A member that is a list; absent is empty. */
export function listAt(object: JsonObject, key: string): readonly Json[] {
  const list = object[key] ?? [];
  if (!isList(list)) throw new TypeError(`${key} must be a list in ${JSON.stringify(object)}`);
  return list;
}

/** The value as an object, or a TypeError. */
export function asObject(value: Json | undefined, what = 'value'): JsonObject {
  if (typeof value === 'object' && value !== null && !isList(value)) return value;
  throw new TypeError(`${what} must be an object, not ${JSON.stringify(value)}`);
}

function parseWorker(node: JsonObject, base: NodeBase): WorkerNode {
  const { on_shutdown: asked = 'ok' } = node;
  const onShutdown = asked === 'ok' ? undefined : asked === 'hang' ? 'hang' : exitOf(asObject(asked));
  const trapExit = node.trap_exit !== false;
  return { ...base, kind: 'worker', trapExit, onShutdown, start: startScript(node) };
}

function shutdownAt(node: JsonObject, fallback: NodeBase['shutdown']): NodeBase['shutdown'] {
  const { shutdown = fallback } = node;
  if (typeof shutdown === 'number' || shutdown === 'brutal_kill' || shutdown === 'infinity') return shutdown;
  throw new TypeError(`shutdown must be milliseconds, brutal_kill or infinity in ${JSON.stringify(node)}`);
}

function startScript(node: JsonObject): readonly StartOutcome[] {
  return listAt(node, 'start').map((outcome) => oneOf({ outcome }, 'outcome', startOutcomes, 'ok'));
}

function exitOf(asked: JsonObject): { readonly exit: Json } {
  return { exit: asked.exit ?? 'shutdown' };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function numberAt(object: JsonObject, key: string, fallback: number): number {
  const number = object[key] ?? fallback;
  if (typeof number !== 'number') throw new TypeError(`${key} must be a number in ${JSON.stringify(object)}`);
  return number;
}

function oneOf<Word extends string>(
  object: JsonObject,
  key: string,
  words: readonly Word[],
  fallback: Word,
): Word {
  const given = object[key] ?? fallback;
  const word = words.find((candidate) => candidate === given);
  if (word === undefined)
    throw new TypeError(`${key} must be one of ${words.join(', ')}, not ${JSON.stringify(given)}`);
  return word;
}
