import { isRecord } from '../unread.ts';
import {
  acceptsNull,
  type JsonType,
  type ObjectShape,
  resolved,
  type SchemaNode,
  type SchemaTree,
  type UnionNode,
  type ValueNode,
} from './schema-tree.ts';

/** Issues that one check reports; what comes after is not looked for. */
export const issuesMax = 20;
/** How deep a value may be nested. */
export const valueDepthMax = 256;

/** How a value is checked. */
export interface CheckOptions {
  /** Whether null stands for an optional key that is absent, as strict mode has it. */
  readonly nullForAbsent: boolean;
}

/**
 * What is wrong with a value, each with its place, such as `/answer: must be a number`; empty when it matches. At most `issuesMax`.
 */
export function issuesOf(tree: SchemaTree, value: unknown, options: CheckOptions): readonly string[] {
  return issuesAt(tree, tree.root, value, options);
}

/** As `issuesOf`, for one place of the schema. */
export function issuesAt(
  tree: SchemaTree,
  node: SchemaNode,
  value: unknown,
  options: CheckOptions,
): readonly string[] {
  const check = new Check(tree, options);
  check.at(node, value, '', 0);
  return check.issues;
}

class Check {
  readonly issues: string[] = [];
  readonly #tree: SchemaTree;
  readonly #options: CheckOptions;

  constructor(tree: SchemaTree, options: CheckOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  at(node: SchemaNode, value: unknown, path: string, depth: number): void {
    if (this.issues.length >= issuesMax) return;
    if (depth > valueDepthMax) {
      this.#say(path, `must not be nested deeper than ${valueDepthMax} levels`);
      return;
    }
    const place = resolved(this.#tree, node);
    if (place.kind === 'union') this.#union(place, value, path, depth);
    else this.#value(place, value, path, depth);
  }

  #union({ variants, exactlyOne }: UnionNode, value: unknown, path: string, depth: number): void {
    const found = variants.map((variant) => {
      const check = new Check(this.#tree, this.#options);
      check.at(variant, value, path, depth + 1);
      return check.issues;
    });
    const matching = found.filter((issues) => issues.length === 0).length;
    if (matching > 1 && exactlyOne) this.#say(path, 'must match exactly one of its forms');
    if (matching > 0) return;
    // The form that is nearest tells most.
    const nearest = found.reduce((best, issues) => (issues.length < best.length ? issues : best));
    this.issues.push(...nearest.slice(0, issuesMax - this.issues.length));
  }

  #value(node: ValueNode, value: unknown, path: string, depth: number): void {
    const { types, literals, object, items } = node;
    if (!types.some((type) => isOf(type, value))) {
      this.#say(path, `must be ${types.map(inWords).join(' or ')}`);
      return;
    }
    if (literals !== undefined && !literals.some((literal) => literal === value)) {
      this.#say(path, `must be one of ${JSON.stringify(literals).slice(0, 200)}`);
      return;
    }
    for (const [keyword, limit] of Object.entries({ ...node.limits, ...node.localLimits })) {
      const broken = brokenLimit(keyword, limit, value);
      if (broken !== undefined) this.#say(path, broken);
    }
    if (items !== undefined && Array.isArray(value))
      value.forEach((item: unknown, index) => {
        this.at(items, item, `${path}/${index}`, depth + 1);
      });
    if (object !== undefined && isRecord(value)) this.#object(object, value, path, depth);
  }

  #object(shape: ObjectShape, value: Readonly<Record<string, unknown>>, path: string, depth: number): void {
    const { properties, closed } = shape;
    for (const { name, node, required } of properties) {
      const inside = `${path}/${name}`;
      if (!Object.hasOwn(value, name)) {
        if (required) this.#say(inside, 'is missing');
      } else if (
        value[name] !== null ||
        required ||
        !this.#options.nullForAbsent ||
        acceptsNull(this.#tree, node)
      )
        this.at(node, value[name], inside, depth + 1);
    }
    if (!closed) return;
    const names = new Set(properties.map(({ name }) => name));
    for (const name of Object.keys(value))
      if (!names.has(name)) this.#say(`${path}/${name}`, 'is not allowed');
  }

  #say(path: string, problem: string): void {
    if (this.issues.length < issuesMax) this.issues.push(`${path === '' ? '/' : path}: ${problem}`);
  }
}

function isOf(type: JsonType, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
  }
}

function inWords(type: JsonType): string {
  if (type === 'null') return 'null';
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** What a limit says of a value that breaks it. A limit of another type than the value's says nothing. */
function brokenLimit(keyword: string, limit: unknown, value: unknown): string | undefined {
  if (keyword === 'pattern' && typeof value === 'string')
    return new RegExp(String(limit), 'u').test(value)
      ? undefined
      : `must match ${String(limit).slice(0, 200)}`;
  if (keyword === 'uniqueItems' && Array.isArray(value))
    return new Set(value.map((item: unknown) => JSON.stringify(item))).size === value.length
      ? undefined
      : 'must not hold an item twice';
  if (typeof limit !== 'number') return undefined;
  const size = sizeFor(keyword, value);
  return size === undefined || isWithin(keyword, size, limit)
    ? undefined
    : `must keep to ${keyword} ${limit}`;
}

function sizeFor(keyword: string, value: unknown): number | undefined {
  switch (keyword) {
    case 'minLength':
    case 'maxLength':
      return typeof value === 'string' ? [...value].length : undefined;
    case 'minItems':
    case 'maxItems':
      return Array.isArray(value) ? value.length : undefined;
    case 'minProperties':
    case 'maxProperties':
      return isRecord(value) ? Object.keys(value).length : undefined;
    default:
      return typeof value === 'number' ? value : undefined;
  }
}

function isWithin(keyword: string, size: number, limit: number): boolean {
  switch (keyword) {
    case 'exclusiveMinimum':
      return size > limit;
    case 'exclusiveMaximum':
      return size < limit;
    case 'multipleOf':
      return Math.abs(size / limit - Math.round(size / limit)) < 1e-9;
    default:
      return keyword.startsWith('min') ? size >= limit : size <= limit;
  }
}
